"""The page of the benchmark's results: targets with what was measured, and every question."""

import os
import platform
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

import apsw
from targets import MB, Measured, Name, measured_on, number, targets
from timing import Times, at

ABOUT = """\
{counts} made-up requests, {json:.0f} bytes each as JSON with nulls written out, {gzip:.0f} as gzip.
One day of the {largest:,} has {day}.
Requests stand up to two minutes from where they belong, and a file holds up to ten days, mixed.
Thumbnails, 2.7 % of the requests, have a secret in their URL, which the import masks.

Whatever is compared ran in the same run, the imports in turn ({turns} turns; a ratio is the
median of those of the turns). Times are milliseconds. *Cold* is from opening the cache on, after
`posix_fadvise(POSIX_FADV_DONTNEED)` on all of its files; before all else that is asked, the
files were read whole, for this machine may drop them from memory when nobody looks for a while.
DuckDB has all columns in one table, sorted by time, and two threads."""


def page(about: Mapping[str, Any], imports: Mapping[str, Any], sizes: Sequence[Measured]) -> str:
    """The page, as Markdown."""
    return "\n".join(_lines(about, imports, sizes)) + "\n"


def _lines(
    about: Mapping[str, Any], imports: Mapping[str, Any], sizes: Sequence[Measured]
) -> Iterator[str]:
    counts = " and ".join(", ".join(f"{one.rows:,}" for one in sizes).rsplit(", ", 1))
    yield "# What was measured"
    yield ""
    yield f"`python tests/benchmarks/run.py {' '.join(about['asked'])}`, {about['date']}."
    yield ""
    yield f"Machine: {machine()}."
    yield f"Versions: {versions()}."
    yield ""
    largest = sizes[-1]
    day = ", ".join(_counted(what, value) for what, value in largest.found["day"].items())
    yield from ABOUT.format(
        counts=counts,
        turns=len(_turns(imports)),
        json=largest.found["json_bytes"],
        gzip=largest.found["gzip_bytes"],
        largest=largest.rows,
        day=day,
    ).splitlines()
    yield ""
    yield f"## Targets, at {measured_on(sizes).rows:,} requests"
    yield ""
    yield "| what | target | measured | met |"
    yield "| --- | --- | --- | --- |"
    for one in targets(imports, sizes):
        met = "" if one.met is None else "yes" if one.met else "**no**"
        yield f"| {one.what} | {one.asked} | {one.measured} | {met} |"
    yield ""
    yield from _imports(imports, sizes)
    for one in sizes:
        yield from _answers(one)


def _counted(what: str, value: float) -> str:
    return f"{value:.1f} {what}" if what.startswith("%") else f"{value:,} {what}"


def _turns(imports: Mapping[str, Any]) -> Sequence[float]:
    turns: Sequence[float] = imports["race"]["rates"]["logsleuth"]
    return turns


def _imports(imports: Mapping[str, Any], sizes: Sequence[Measured]) -> Iterator[str]:
    race, growth = imports["race"], imports["growth"]
    yield "## Import"
    yield ""
    yield f"{race['rows']:,} requests; sqlite-utils the first {race['sliced']:,} of them, flattened"
    yield "before, with the id as its primary key and no index."
    yield ""
    yield "| | rows/s, median | turns | logsleuth's rate, divided by it |"
    yield "| --- | ---: | --- | ---: |"
    for name, rates in race["rates"].items():
        turns = ", ".join(f"{rate:,.0f}" for rate in rates)
        yield f"| {name} | {median(rates):,.0f} | {turns} | {race['ratios'][name]:.2f} |"
    yield ""
    yield f"Late: {race['late_rows']:,} rows at {race['late_rate']:,.0f} rows/s. Day by day:"
    yield f"{growth['first']:,.0f} rows/s at first, {growth['last']:,.0f} at last."
    yield ""
    yield "| requests | rows/s | largest process | bytes/row | flat table | DuckDB | catalogue |"
    yield "| ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
    for one in sizes:
        whole = one.found["whole"]
        yield (
            f"| {one.rows:,} | {whole['rows'] / whole['seconds']:,.0f} |"
            f" {whole['peak'] / MB:,.0f} MB of {whole['processes']} |"
            f" {whole['bytes_per_row']:.0f} | {imports['flat_bytes']:.0f} |"
            f" {one.found['duckdb_bytes']:.0f} | {whole['catalogue_bytes'] / MB:.1f} MB |"
        )
    yield ""


