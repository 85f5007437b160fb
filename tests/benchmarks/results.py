"""The page of the benchmark's results: targets with what was measured, and every question."""

import os
import platform
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from math import inf
from pathlib import Path
from statistics import median
from typing import Any

import apsw
import kinds
from timing import Times, at

MB = 1024 * 1024
ABOUT = """\
{counts} made-up requests, {json:.0f} bytes each as JSON with nulls written out, {gzip:.0f} as gzip.
One day of the {largest:,} has {day}.
Requests stand up to two minutes from where they belong, and a file holds up to ten days, mixed.
Thumbnails, 2.7 % of the requests, have a secret in their URL, which the import masks.

Whatever is compared ran in the same run, the imports in turn ({turns} turns; a ratio is the
median of those of the turns). Times are milliseconds. *Cold* is from opening the cache on, after
`posix_fadvise(POSIX_FADV_DONTNEED)` on all of its files; what else is asked was read before.
DuckDB has all columns in one table, sorted by time, and two threads."""

MONTH = 30_000_000
Name = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Measured:
    """Everything that was measured of one number of requests; times in milliseconds."""

    found: Mapping[str, Any]
    ours: Mapping[Name, Times]
    theirs: Mapping[Name, Times]
    cancels: Sequence[float]
    anonymous: int
    traces: Sequence[float]

    @property
    def rows(self) -> int:
        rows: int = self.found["rows"]
        return rows

    def group(self, *names: str) -> dict[str, Times]:
        """Our times of the questions of some groups, by name."""
        return {n: t for (g, n), t in self.ours.items() if g in names and t.whole}

    def faster(self, name: Name) -> float | None:
        """DuckDB's median divided by ours."""
        theirs = self.theirs.get(name)
        if theirs is None or not theirs.whole or not self.ours[name].whole:
            return None
        return median(theirs.whole) / median(self.ours[name].whole)

    def agrees(self, name: Name) -> bool | None:
        """Whether both sides gave the same answers; ``None`` where only one was asked."""
        theirs = self.theirs.get(name)
        if theirs is None or not theirs.answers or not self.ours[name].answers:
            return None
        return all(
            kinds.same(one, other)
            for one, other in zip(self.ours[name].answers, theirs.answers, strict=False)
        )


@dataclass(frozen=True, slots=True)
class Target:
    """A target: what, how much is asked, what was measured; ``met`` is ``None`` where it says
    nothing yet, as of fewer requests than it is about."""

    what: str
    asked: str
    measured: str
    met: bool | None


def _most(what: str, asked: float, measured: float, unit: str, note: str = "") -> Target:
    """A target that what was measured may not exceed."""
    return Target(what, f"≤ {asked:g} {unit}".strip(), _said(measured, unit, note),
                  measured <= asked)  # fmt: skip


def _least(what: str, asked: float, measured: float, unit: str, note: str = "") -> Target:
    """A target that what was measured has to reach."""
    return Target(what, f"≥ {asked:g} {unit}".strip(), _said(measured, unit, note),
                  measured >= asked)  # fmt: skip


def _said(measured: float, unit: str, note: str) -> str:
    return f"{_number(measured)} {unit}".strip() + (f" ({note})" if note else "")


def _median(values: Sequence[float]) -> float:
    """The median; infinite where nothing could be measured, which no target allows."""
    return median(values) if values else inf


def _number(value: float) -> str:
    if value == inf:
        return "not measured,"
    if value >= 100 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}" if value >= 0.1 else f"{value:.3f}"


def _worst(found: Mapping[str, float]) -> tuple[str, float]:
    """The name and size of the largest; nothing at all is none of any size."""
    return max(found.items(), key=lambda one: one[1], default=("nothing", 0.0))


def targets(imports: Mapping[str, Any], sizes: Sequence[Measured]) -> Iterator[Target]:
    """Every target, measured on the largest cache of the run."""
    yield from _of_import(imports, sizes[-1])
    yield from _of_answers(sizes[-1])


