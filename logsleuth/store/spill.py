"""Requests on their way from files to days, on disk, in bounded memory.

Input comes in any order and names many days; each day has a run of its own here, and in it
each quarter of an hour has blocks of its own, so that a day can be built in order of time.
What a file put in can be taken back until the file was read to its end.
"""

from array import array
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple

from logsleuth.model import times
from logsleuth.model.delivered import Delivered
from logsleuth.store import encoded, paths, runs

HELD_ROWS = 50_000
HELD_BYTES = 32 << 20
"""Rows, and bytes of lines they came from, that are held before they are written out."""

QUARTER_MS = 15 * times.MINUTE // 1000
_MOST_WORDS, _MOST_LETTERS = 20_000, 4 << 20
"""Words of all kinds that a vocabulary remembers, and characters of them."""


class Held:
    """Rows of a quarter of an hour that are not written out yet, with prints and lines.

    They are packed as soon as the lines they came with are through: few rows at a time are
    quicker to handle than many, since they stay in the processor's own memory.
    """

    __slots__ = ("extras", "lines", "packed", "prints", "rows")

    def __init__(self) -> None:
        self.extras: dict[int, str] = {}
        self.rows: list[encoded.Row] = []
        self.prints = array("I")
        self.lines = array("Q")
        self.packed = bytearray()

    def put(self, row: encoded.Row, number: int, line: int, extra: str | None) -> None:
        """Hold one more row."""
        if extra is not None:
            self.extras[len(self.prints)] = extra
        self.rows.append(row)
        self.prints.append(number)
        self.lines.append(line)

    def pack(self) -> None:
        """Pack what is not."""
        if self.rows:
            self.packed += runs.packed_rows(self.rows)
            self.rows.clear()


class Vocabulary:
    """Numbers for operations and agents, few of which stand in most rows.

    Numbers are never used again; what was forgotten gets another one.
    """

    def __init__(self) -> None:
        self._ops: dict[encoded.Op, int] = {}
        self._agents: dict[str, int] = {}
        self._first_op = self._first_agent = 0
        self._letters = 0
        self.forgotten = 0
        """How often everything was forgotten: numbers given before that are worthless."""

    def op(self, op: encoded.Op) -> int:
        """The number of an operation."""
        number = self._ops.get(op)
        if number is None:
            number = self._ops[op] = self._first_op + len(self._ops)
            self._letters += sum(len(one) for one in op if isinstance(one, str))
        return number

    def agent(self, text: str) -> int:
        """The number of an agent."""
        number = self._agents.get(text)
        if number is None:
            number = self._agents[text] = self._first_agent + len(self._agents)
            self._letters += len(text)
        return number

    @property
    def size(self) -> tuple[int, int]:
        """The numbers that the next operation and agent get."""
        return self._first_op + len(self._ops), self._first_agent + len(self._agents)

    def since(self, known: tuple[int, int]) -> runs.Words:
        """What is remembered of what came after ``known``."""
        op, agent = max(known[0], self._first_op), max(known[1], self._first_agent)
        return runs.Words(
            op,
            list(self._ops)[op - self._first_op :],
            agent,
            list(self._agents)[agent - self._first_agent :],
        )

    def tidy(self) -> None:
        """Begin anew if there is too much to be remembered."""
        if len(self._ops) + len(self._agents) < _MOST_WORDS and self._letters < _MOST_LETTERS:
            return
        self.forgotten += 1
        self._first_op, self._first_agent = self.size
        self._letters = 0
        self._ops.clear()
        self._agents.clear()


class Extent(NamedTuple):
    """How much of a day's run there is: bytes, rows, and words that are written."""

    size: int = 0
    rows: int = 0
    words: tuple[int, int] = (0, 0)