def _answers(one: Measured) -> Iterator[str]:
    trace = one.found["trace"]
    yield f"## Questions, {one.rows:,} requests"
    yield ""
    yield "*n* is how many random ones were asked. *First* is until the first rows or figures are"
    yield "there. *Faster* is DuckDB's p50 divided by ours; *same* whether the answers agree."
    yield ""
    yield "| question | n | first p50 | p50 | p95 | cold p50 | DuckDB p50 | p95 | faster | same |"
    yield "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | --- |"
    for name, times in one.ours.items():
        theirs = one.theirs.get(name)
        error = times.error or (theirs.error if theirs else "")
        if error:
            yield f"| {name[1]} | failed: {error.replace('|', ' ')} |"
        elif times.whole:
            yield _answer(one, name, times)
    yield ""
    yield "| traces | |"
    yield "| --- | ---: |"
    yield f"| one event, p50 | {number(median(one.traces))} ms |"
    yield f"| one event, p95 | {number(at(list(one.traces), 0.95))} ms |"
    yield f"| all {trace['events']:,} | {trace['seconds']:.1f} s |"
    yield f"| all, kept from before | {trace['kept_seconds']:.1f} s |"
    verdicts = ", ".join(f"{n} {count:,}" for n, count in sorted(trace["verdicts"].items()))
    yield f"| verdicts | {verdicts} |"
    yield f"| exact or strong: right | {trace['right']:,} |"
    yield f"| exact or strong: wrong | {trace['wrong']:,} |"
    yield ""
    yield "| pane of the app | first rows, ms | whole, ms |"
    yield "| --- | ---: | ---: |"
    for name, runs in one.found["panes"]["panes"].items():
        figures = [_seconds([run[what] for run in runs]) for what in ("first", "whole")]
        yield f"| {name} | {figures[0]} | {figures[1]} |"
    yield ""


def _seconds(values: Sequence[float | None]) -> str:
    known = [value for value in values if value is not None]
    return f"{1000 * median(known):,.0f}" if len(known) == len(values) else "not in time"


def _answer(one: Measured, name: Name, times: Times) -> str:
    theirs, faster, same = one.theirs.get(name), one.faster(name), one.agrees(name)
    cells = [
        f"{name[1] if name[0] != 'fields' else f'page by {name[1]}'}",
        str(len(times.whole)),
        number(median(times.first)),
        number(median(times.whole)),
        number(at(times.whole, 0.95)),
        number(median(times.cold)) if times.cold else "",
        number(median(theirs.whole)) if theirs and theirs.whole else "",
        number(at(theirs.whole, 0.95)) if theirs and theirs.whole else "",
        "" if faster is None else number(faster),
        "" if same is None else "yes" if same else "**NO**",
    ]
    return f"| {' | '.join(cells)} |"


def machine() -> str:
    """Processor, cores, memory and system."""
    found = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3
    name = found[1] if found else platform.machine()
    return f"{name}, {os.cpu_count()} cores, {memory:.0f} GiB, {platform.platform(terse=True)}"


def versions() -> str:
    """What was measured, and with what."""
    names = ("logsleuth", "apsw", "isal", "msgspec", "orjson", "sqlite-utils", "duckdb")
    parts = [f"Python {sys.version.split()[0]}", f"SQLite {apsw.sqlite_lib_version()}"]
    return ", ".join([*parts, *(f"{name} {version(name)}" for name in names)])
