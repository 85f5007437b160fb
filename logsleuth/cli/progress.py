"""Progress bars on standard error: how far, how fast, how long still."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from logsleuth.model import clock
from logsleuth.model.text import visible

if TYPE_CHECKING:
    from logsleuth.ingest.run import Progress


@contextmanager
def progress_bar(counted: str = "rows") -> "Iterator[Callable[[Progress], None] | None]":
    """What shows how far a work is, with so many ``counted`` a second and the time left.

    ``None`` where nobody could see it; the bar is gone when the work is done.
    """
    if not sys.stderr.isatty():
        yield None
        return
    # Only here: rich is slow to load, and a pipe needs none of it.
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    bar = Bar(
        TextColumn("{task.fields[what]}", markup=False),
        BarColumn(bar_width=24),
        TextColumn("{task.fields[rate]}", markup=False),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    started = clock.monotonic()
    with bar:
        task = bar.add_task("", total=None, what="", rate="")

        def show(progress: "Progress") -> None:
            seconds = max(clock.monotonic() - started, 0.001)
            bar.update(
                task,
                completed=progress.bytes_done,
                total=progress.bytes_total or None,
                what=visible(f"{progress.step} {progress.name}".strip()),
                rate=f"{progress.rows:,} {counted}, {progress.rows / seconds:,.0f} a second",
            )

        yield show


def say_above(text: str) -> None:
    """Write a line to standard error while a bar may be shown: it stands above the bar.

    Rich moves what is written to ``sys.stderr`` there; click writes past it.
    """
    sys.stderr.write(f"{visible(text)}\n")
    sys.stderr.flush()