class Spill:
    """Takes rows of one reader; ``name`` tells its runs from those of other readers.

    Rows are told apart by file (``order``, in which files were given), by the part of the
    file that this reader has, and by line.  All rows of a file are of one source.
    """

    def __init__(self, folder: Path, name: int = 0) -> None:
        self._folder = folder
        self._name = name
        paths.private_folder(folder)
        self.vocabulary = Vocabulary()
        self._quarters: dict[tuple[int, int], Held] = {}
        self._held_rows = self._held_bytes = 0
        self._extents: dict[int, Extent] = {}
        self._mark: dict[int, Extent] = {}
        self._file = self._part = self._source = 0
        self.flushes = 0
        """How often what :meth:`quarter` gave became worthless."""

    def begin(self, source: int, order: int, part: int = 0) -> None:
        """Begin with a file, or part of one; :meth:`take_back` returns to here."""
        self.flush()
        self._mark = dict(self._extents)
        self._source, self._file, self._part = source, order, part

    def quarter(self, day: int, quarter: int) -> Held:
        """Where rows of that quarter of a day (counted from the epoch) are to be put."""
        held = self._quarters.get((day, quarter))
        if held is None:
            held = self._quarters[day, quarter] = Held()
        return held

    def add(self, row: Delivered, line: int) -> None:
        """Put a request into its quarter."""
        op = encoded.op(row)
        agent = None if row.user_agent is None else self.vocabulary.agent(row.user_agent)
        packed, number = encoded.encode(row, op, self.vocabulary.op(op), agent, row.meta_ts)
        day, past = divmod(row.timestamp, times.DAY)
        held = self.quarter(day, past // 1000 // QUARTER_MS)
        held.put(packed, number, line, row.extra)
        texts = row.url, row.user_agent, row.extra
        self.count(1, sum(len(text) for text in texts if text is not None))

    def count(self, rows: int, size: int) -> None:
        """Note how many rows were put in, from lines of ``size`` bytes."""
        self._held_rows += rows
        self._held_bytes += size

    def relieve(self) -> None:
        """Pack what is held; write it out, if it is much."""
        for held in self._quarters.values():
            held.pack()
        if self._held_rows >= HELD_ROWS or self._held_bytes >= HELD_BYTES:
            self.flush()

    def take_back(self) -> None:
        """Drop everything that was added since :meth:`begin`."""
        self._clear()
        for day in self._extents:
            with self._path(day).open("r+b") as run:
                run.truncate(self._mark.get(day, Extent()).size)
        self._extents = dict(self._mark)

    def runs(self) -> dict[int, tuple[int, Path]]:
        """Rows by day (counted from the epoch), and the file with them."""
        self.flush()
        return {
            day: (extent.rows, self._path(day))
            for day, extent in sorted(self._extents.items())
            if extent.rows
        }

    def rows_since_mark(self) -> dict[int, int]:
        """Rows by day that were added since :meth:`begin`."""
        self.flush()
        before = {day: extent.rows for day, extent in self._mark.items()}
        added = {day: one.rows - before.get(day, 0) for day, one in self._extents.items()}
        return {day: rows for day, rows in added.items() if rows}

    def flush(self) -> None:
        """Write out what is held."""
        for held in self._quarters.values():
            held.pack()
        every = sorted(self._quarters.items(), key=itemgetter(0))
        for day, group in groupby(every, key=lambda item: item[0][0]):
            self._write(day, [(quarter, held) for (_, quarter), held in group if held.packed])
        self._clear()

    def _clear(self) -> None:
        self._quarters.clear()
        self._held_rows = self._held_bytes = 0
        self.flushes += 1
        self.vocabulary.tidy()

    def _write(self, day: int, quarters: list[tuple[int, Held]]) -> None:
        if not quarters:
            return
        path = self._path(day)
        extent = self._extents.get(day)
        if extent is None:
            extent = Extent()
            paths.private_file(path)
        with path.open("ab") as run:
            new = self.vocabulary.since(extent.words)
            if new.ops or new.agents:
                run.write(runs.packed_words(new))
            for quarter, held in quarters:
                where = self._file, self._part, self.flushes, self._source
                head = runs.Head(quarter, len(held.prints), 0, *where)
                for piece in runs.block(head, held.prints, held.lines, held.packed, held.extras):
                    run.write(piece)
            rows = extent.rows + sum(len(held.prints) for _, held in quarters)
            self._extents[day] = Extent(run.tell(), rows, self.vocabulary.size)

    def _path(self, day: int) -> Path:
        return runs.path(self._folder, day, self._name)