def _of_import(imports: Mapping[str, Any], largest: Measured) -> Iterator[Target]:
    race, growth = imports["race"], imports["growth"]
    whole = largest.found["whole"]
    yield _least("import, mixed days, against sqlite-utils insert --nl", 10,
                 race["ratios"]["sqlite-utils"], "times")  # fmt: skip
    yield _least("import, share of one-process gunzip + orjson", 0.6,
                 race["ratios"]["gunzip and orjson"], "")  # fmt: skip
    yield _least(f"rate at the last of {growth['days']} days against the first", 0.9,
                 growth["last"] / growth["first"], "")  # fmt: skip
    again = whole["again_seconds"]
    yield _most("finished files again: rows changed", 0, whole["again_changed"], "")
    yield _most(
        "finished files again: share of the first time",
        1,
        100 * again / whole["seconds"],
        "%",
        f"{again:.2f} s, of which {race['start_seconds']:.2f} s are the program's start",
    )
    yield _least("late rows into existing days, against bulk", 0.15, race["late_share"], "")
    yield _most("bytes per row", 215, whole["bytes_per_row"], "")
    yield _most("bytes per row, against a flat table with the same indexes", 0.42,
                whole["bytes_per_row"] / imports["flat_bytes"], "")  # fmt: skip
    peak = max(race["peak"], whole["peak"]) / MB
    yield _most("memory of the largest import process", 300, peak, "MB")
    app = largest.found["panes"]["anonymous"] / MB
    yield _most("memory after the whole workload, RssAnon", 300, largest.anonymous / MB, "MB",
                f"the app, after all panes: {app:,.0f} MB")  # fmt: skip


def _of_answers(largest: Measured) -> Iterator[Target]:
    fields = {n: at(t.whole, 0.95) for n, t in largest.group("fields").items()}
    pages = {n: at(t.whole, 0.95) for n, t in largest.group("pages").items()}
    slow = sum(value > 10 for value in fields.values())
    name, worst = _worst(fields)
    yield _most("first page by any one field, p95 of the slowest", 10, worst, "ms",
                f"{name}; {slow} of {len(fields)} fields over 10 ms")  # fmt: skip
    name, worst = _worst(pages)
    yield _most("first page by the workload's filters, p95 of the slowest", 10, worst, "ms", name)
    ratios = {n: 1 / (largest.faster(("pages", n)) or 1e9) for n in pages if n[0] in "ab"}
    name, worst = _worst(ratios)
    yield _least("the same against DuckDB, p50 of the slowest", 20, 1 / (worst or 1e9), "times",
                 name)  # fmt: skip
    for span, asked in (("of a day", 20), ("of all", 150)):
        times = largest.group(f"panes {span}")
        counted = largest.ours[f"panes {span}", f"Addresses {span}, counted"]
        yield _most(f"addresses by use, {span}, p50", asked, _median(counted.whole), "ms")
        name, worst = _worst({n: median(t.first) for n, t in times.items()})
        yield _most(f"first rows of any facet pane {span}, p50 of the slowest", asked, worst, "ms",
                    name)  # fmt: skip
    for name in largest.group("scans"):
        faster = largest.faster(("scans", name))
        if faster:
            yield _most(f"{name}, p50", 3, 1 / faster, "times DuckDB's")
    name, worst = _worst({n: median(t.first) for n, t in largest.group("texts").items()
                          if t.answers and t.answers[0]})  # fmt: skip
    yield _most("URL substring: first rows, slowest needle", 200, worst, "ms", name)
    name, worst = _worst({n: median(t.whole) for n, t in largest.group("text counts").items()})
    yield _most("URL substring: whole, slowest needle", 2000, worst, "ms", name)
    yield _most("URL substring: cancel, slowest", 100, max(largest.cancels), "ms")
    yield _most("trace of one event, p95", 10, at(list(largest.traces), 0.95), "ms")
    trace = largest.found["trace"]
    yield _most("trace --all, for each 10,000 events", 60,
                trace["seconds"] / max(1, trace["events"]) * 10_000, "s",
                f"{trace['events']:,} in {trace['seconds']:.1f} s")  # fmt: skip
    cold = largest.ours["pages", "a newest 200"].cold
    month = _most("first page, cold file cache, of 30 million", 150, _median(cold), "ms",
                  f"of {largest.rows:,}")  # fmt: skip
    yield month if largest.rows >= MONTH else replace(month, met=None)
    yield _most("prune of a day", 100, largest.found["prune"]["ms"], "ms")


def page(about: Mapping[str, Any], imports: Mapping[str, Any], sizes: Sequence[Measured]) -> str:
    """The page, as Markdown."""
    return "\n".join(_lines(about, imports, sizes)) + "\n"


def _lines(
    about: Mapping[str, Any], imports: Mapping[str, Any], sizes: Sequence[Measured]
) -> Iterator[str]:
    counts = " and ".join(f"{one.rows:,}" for one in sizes)
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
    yield f"## Targets, at {sizes[-1].rows:,} requests"
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
    yield f"| one event, p50 | {_number(median(one.traces))} ms |"
    yield f"| one event, p95 | {_number(at(list(one.traces), 0.95))} ms |"
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
        _number(median(times.first)),
        _number(median(times.whole)),
        _number(at(times.whole, 0.95)),
        _number(median(times.cold)) if times.cold else "",
        _number(median(theirs.whole)) if theirs and theirs.whole else "",
        _number(at(theirs.whole, 0.95)) if theirs and theirs.whole else "",
        "" if faster is None else _number(faster),
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
