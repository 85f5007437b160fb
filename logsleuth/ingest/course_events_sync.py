"""Course changes from Canvas into a cache: what is not fetched yet, newest first.

Each page is in the cache before the next is asked for, and a span is noted as fetched only
after its pages: killed at any point, the next run asks again for what was not noted, and
keeps each change once.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

from logsleuth.filter.tree import Span
from logsleuth.ingest import audit, called
from logsleuth.ingest.audit import Received
from logsleuth.ingest.course_events_report import ListingReport, Progress, Report, Wanted
from logsleuth.ingest.descent import Descent, Edges, Listing
from logsleuth.ingest.patient_writer import writing
from logsleuth.model import clock, times
from logsleuth.model.event import CourseEvent
from logsleuth.sources.canvas import Canvas, Scope
from logsleuth.sources.canvas_answers import (
    Answer,
    ElsewhereError,
    NotPermittedError,
    NotThereError,
)
from logsleuth.sources.errors import SourceError
from logsleuth.sources.http import HttpError, Patience
from logsleuth.sources.secrets import Masker
from logsleuth.store import paths
from logsleuth.store.activity import Activity
from logsleuth.store.base import Cancel
from logsleuth.store.event_spans import EventScope, EventSpan, missing

KEPT = 426 * times.DAY
"""About 14 months, for which Canvas keeps changes by default (canvas-lms, Auditors)."""

STEP, LONGEST_STEP = times.WEEK, 8 * times.WEEK
"""Spans asked for at once: paging is slow far down; where little happens they grow."""

_ALIKE = 3
"""So many listings refused one after the other, and none given: the rest is not asked."""


class CourseEventsSync:
    """One sync into the cache at ``folder``, which is made if need be.

    ``tell`` gets a :class:`Progress` after each page; ``cancel`` stops it from any thread.
    """

    def __init__(
        self,
        folder: Path,
        canvas: Canvas,
        *,
        tell: Callable[[Progress], None] | None = None,
        cancel: Cancel | None = None,
        patience: Patience | None = None,
    ) -> None:
        self._folder = folder
        self._canvas = canvas
        self._tell = tell or (lambda _progress: None)
        self._cancel = cancel or Cancel()
        self._patience = patience or Patience()
        self._progress = Progress()
        self._edges = Edges()

    async def run(self, wanted: Wanted) -> Report:
        """Fetch what is wanted and not noted as fetched; the report says what failed.

        Raises ``StoreError`` if the cache cannot be written, ``Cancelled``.
        """
        now = clock.now_us() // times.SECOND * times.SECOND
        until = now if wanted.until is None else min(wanted.until, now)
        self._keep_raw = wanted.keep_raw
        self._report = report = Report(now - KEPT if wanted.since is None else wanted.since, until)
        self._notable = Span(max(report.since, now - KEPT), until)
        try:
            root, listings = await self._listings(wanted)
            await self._fetch_all(listings)
        except HttpError as error:
            report.errors.append(str(error))
        else:
            if root is not None and not report.errors:
                await self._cover_institution(root, listings)
        if (self._folder / paths.CATALOGUE).exists():
            # A sync that was refused at the door leaves no empty cache behind.
            Activity(self._folder).add("sync course-events", report.as_json())
        return report

    # Whose changes

    async def _listings(self, wanted: Wanted) -> tuple[int | None, list[Listing]]:
        """The listings to fetch, and the root account if they are all of its tree."""
        listings = [await self._course(given) for given in wanted.courses]
        if wanted.courses and not wanted.accounts:
            return None, listings
        for given in wanted.accounts or ["self"]:
            listings += await self._tree(given, wanted.sub_accounts)
        whole = not wanted.accounts and wanted.sub_accounts
        return (listings[0].id if whole else None), list(dict.fromkeys(listings))

    async def _course(self, given: int | str) -> Listing:
        """A course; Canvas is asked for its id where it was not given."""
        if isinstance(given, int):
            return Listing("course", given)
        answer = await self._canvas.thing("course", given)
        return (await self._listed("course", [answer]) or _nameless(f"course {given}"))[0]

    async def _tree(self, given: int | str, below: bool) -> list[Listing]:
        """An account and all below it; an account without that list is asked for itself."""
        answers = [await self._canvas.account(given)]
        found = await self._listed("account", answers) or _nameless(f"account {given}")
        if not below:
            return found
        answers = []
        try:
            async for answer in self._canvas.sub_accounts(found[0].id):
                self._cancel.check()
                answers.append(answer)
        except (NotPermittedError, NotThereError, ElsewhereError) as error:
            self._report.errors.append(f"{error} Only account {found[0].id} itself was asked for.")
            return found
        return found + await self._listed("account", answers)

    async def _listed(self, scope: Scope, answers: Sequence[Answer]) -> list[Listing]:
        """The listings of the courses or accounts that Canvas described, whose names are kept."""
        async with writing(self._folder, self._patience) as writer:
            names = called.take_names(writer.ledger, scope, answers)
        return [Listing(scope, name.id) for name in names]

    # Fetching

    async def _fetch_all(self, listings: Sequence[Listing]) -> None:
        refused = 0
        self._show(total=len(listings))
        for place, listing in enumerate(listings):
            self._show(done=place, listing=f"{listing.scope} {listing.id}", reached=None)
            outcome = ListingReport(listing)
            self._report.listings.append(outcome)
            try:
                await self._fetch(outcome)
            except (NotPermittedError, NotThereError, ElsewhereError) as error:
                refused += 1
                outcome.error = _with_advice(error, listing)
            except HttpError as error:
                outcome.error = str(error)
                raise
            except SourceError as error:
                outcome.error = str(error)
            if outcome.error:
                self._report.errors.append(outcome.error)
            if refused == place + 1 >= _ALIKE and place + 1 < len(listings):
                raise HttpError(  # the permission is of the root account: none will do better
                    f"Canvas refused the first {refused} of {len(listings)} listings; the others"
                    " were not asked for."
                )
        self._show(done=len(listings))

    async def _fetch(self, outcome: ListingReport) -> None:
        listing = outcome.listing
        asked = Span(self._report.since, self._report.until)
        for hole in reversed(missing(asked, await self._spans(listing.scope, listing.id))):
            since, end = hole.since or 0, hole.until or 0
            step = STEP
            while end > since:
                span = Span(max(end - step, since), end)
                await self._fetch_span(outcome, span)
                step = STEP if self._pages_of_span > 1 else min(2 * step, LONGEST_STEP)
                end = span.since or 0

    async def _fetch_span(self, outcome: ListingReport, span: Span) -> None:
        listing = outcome.listing

        async def keep(answer: Answer) -> list[CourseEvent]:
            return await self._keep(answer, listing)

        descent = Descent(self._canvas, listing, span, keep, cancel=self._cancel, edges=self._edges)
        try:
            await descent.fetch()
        finally:
            self._pages_of_span = descent.pages
            self._report.notes += descent.notes
            await self._cover(outcome, descent.fetched())
        self._show(reached=span.since)

    async def _keep(self, answer: Answer, listing: Listing) -> list[CourseEvent]:
        """A page into the cache; its changes."""
        account = listing.id if listing.scope == "account" else None
        received = Received(answer.url, answer.content, answer.asked_at, account)
        if self._keep_raw:
            audit.keep_raw(self._keep_raw, received, f"{listing.scope}-{listing.id}")
        async with writing(self._folder, self._patience) as writer:
            document, tally = audit.take(writer.ledger, Masker(writer.ledger.mask_key()), received)
        report = self._report
        report.pages += 1
        report.read += document.read
        report.added += tally.added
        report.updated += tally.updated
        report.unchanged += tally.unchanged
        report.rejected += len(document.rejected)
        events = [event for event, _ in document.events]
        ages = [event.created_at for event in events]
        report.oldest = min(ages if report.oldest is None else [*ages, report.oldest], default=None)
        self._show(reached=min(ages, default=self._progress.reached))
        return events

    def _show(self, **changed: Any) -> None:
        self._progress = replace(
            self._progress, pages=self._report.pages, read=self._report.read, **changed
        )
        self._tell(self._progress)

    # Coverage

    async def _spans(self, scope: EventScope, number: int) -> list[EventSpan]:
        async with writing(self._folder, self._patience) as writer:
            return writer.ledger.event_spans(scope, number)

    async def _cover(self, outcome: ListingReport, spans: Sequence[Span]) -> None:
        """Note spans as fetched, as far back as Canvas can be trusted to have kept changes."""
        notable = [part for span in spans if (part := _common(span, self._notable))]
        outcome.fetched += notable
        if notable:
            async with writing(self._folder, self._patience) as writer:
                for span in notable:
                    writer.ledger.cover_events(outcome.listing.scope, outcome.listing.id, span)

    async def _cover_institution(self, root: int, listings: Sequence[Listing]) -> None:
        """Note for the whole tree what is fetched of every account in it."""
        holes = []
        for listing in listings:
            for hole in missing(self._notable, await self._spans("account", listing.id)):
                holes.append(EventSpan("account", listing.id, hole.since or 0, hole.until or 0, 0))
        async with writing(self._folder, self._patience) as writer:
            for span in missing(self._notable, holes):
                writer.ledger.cover_events("institution", root, span)


def _nameless(what: str) -> NoReturn:
    raise HttpError(f"Canvas named no id for the {what}; try again later.")


def _common(one: Span, other: Span) -> Span | None:
    """What two closed spans share."""
    since, until = max(one.since or 0, other.since or 0), min(one.until or 0, other.until or 0)
    return Span(since, until) if since < until else None


def _with_advice(error: HttpError, listing: Listing) -> str:
    """The sentence of a refusal; of an unknown course, with what else can be asked."""
    if isinstance(error, NotThereError) and listing.scope == "course":
        return (
            f"{error} The course may be deleted, hidden from this token, or another"
            " institution's; its account's changes (--account) may tell of it."
        )
    return str(error)
