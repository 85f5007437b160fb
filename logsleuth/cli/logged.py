"""What a command looked at, for the activity log of the cache and of the case that is open."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from logsleuth.cli import errors
from logsleuth.cli.settings import Settings

if TYPE_CHECKING:
    # Only for types: what prints imports this, and must start without a database.
    from logsleuth.case.journal import Journal
    from logsleuth.store.cache import Cache

_FACTS = "logsleuth.looked_at"


def fact(**facts: Any) -> None:
    """Have something stand in the log beside the command and its options: plain JSON."""
    context = click.get_current_context(silent=True)
    if context is not None:
        context.meta.setdefault(_FACTS, {}).update(facts)


def journal(settings: Settings, cache: "Cache") -> "Journal":
    """The logs of an opened cache, and of the case that the settings name.

    Raises ``CaseError`` if there is no such case, or if it is closed.
    """
    from logsleuth.case.journal import Journal

    if settings.case is None:
        return Journal(cache, None, errors.say)
    # Only then: it takes a moment to load.
    from logsleuth.case import places
    from logsleuth.case.case import Case

    case = Case.open(places.find(settings.case))
    case.need_open()
    return Journal(cache, case, errors.say)


@contextmanager
def logged(journal: "Journal") -> Iterator[None]:
    """Log the running command when it ends, however it does."""
    outcome = "failed"
    try:
        yield
        outcome = "done"
    except BrokenPipeError:
        outcome = "done"  # Whoever read the output has had enough of it.
        raise
    except (KeyboardInterrupt, click.Abort):
        outcome = "interrupted"
        raise
    finally:
        context = click.get_current_context()
        journal.add(
            "query",
            command=context.command_path.partition(" ")[2],
            options=_options(context.params),
            **context.meta.get(_FACTS, {}),
            outcome=outcome,
        )


def _options(given: dict[str, Any]) -> dict[str, Any]:
    """The options of a command that say something, as plain JSON."""
    said = {name: value for name, value in given.items() if value not in (None, False, "", ())}
    plain: dict[str, Any] = json.loads(json.dumps(said, default=str))
    return plain
