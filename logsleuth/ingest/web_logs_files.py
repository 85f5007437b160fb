"""The files of a job of DAP: fetched several at once, then taken into the cache together."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from logsleuth.ingest import arrivals
from logsleuth.ingest.arrivals import Arrivals
from logsleuth.ingest.patient_writer import writing
from logsleuth.ingest.run import FileReport, Incoming, Progress, take_in
from logsleuth.ingest.web_logs_report import SyncReport
from logsleuth.model import clock
from logsleuth.sources import files
from logsleuth.sources.dap import Dap
from logsleuth.sources.errors import SourceError
from logsleuth.store.base import Cancel
from logsleuth.store.coverage import FEED
from logsleuth.store.ledger import Ledger
from logsleuth.store.sync_book import KeptJob, SyncBook

DOWNLOADS = 4
"""Files that are fetched at the same time."""

BATCH = 8
"""Files that are brought into the days together: each time, days are built anew."""


class Files:
    """Brings files from DAP into the cache at ``folder``.

    ``show`` gets what is new of the progress, ``report`` what the import says; ``keep_raw`` is a
    folder for copies of the files as they were received.
    """

    def __init__(
        self,
        folder: Path,
        dap: Dap,
        keep_raw: Path | None,
        show: Callable[..., None],
        report: SyncReport,
        cancel: Cancel,
    ) -> None:
        self._folder = folder
        self._dap = dap
        self._keep_raw = keep_raw
        self._show = show
        self._report = report
        self._cancel = cancel
        self._arrivals = Arrivals(folder)
        self._started = 0.0
        self._sizes: dict[int, tuple[int, int | None]] = {}
        self._rows = 0

    def drop(self) -> None:
        """Remove all files that are on their way."""
        self._arrivals.keep_only()

    async def bring(self, kept: KeptJob) -> None:
        """Fetch the files of a job and take them into the cache, a few at a time.

        Raises ``DapError`` (``NotFound``: the job is gone), ``HttpError``, ``SourceError`` for a
        file that cannot be read, and ``StoreError``.
        """
        self._arrivals.keep_only(kept.id)
        numbers = list(kept.objects)
        total = kept.total or 0
        self._started = clock.monotonic()
        self._sizes.clear()
        self._show(files_done=total - len(numbers), files_total=total, bytes_done=0)
        for first in range(0, len(numbers), BATCH):
            batch = numbers[first : first + BATCH]
            self._show(step="downloading")
            await self._download(kept, batch)
            self._show(step="importing", seconds_left=None)
            await self._take_in(kept, batch)
            self._show(files_done=total - len(numbers) + first + len(batch))

    async def _download(self, kept: KeptJob, numbers: list[int]) -> None:
        turns = asyncio.Semaphore(DOWNLOADS)

        async def fetch(n: int) -> None:
            path = self._arrivals.path(kept.id, n)
            async with turns:
                if not path.exists():
                    await self._dap.download(
                        kept.objects[n], path, lambda done, total: self._fetched(n, done, total)
                    )

        tasks = [asyncio.create_task(fetch(n)) for n in numbers]
        try:
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def _fetched(self, n: int, done: int, total: int | None) -> None:
        """Hear how far the download of file ``n`` is."""
        known = n in self._sizes and self._sizes[n][1] is not None
        self._sizes[n] = done, total
        totals = sum(size or have for have, size in self._sizes.values())
        if not known and total is not None:
            self._arrivals.check_room(totals)
        here = sum(have for have, _ in self._sizes.values())
        seconds = clock.monotonic() - self._started
        rate = here / seconds if seconds > 1 else 0
        self._show(
            bytes_done=here,
            bytes_total=totals,
            seconds_left=(totals - here) / rate if rate else None,
        )

    async def _take_in(self, kept: KeptJob, numbers: list[int]) -> None:
        """Bring files into the days, and note each as being in the cache."""
        paths = {n: self._arrivals.path(kept.id, n) for n in numbers}
        if self._keep_raw:
            for path in paths.values():
                arrivals.keep(path, self._keep_raw, kept.job_id)
        names = {n: f"{FEED}, job {kept.job_id}, {kept.objects[n]}" for n in numbers}
        async with writing(self._folder, self._dap.patience) as writer:
            full = [n for n in numbers if not arrivals.is_empty(paths[n])]
            imported = take_in(
                writer,
                [Incoming(paths[n], names[n], "web_logs", "jsonl") for n in full],
                self._imported,
            )
            self._report.add(imported)
            taken = {
                n: file for n, file in zip(full, imported.files, strict=True) if not file.error
            }
            sources = {n: _recorded(writer.ledger, file) for n, file in taken.items()}
            for n in set(numbers) - set(full):
                sources[n] = _record_empty(writer.ledger, paths[n], names[n])
            SyncBook(writer.ledger, FEED).take_in(
                kept.id,
                sources,
                sum(file.read for file in taken.values()),
                sum(file.rejected for file in taken.values()),
            )
        self._rows += sum(file.read for file in imported.files)
        for path in paths.values():
            path.unlink()
        refused = [file.error for file in imported.files if file.error]
        if refused:
            raise SourceError(f"{refused[0]} The next sync fetches it again.")

    def _imported(self, progress: Progress) -> None:
        self._cancel.check()
        self._show(rows=self._rows + progress.rows)


def _recorded(ledger: Ledger, file: FileReport) -> int:
    source = ledger.source(file.sha256, file.kind)
    assert source is not None, file.name
    return source


def _record_empty(ledger: Ledger, path: Path, name: str) -> int:
    """Record a file without a line: DAP may send one, and it brings nothing."""
    digest = files.digest(path)
    source = ledger.record_source(name, digest.sha256, digest.size, "web_logs", "jsonl")
    ledger.finish_source(source, read=0, rejected=0, days=[], error=None)
    return source
