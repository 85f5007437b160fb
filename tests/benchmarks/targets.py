"""What was measured of one number of requests, and how it compares with the targets."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf
from statistics import median
from typing import Any

import kinds
from timing import Times, at

MB = 1024 * 1024
TEN_DAYS, MONTH = 10_000_000, 30_000_000
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
    return f"{number(measured)} {unit}".strip() + (f" ({note})" if note else "")


def _median(values: Sequence[float]) -> float:
    """The median; infinite where nothing could be measured, which no target allows."""
    return median(values) if values else inf


def number(value: float) -> str:
    if value == inf:
        return "not measured,"
    if value >= 100 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}" if value >= 0.1 else f"{value:.3f}"


def _worst(found: Mapping[str, float]) -> tuple[str, float]:
    """The name and size of the largest; nothing at all is none of any size."""
    return max(found.items(), key=lambda one: one[1], default=("nothing", 0.0))


def measured_on(sizes: Sequence[Measured]) -> Measured:
    """Where most targets are measured: on ten million requests, or else the most there are."""
    return next((one for one in sizes if one.rows == TEN_DAYS), sizes[-1])


def targets(imports: Mapping[str, Any], sizes: Sequence[Measured]) -> Iterator[Target]:
    """Every target; those about any size or a month are measured on the largest cache."""
    asked = measured_on(sizes)
    yield from _of_import(imports, asked, max(one.found["whole"]["peak"] for one in sizes))
    yield from _of_answers(asked)
    yield _cold(sizes[-1])
    yield _most("prune of a day", 100, sizes[-1].found["prune"]["ms"], "ms")


def _of_import(imports: Mapping[str, Any], asked: Measured, peak: float) -> Iterator[Target]:
    race, growth = imports["race"], imports["growth"]
    whole = asked.found["whole"]
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
    yield _most("memory of the largest import process, of any size", 300,
                max(race["peak"], peak) / MB, "MB")  # fmt: skip
    app = asked.found["panes"]["anonymous"] / MB
    yield _most("memory after all questions, RssAnon", 300, asked.anonymous / MB, "MB")
    yield _most("memory of the app after all its panes, RssAnon", 300, app, "MB")


def _of_answers(measured: Measured) -> Iterator[Target]:
    fields = {n: at(t.whole, 0.95) for n, t in measured.group("fields").items()}
    pages = {n: at(t.whole, 0.95) for n, t in measured.group("pages").items()}
    slow = sum(value > 10 for value in fields.values())
    name, worst = _worst(fields)
    yield _most("first page by any one field, p95 of the slowest", 10, worst, "ms",
                f"{name}; {slow} of {len(fields)} fields over 10 ms")  # fmt: skip
    name, worst = _worst(pages)
    yield _most("first page by the workload's filters, p95 of the slowest", 10, worst, "ms", name)
    ratios = {n: 1 / (measured.faster(("pages", n)) or 1e9) for n in pages if n[0] in "ab"}
    name, worst = _worst(ratios)
    yield _least("the same against DuckDB, p50 of the slowest", 20, 1 / (worst or 1e9), "times",
                 name)  # fmt: skip
    for span, asked in (("of a day", 20), ("of all", 150)):
        times = measured.group(f"panes {span}")
        on_top = measured.ours[f"panes {span}", f"Addresses {span}, on top"]
        yield _most(
            f"a screen of addresses by use, {span}, p50", asked, _median(on_top.whole), "ms"
        )
        name, worst = _worst({n: median(t.first) for n, t in times.items()})
        yield _most(f"first rows of any facet pane {span}, p50 of the slowest", asked, worst, "ms",
                    name)  # fmt: skip
    for name in measured.group("scans"):
        faster = measured.faster(("scans", name))
        if faster:
            yield _most(f"{name}, p50", 3, 1 / faster, "times DuckDB's")
    name, worst = _worst({n: median(t.first) for n, t in measured.group("texts").items()
                          if t.answers and t.answers[0]})  # fmt: skip
    yield _most("URL substring: first rows, slowest needle", 200, worst, "ms", name)
    name, worst = _worst({n: median(t.whole) for n, t in measured.group("text counts").items()})
    yield _most("URL substring: whole, slowest needle", 2000, worst, "ms", name)
    yield _most("URL substring: cancel, slowest", 100, max(measured.cancels), "ms")
    yield _most("trace of one event, p95", 10, at(list(measured.traces), 0.95), "ms")
    trace = measured.found["trace"]
    yield _most("trace --all, for each 10,000 events", 60,
                trace["seconds"] / max(1, trace["events"]) * 10_000, "s",
                f"{trace['events']:,} in {trace['seconds']:.1f} s")  # fmt: skip


def _cold(largest: Measured) -> Target:
    cold = largest.ours["pages", "a newest 200"].cold
    month = _most("first page, cold file cache, of 30 million", 150, _median(cold), "ms",
                  f"of {largest.rows:,}")  # fmt: skip
    return month if largest.rows >= MONTH else replace(month, met=None)
