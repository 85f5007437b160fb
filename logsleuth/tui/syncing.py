"""Fetching from DAP and Canvas while the app runs: what is under way, and what came of it.

How it is done is handed in (:class:`Syncing`): the app knows no settings and no secrets.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

from logsleuth.store.base import Cancel
from logsleuth.tui.cells import Role
from logsleuth.tui.desk import Desk
from logsleuth.tui.wording import counted, number

if TYPE_CHECKING:
    from logsleuth.ingest import course_events_report as changes
    from logsleuth.ingest.web_logs_report import SyncProgress, SyncReport

    Progress = SyncProgress | changes.Progress
    Report = SyncReport | changes.Report

What = Literal["requests", "course changes"]
Told = list[tuple[str, Role]]
"""Sentences, and what they are."""


@dataclass(frozen=True, slots=True)
class Service:
    """DAP or Canvas: whether its settings are enough, or work (``None``: none were made)."""

    name: str
    works: bool | None
    says: str


class Syncing(Protocol):
    """Fetches into the cache that is open.  Called from threads; raises ``StoreError``."""

    def services(self) -> Sequence[Service]:
        """What is set up and what is missing.  Asks nobody."""
        ...

    def check(self, cancel: Cancel) -> Sequence[Service]:
        """Whether the secrets work, and what they may read."""
        ...

    def requests(self, tell: "Callable[[Progress, str], None]", cancel: Cancel) -> "SyncReport":
        """Fetch requests; ``tell`` gets how far it is, and the last trouble in words."""
        ...

    def changes(self, tell: "Callable[[Progress, str], None]", cancel: Cancel) -> "changes.Report":
        """Fetch course changes."""
        ...


class SyncWork:
    """The fetching of one app: one at a time, whatever page is on top."""

    def __init__(
        self, desk: Desk, say: Callable[[str], object], ended: Callable[[], object]
    ) -> None:
        """``say`` tells the person a sentence; ``ended`` is called after each fetching."""
        self._desk = desk
        self._say = say
        self._ended = ended
        self._lane = desk.lane("sync")
        self._settings_lane = desk.lane("sync settings")
        self.services: Sequence[Service] | None = None
        self.running: What | None = None
        self.progress: Progress | None = None
        self.problem = ""
        self.outcome: Told = []

    # Settings

    def look(self) -> None:
        """Read what is set up, if that is not known yet."""
        if self.services is None and self._desk.syncing is not None:
            syncing = self._desk.syncing
            self._ask_settings(lambda cancel: syncing.services())

    def check(self) -> None:
        """Try the secrets."""
        if self._desk.syncing is not None:
            self.services = None
            self._ask_settings(self._desk.syncing.check)

    def _ask_settings(self, read: Callable[[Cancel], Sequence[Service]]) -> None:
        def question(cancel: Cancel) -> Iterator[Sequence[Service]]:
            yield read(cancel)

        def known(found: Sequence[Service]) -> None:
            self.services = found

        self._desk.asking.ask(self._settings_lane, question, known, self._troubled, lasting=True)

    def _troubled(self, sentence: str) -> None:
        self.services = ()
        self.outcome = [(sentence, Role.ERROR)]

    # Fetching

    def start(self, what: What) -> None:
        """Begin, or go on where the last one stopped."""
        syncing = self._desk.syncing
        if syncing is None:
            self._say("Nothing can be fetched into this cache.")
            return
        if self.running is not None:
            self._say(f"{self.running.capitalize()} are being fetched; x stops that.")
            return
        self.running, self.progress, self.problem, self.outcome = what, None, "", []
        fetch: Callable[..., Report] = syncing.requests if what == "requests" else syncing.changes

        def question(cancel: Cancel) -> "Iterator[Report]":
            yield fetch(self._tell, cancel)

        self._desk.log("sync", fetched=what)
        self._desk.asking.ask(self._lane, question, self._done, self._failed, lasting=True)
        self._say(f"Fetching {what}: it goes on while you look around.")

    def stop(self) -> None:
        """Stop; what came is kept."""
        if self.running is None:
            self._say("Nothing is being fetched.")
            return
        self._desk.asking.take_back(self._lane)
        said = "Stopped: what came is kept, and the next sync goes on from there."
        self._end([(said, Role.WARN)])

    def _tell(self, progress: "Progress", problem: str) -> None:
        """Called from threads; the screen looks now and then."""
        self.progress, self.problem = progress, problem

    def _done(self, report: "Report") -> None:
        self._end(outcome(report))

    def _failed(self, sentence: str) -> None:
        self._end([(sentence, Role.ERROR)])

    def _end(self, told: Told) -> None:
        self.running, self.outcome = None, told
        self._say(told[0][0])
        self._ended()


def outcome(report: "Report") -> Told:
    """What became of a fetching, the sum first."""
    # Only here: the app starts faster without what knows the network.
    from logsleuth.ingest.web_logs_report import SyncReport, described

    if isinstance(report, SyncReport):
        counts: dict[str, int] = report.counts
        sums = ("added", "updated", "unchanged", "deleted_upstream", "rejected")
        words = ", ".join(f"{number(counts[name])} {name.replace('_', ' ')}" for name in sums)
        told: Told = [(f"{described(report.jobs)}: {words}.", Role.STRONG)]
        told += [(note, Role.PLAIN) for note in report.notes]
        told += [("A part of the time asked for is no longer in DAP.", Role.WARN)] * bool(
            report.gaps
        )
        if report.error:
            told.append((report.error, Role.ERROR))
            told.append(("What came before that is kept; sync again to go on.", Role.WARN))
        if report.chain:
            told.append((f"Fetched up to what was committed by {report.chain}.", Role.PLAIN))
        return told
    found = counted(report.added, "change", "changes")
    told = [
        (f"{found} added, {number(report.unchanged)} were there, of"
         f" {counted(len(report.listings), 'account or course', 'accounts and courses')}.",
         Role.STRONG)
    ]  # fmt: skip
    return [
        *told,
        *((note, Role.PLAIN) for note in report.notes),
        *((error, Role.ERROR) for error in report.errors),
    ]


def far(progress: "Progress") -> list[tuple[str, str]]:
    """How far a fetching is: name and value, line by line."""
    from logsleuth.ingest import course_events_report as changes

    if isinstance(progress, changes.Progress):
        return [
            ("of", f"{number(progress.done)} of {number(progress.total)} accounts and courses"),
            ("now", progress.listing),
            ("pages", number(progress.pages)),
            ("changes", number(progress.read)),
        ]
    files = "" if progress.files_total is None else f" of {number(progress.files_total)}"
    size = "" if progress.bytes_total is None else f" of {_megabytes(progress.bytes_total)}"
    span = " to ".join(time for time in (progress.since, progress.until) if time)
    found: list[tuple[str, Any]] = [
        ("step", progress.step),
        ("job", progress.job),
        ("job state", progress.job_state),
        ("asked for", span or "the whole table"),
        ("files", f"{number(progress.files_done)}{files}"),
        ("bytes", f"{_megabytes(progress.bytes_done)}{size}"),
        ("rows", number(progress.rows)),
        ("time left", _left(progress.seconds_left)),
    ]
    return [(name, text) for name, text in found if text]


def _megabytes(count: int) -> str:
    return f"{count / 1_000_000:,.1f} MB"


def _left(seconds: float | None) -> str:
    if seconds is None:
        return "not known yet"
    minutes, rest = divmod(int(seconds), 60)
    return f"about {minutes} min {rest} s" if minutes else f"about {rest} s"
