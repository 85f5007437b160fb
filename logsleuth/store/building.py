"""Building a generation of a day from the rows that wait for it.

A build writes one file that nothing names yet, and knows nothing of the catalogue: so it can
be done by any process, and one that is stopped leaves nothing but a file to be dropped.
"""

from array import array
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import apsw

from logsleuth.model import times
from logsleuth.store import encoded, paths, prints
from logsleuth.store.encoded import AGENT, IP, OP, SESSION, VERSION
from logsleuth.store.runs import Block, DayRun
from logsleuth.store.sqlite import day as day_file
from logsleuth.store.sqlite import indexing, placing, rollups, schema, student_view
from logsleuth.store.sqlite.dictionaries import ROOM, Versions
from logsleuth.store.sqlite.tallying import Tallying
from logsleuth.store.sqlite.writer import BATCH, DaySummary, DayWriter, Extra, News, Tally, find_key

_AT_ONCE = 20_000
"""Rows that are added at one time to a copy of a day, which nobody reads."""


@dataclass(frozen=True, slots=True)
class Build:
    """What is to be built: the day, the file to make, the generation that it begins as a copy
    of, the runs with its rows, files that were refused after some of their rows got there,
    and deletions that came before their requests.

    ``few`` rows go into the indexes and roll-ups that the copy has; for more these are made
    anew, which leaves them dense.
    """

    day: str
    target: Path
    base: Path | None
    runs: Sequence[Path]
    refused: frozenset[int]
    tombstones: dict[str, int]
    few: bool = False


@dataclass(frozen=True, slots=True)
class Built:
    """What a build made: what the day holds, its Test Students, and what became of the rows."""

    summary: DaySummary
    views: dict[int, str]
    news: News
    tallies: dict[int, Tally]


def build(work: Build) -> Built:
    """Make the file, whole and on the disk."""
    paths.private_file(work.target)
    base = work.base
    connection = day_file.create(work.target) if base is None else day_file.copy(base, work.target)
    try:
        tallies: dict[int, Tally] = {}
        with DayRun(times.day_start(work.day), work.runs, work.refused) as run, connection:
            doubtful = in_doubt(connection, run, work.tombstones)
            writer = DayWriter(connection, work.day, work.few, work.tombstones, tallies)
            filling = Filling(writer, run, doubtful)
            if work.few:
                filling.append(_AT_ONCE)
            else:
                _fill(connection, filling, None if base else Tallying(connection))
            if doubtful:
                writer.watch()
                writer.add(run.delivered(doubtful))
            summary = writer.finish()
        if not work.few:
            connection.execute("PRAGMA analysis_limit=1000; ANALYZE")
        views = student_view.find(connection)
        connection.close()
    except BaseException:
        connection.close()
        work.target.unlink(missing_ok=True)
        raise
    paths.sync_file(work.target)
    if base is None:
        writer.news.added = None
    return Built(summary, views, writer.news, tallies)


def _fill(connection: apsw.Connection, filling: "Filling", tallying: Tallying | None) -> None:
    """Fill a day, and make its indexes and roll-ups; ``tallying`` is of one that is empty."""
    indexing.drop(connection)
    filling.fill(tallying)
    if tallying is not None:
        tallying.finish()
    else:
        rollups.rebuild(connection)
    indexing.make(connection)


_LOOKED_AT = 10_000
"""Prints that are few enough to look at the rows behind them: of a million rows, some hundred
share theirs with another by chance."""


def in_doubt(connection: apsw.Connection, run: DayRun, tombstones: dict[str, int]) -> set[int]:
    """The prints of rows that the day may have, that come more than once, or are deleted.

    Such rows go in one by one, and when indexes are made they split pages that are full: so
    few should be among them that only share a print.
    """
    coming = run.all_prints()
    found = prints.repeated(coming)
    if placing.is_any(connection):
        found |= _known(connection, coming)
    if len(found) <= _LOOKED_AT:
        found = _confirmed(connection, run, found)
    found.update(schema.print_of(one) for one in tombstones)
    return found


def _confirmed(connection: apsw.Connection, run: DayRun, doubtful: set[int]) -> set[int]:
    """Those of the prints that have an id which comes more than once, or is known."""
    seen: set[str] = set()
    found: set[int] = set()
    for row in run.delivered(doubtful):
        number = schema.print_of(row.id)
        if row.id in seen or find_key(connection, schema.id_value(row.id)):
            found.add(number)
        seen.add(row.id)
    return found


