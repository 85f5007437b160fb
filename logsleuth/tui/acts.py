"""What is looked at in the app, handed to the activity log.

The log is written in a thread of its own, so that no key waits for a disk; what comes while
it writes goes in together.
"""

import queue
import threading
from hashlib import sha256
from typing import Any

from logsleuth.case.journal import Act, Journal
from logsleuth.filter.show import show
from logsleuth.filter.tree import Node
from logsleuth.model import times
from logsleuth.model.event import CourseEvent
from logsleuth.store import acting
from logsleuth.store.base import ActSpan
from logsleuth.tui import crash
from logsleuth.tui.pages.page import CausedBy, CoursesRead, Destination, Kept
from logsleuth.tui.things import Centre, Thing

LEAVING = 10.0
"""Seconds that leaving the app waits, at most, until the last acts are written."""


class Acts:
    """The acts of a person in the app, on their way to the logs."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._waiting: queue.SimpleQueue[Act | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._write, name="activity", daemon=True)
        self._thread.start()

    def add(self, what: str, **data: Any) -> None:
        """Have an act written; returns at once."""
        self._waiting.put((what, data))

    def close(self) -> None:
        """Wait until all of it is written."""
        self._waiting.put(None)
        self._thread.join(LEAVING)

    def _write(self) -> None:
        last = False
        while not last:
            acts = [self._waiting.get()]
            while not self._waiting.empty():
                acts.append(self._waiting.get())
            last = None in acts
            try:
                self._journal.add_all([act for act in acts if act is not None])
            except Exception as error:  # What fails here must not stop what is looked at.
                self._journal.say(crash.sentence(error, "What is looked at is not logged"))


def resolved(node: Node) -> str:
    """A filter as the log has it, with times in UTC."""
    try:
        return show(node)
    except ValueError:
        return str(node)


def copied(what: str, text: str) -> dict[str, Any]:
    """What the log says of something that was copied: by its hash, whoever has it knows it."""
    return {"copied": what, "characters": len(text), "sha256": _sha256(text)}


def told(destination: Destination) -> dict[str, Any]:
    """What the log says of a page that was opened."""
    match destination:
        case Thing(where=where, title=title):
            return {"page": title, "filter": resolved(where)}
        case Centre(at=at, account=account, session=session, address=address):
            who = {"account": account, "session": session, "address": address}
            return {"page": "the time around a request", "at": times.iso(at), **who}
        case CausedBy(what=what, changes=changes):
            return {"page": f"changes caused by {what}", "events": [one.id for one in changes]}
        case CoursesRead(where=where, whose=whose):
            return {"page": f"courses read: {whose}", "filter": resolved(where)}
        case Kept(title=title):
            return {"page": f"kept in the case: {title}"}
        case CourseEvent(id=event_id):
            return {"page": "a course change", "event": event_id}
        case ActSpan():
            return {
                "page": "a span of acting as another",
                "filter": resolved(acting.node(destination)),
            }


def _sha256(text: str) -> str:
    return sha256(text.encode(errors="surrogatepass")).hexdigest()
