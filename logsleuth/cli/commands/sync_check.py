"""``logsleuth sync --check``: do the secrets work, and what may they read?"""

from collections.abc import Callable, Coroutine
from dataclasses import asdict, dataclass
from typing import Any, Literal

from logsleuth.cli import credentials, output, syncing
from logsleuth.cli.errors import FAILED, MISUSED, Failed, Misused
from logsleuth.model import clock, times
from logsleuth.model.ids import show_id
from logsleuth.sources import documents
from logsleuth.sources.canvas_answers import Answer
from logsleuth.sources.dap import TABLE, Dap
from logsleuth.sources.documents import LinkedName
from logsleuth.sources.http import HttpError

_TRIES = 2
"""Somebody waits for the answer; a server that is down is down."""

_TITLES = {"dap": "DAP", "canvas": "Canvas"}


@dataclass(frozen=True, slots=True)
class Checked:
    """Whether a service works (``None``: it is not set up), and a sentence about it."""

    service: Literal["dap", "canvas"]
    works: bool | None
    says: str


def check(style: str) -> int:
    """Try DAP and Canvas without fetching data, print what they say, and give the exit code.

    0 if all that is set up works, 1 if something of it does not, 2 if nothing is set up.
    """
    checks = [_checked("dap", _dap), _checked("canvas", _canvas)]
    if style == "json":
        output.write_json([asdict(one) for one in checks])
    else:
        output.write_text(f"{_TITLES[one.service]:<7} {one.says}" for one in checks)
    if all(one.works is None for one in checks):
        return MISUSED
    return FAILED if any(one.works is False for one in checks) else 0


def _checked(
    service: Literal["dap", "canvas"], ask: Callable[[], Coroutine[Any, Any, str]]
) -> Checked:
    try:
        if not credentials.is_set_up(service):
            return Checked(service, None, "Not set up: no secrets were found for it.")
        return Checked(service, True, syncing.finish(ask()))
    except (Failed, Misused) as error:
        return Checked(service, False, error.format_message())


async def _dap() -> str:
    found = credentials.dap()
    async with Dap(
        found.address, found.client_id, found.client_secret, patience=syncing.patience(_TRIES)
    ) as dap:
        tables = await dap.tables()
        if TABLE not in tables:
            raise HttpError(
                f"{dap.host} knows the client id, and it may not read {TABLE}; ask for access to"
                " the logs at identity.instructure.com."
            )
        version = await dap.schema_version()
        return f"{dap.host} works: {TABLE} can be read (schema version {version})."


async def _canvas() -> str:
    now = clock.now_us()
    async with syncing.canvas(_TRIES) as canvas:
        user = _named(await canvas.user("self"), "user")
        root = _named(await canvas.account("self"), "account")
        await canvas.ask(
            canvas.course_changes("account", root.id, now - times.DAY, now, per_page=1),
            f"the changes of account {root.id}",
        )
        return (
            f"{canvas.address.host} works as user {show_id(user.id)} {user.name}: course changes"
            f" of account {show_id(root.id)} {root.name} can be read."
        )


def _named(answer: Answer, kind: str) -> LinkedName:
    """The one object of an answer."""
    for thing in answer.objects():
        name = documents.named(kind, thing)
        if name:
            return name
    raise HttpError(f"The answer of Canvas named no {kind}; is CANVAS_API_URL right?")