def _known(connection: apsw.Connection, coming: "array[int]") -> set[int]:
    """Those of the prints that the day has."""
    found: set[int] = set()
    for low, high, part in prints.parts(coming):
        found |= placing.known(connection, set(part), low, high)
    return found


class _Translated(dict[int | None, int | None]):
    """The day's numbers of the words of one reader, made when a row first has them."""

    def __init__(self, words: Mapping[int, Any], number: Callable[[Any], int]) -> None:
        super().__init__({None: None})
        self._words = words
        self._number = number

    def __missing__(self, word: int) -> int:
        number = self[word] = self._number(self._words[word])
        return number


class _Versions(dict[int | None, int]):
    """The day's numbers of the versions of one source, by commit time."""

    def __init__(self, source: int, numbers: Versions) -> None:
        super().__init__()
        self._source = source
        self._numbers = numbers

    def __missing__(self, meta_us: int | None) -> int:
        if len(self) >= ROOM:
            self.clear()
        number = self[meta_us] = self._numbers[encoded.Version(meta_us, self._source)]
        return number


class Filling:
    """Puts the rows of a run that are not in doubt into a day."""

    def __init__(self, writer: DayWriter, run: DayRun, doubtful: set[int]) -> None:
        self._writer = writer
        self._run = run
        self._doubtful = doubtful
        known = writer.known
        self._ops = [_Translated(ops, known.op) for ops in run.ops]
        self._agents = [_Translated(agents, known.agents.__getitem__) for agents in run.agents]
        sources = {block.head.source for block in run.blocks}
        self._versions = {source: _Versions(source, known.versions) for source in sources}

    def fill(self, tallying: Tallying | None) -> None:
        """Fill a day that nobody reads, in order of time; ``tallying`` counts the rows."""
        for blocks in self._run.in_time():
            rows: list[encoded.Row] = []
            extras: list[Extra] = []
            for block in blocks:
                # One block after the other: few rows stay in the processor's own memory.
                found, numbers, apart = self._sure(block)
                self._writer.note(found, numbers)
                if tallying is not None:
                    tallying.take(found)
                rows += found
                extras += [(found[place][encoded.ID], extra) for place, extra in apart.items()]
            self._writer.take(rows, extras)

    def append(self, at_once: int = BATCH) -> None:
        """Add to a day that has indexes and roll-ups, about in order of time; few rows at a
        time, where others read it."""
        # Rows of one time share pages, each of which is written as often as a transaction is.
        rows: list[encoded.Row] = []
        numbers = prints.empty()
        extras: list[Extra] = []
        for block in sorted(self._run.blocks, key=lambda block: block.head.quarter):
            found, of_found, apart = self._sure(block)
            for place, row in enumerate(found):
                rows.append(row)
                numbers.append(of_found[place])
                if place in apart:
                    extras.append((row[encoded.ID], apart[place]))
                if len(rows) == at_once:
                    self._writer.append(rows, numbers, extras)
                    rows, numbers, extras = [], prints.empty(), []
        if rows:
            self._writer.append(rows, numbers, extras)

    def _sure(self, block: Block) -> tuple[list[encoded.Row], "array[int]", dict[int, str]]:
        """The rows that are not in doubt, with the numbers of the day, their prints, and what
        the columns of some cannot hold, by place."""
        rows, apart = self._run.rows(block)
        numbers = self._run.prints(block)
        if not self._doubtful.isdisjoint(numbers):
            sure = [place for place, number in enumerate(numbers) if number not in self._doubtful]
            rows = [rows[place] for place in sure]
            numbers = array("I", [numbers[place] for place in sure])
            apart = {at: apart[place] for at, place in enumerate(sure) if place in apart}
        self._translate(block, rows)
        return rows, numbers, apart

    def _translate(self, block: Block, rows: list[encoded.Row]) -> None:
        known = self._writer.known
        ips, sessions, versions = known.ips, known.sessions, self._versions[block.head.source]
        ops, agents = self._ops[block.file], self._agents[block.file]
        for row in rows:
            row[IP] = ips[row[IP]]
            row[OP] = ops[row[OP]]
            row[SESSION] = sessions[row[SESSION]]
            row[AGENT] = agents[row[AGENT]]
            row[VERSION] = versions[row[VERSION]]
