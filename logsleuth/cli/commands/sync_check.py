"""``logsleuth sync --check``: do the secrets work, and what may they read?"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Literal

from logsleuth.cli import credentials, output, syncing
from logsleuth.cli.errors import FAILED, MISUSED, Failed, Misused
from logsleuth.model import clock, times
from logsleuth.model.ids import show_id
from logsleuth.sources import documents
from logsleuth.sources.canvas_answers import Answer
from logsleuth.sources.dap import TABLE, Dap
from logsleuth.sources.documents import LinkedName
from logsleuth.sources.http import HttpError, Patience
from logsleuth.store.base import Cancel

TRIES = 2
"""Somebody waits for the answer; a server that is down is down."""

TITLES = {"dap": "DAP", "canvas": "Canvas"}


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
    found = checks(syncing.patience(TRIES))
    if style == "json":
        output.write_json([asdict(one) for one in found])
    else:
        output.write_text(f"{TITLES[one.service]:<7} {one.says}" for one in found)
    if all(one.works is None for one in found):
        return MISUSED
    return FAILED if any(one.works is False for one in found) else 0


def checks(patience: Patience, cancel: Cancel | None = None) -> list[Checked]:
    """Try DAP and Canvas without fetching data."""
    return [
        _checked("dap", lambda: syncing.finish(_dap(patience), cancel)),
        _checked("canvas", lambda: syncing.finish(_canvas(patience), cancel)),
    ]


def set_up() -> list[Checked]:
    """Whether the settings are enough, without asking anybody; nothing secret is said."""
    return [
        _checked("dap", lambda: f"Set up for {credentials.dap().address}; not tried yet."),
        _checked("canvas", lambda: f"Set up for {credentials.canvas().address}; not tried yet."),
    ]


def _checked(service: Literal["dap", "canvas"], ask: Callable[[], str]) -> Checked:
    try:
        if not credentials.is_set_up(service):
            return Checked(service, None, "Not set up: no secrets were found for it.")
        return Checked(service, True, ask())
    except (Failed, Misused) as error:
        return Checked(service, False, error.format_message())


async def _dap(patience: Patience) -> str:
    found = credentials.dap()
    async with Dap(found.address, found.client_id, found.client_secret, patience=patience) as dap:
        tables = await dap.tables()
        if TABLE not in tables:
            raise HttpError(
                f"{dap.host} knows the client id, and it may not read {TABLE}; ask for access to"
                " the logs at identity.instructure.com."
            )
        version = await dap.schema_version()
        return f"{dap.host} works: {TABLE} can be read (schema version {version})."


async def _canvas(patience: Patience) -> str:
    now = clock.now_us()
    async with syncing.canvas(patience) as canvas:
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
