"""The runs of days that a :class:`logsleuth.store.spill.Spill` wrote, as a day reads them.

A run is a file of blocks: the words that rows speak of by number, and rows of one quarter of
an hour with the prints of their ids and the lines they stood in.
"""

import heapq
import os
import struct
from array import array
from collections.abc import Container, Iterator, Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import BinaryIO, NamedTuple

import msgspec

from logsleuth.model.delivered import Delivered
from logsleuth.store import encoded, prints

AT_ONCE = 50_000
BYTES_AT_ONCE = 32 << 20
"""Rows, and bytes of them as packed, that are held at one time."""

_HEAD = struct.Struct("<iIIIIIq")
_WORDS = -1
"""In place of the quarter: the block holds words."""
_PRINT, _LINE = 4, 8
_LIST = b"\x92\xdd"
"""In msgpack: two values, the first a list whose length follows in four bytes."""


class Head(NamedTuple):
    """What stands before a block: quarter of an hour, rows, bytes of the packed rows, and
    where the rows came from: file, part of the file, how often was written before, and the
    source, as the catalogue numbers it."""

    quarter: int
    rows: int
    size: int
    file: int
    part: int
    flush: int
    source: int


class Words(NamedTuple):
    """Operations and agents, each list with the number of its first one."""

    first_op: int
    ops: list[encoded.Op]
    first_agent: int
    agents: list[str]


class Block(NamedTuple):
    """A block of rows: in which of the run's files, and where in it the prints begin."""

    head: Head
    file: int
    offset: int


class _Rows(NamedTuple):
    rows: list[encoded.Row]
    extras: dict[int, str]


_pack = msgspec.msgpack.Encoder().encode
_unpack_rows = msgspec.msgpack.Decoder(_Rows).decode
_unpack_words = msgspec.msgpack.Decoder(Words).decode


def path(folder: Path, day: int, reader: int) -> Path:
    """The file of a day (counted from the epoch) from one reader."""
    return folder / f"{day}.{reader}.run"


def packed_words(words: Words) -> bytes:
    """Words as they stand in a run."""
    packed = _pack(words)
    return _HEAD.pack(_WORDS, 0, len(packed), 0, 0, 0, 0) + packed


def packed_rows(rows: Sequence[encoded.Row]) -> bytes:
    """Rows packed so that they can be put behind others."""
    packed = _pack(rows)
    return packed[1 if len(rows) < 16 else 3 if len(rows) < 1 << 16 else 5 :]


def block(
    head: Head,
    numbers: "array[int]",
    lines: "array[int]",
    rows: bytes | bytearray,
    extras: Mapping[int, str],
) -> Iterator[bytes | bytearray]:
    """Rows, packed before, as they stand in a run; ``extras`` are known by their places."""
    apart = _pack(extras)
    size = len(_LIST) + 4 + len(rows) + len(apart)
    yield _HEAD.pack(*head._replace(size=size))
    yield numbers.tobytes()
    yield lines.tobytes()
    yield _LIST + head.rows.to_bytes(4, "big")
    yield rows
    yield apart


class DayRun:
    """All that waits for one day, from all readers, but the rows of files that were refused.

    ``start`` is the microseconds of the day's midnight.
    """

    def __init__(
        self, start: int, files: Sequence[Path], refused: Container[int] = frozenset()
    ) -> None:
        self._start = start
        self._refused = refused
        self._files: list[BinaryIO] = []
        self.blocks: list[Block] = []
        self.ops: list[dict[int, encoded.Op]] = []
        self.agents: list[dict[int, str]] = []
        for one in files:
            self._open(one)

    def _open(self, one: Path) -> None:
        number = len(self._files)
        file = one.open("rb")
        self._files.append(file)
        ops: dict[int, encoded.Op] = {}
        agents: dict[int, str] = {}
        offset, end = 0, os.fstat(file.fileno()).st_size
        while offset < end:
            head = Head(*_HEAD.unpack(self._bytes(number, offset, _HEAD.size)))
            offset += _HEAD.size
            if head.quarter == _WORDS:
                words = _unpack_words(self._bytes(number, offset, head.size))
                ops.update(enumerate(words.ops, words.first_op))
                agents.update(enumerate(words.agents, words.first_agent))
            else:
                if head.file not in self._refused:
                    self.blocks.append(Block(head, number, offset))
                offset += head.rows * (_PRINT + _LINE)
            offset += head.size
        self.ops.append(ops)
        self.agents.append(agents)

    def close(self) -> None:
        """Close the files."""
        for file in self._files:
            file.close()

    def __enter__(self) -> "DayRun":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def prints(self, block: Block) -> "array[int]":
        """The prints of a block's rows."""
        return prints.of_bytes(self._bytes(block.file, block.offset, block.head.rows * _PRINT))

    def all_prints(self) -> "array[int]":
        """The prints of all rows."""
        found = prints.empty()
        for block in self.blocks:
            found.extend(self.prints(block))
        return found

    def rows(self, block: Block) -> tuple[list[encoded.Row], dict[int, str]]:
        """The rows of a block, and what their columns cannot hold, by place."""
        skipped = block.head.rows * (_PRINT + _LINE)
        return _unpack_rows(self._bytes(block.file, block.offset + skipped, block.head.size))

    def in_time(self) -> Iterator[list[Block]]:
        """Blocks of a quarter of an hour, one quarter after the other; where there are more
        than can be held, by parts."""
        by_quarter = sorted(self.blocks, key=lambda block: block.head.quarter)
        for _, blocks in groupby(by_quarter, key=lambda block: block.head.quarter):
            held: list[Block] = []
            rows = size = 0
            for block in blocks:
                if held and (rows > AT_ONCE or size > BYTES_AT_ONCE):
                    yield held
                    held, rows, size = [], 0, 0
                held.append(block)
                rows += block.head.rows
                size += block.head.size
            yield held

    def delivered(self, wanted: Container[int]) -> Iterator[Delivered]:
        """Requests with wanted prints, in the order in which they were read."""
        by_file = sorted(self.blocks, key=lambda block: (block.head.file, block.head.part))
        for _, blocks in groupby(by_file, key=lambda block: block.head.file):
            parts = [
                self._by_line(list(part), wanted)
                for _, part in groupby(blocks, key=lambda block: block.head.part)
            ]
            for _, row in heapq.merge(*parts, key=itemgetter(0)):
                yield row

    def _by_line(
        self, blocks: list[Block], wanted: Container[int]
    ) -> Iterator[tuple[int, Delivered]]:
        """Requests of a part of a file, each with its line."""
        blocks.sort(key=lambda block: block.head.flush)
        for _, flushed in groupby(blocks, key=lambda block: block.head.flush):
            found: list[tuple[int, Delivered]] = []
            for block in flushed:
                numbers = enumerate(self.prints(block))
                places = [place for place, one in numbers if one in wanted]
                if places:
                    found += self._decoded(block, places)
            found.sort(key=itemgetter(0))
            yield from found

    def _decoded(self, block: Block, places: Sequence[int]) -> Iterator[tuple[int, Delivered]]:
        lines = array("Q")
        lines.frombytes(
            self._bytes(
                block.file, block.offset + block.head.rows * _PRINT, block.head.rows * _LINE
            )
        )
        rows, extras = self.rows(block)
        ops, agents = self.ops[block.file], self.agents[block.file]
        for place in places:
            row = rows[place]
            agent = row[encoded.AGENT]
            yield (
                lines[place],
                encoded.delivered(
                    row,
                    self._start,
                    ops[row[encoded.OP]],
                    None if agent is None else agents[agent],
                    encoded.Version(row[encoded.VERSION], block.head.source),
                    extras.get(place),
                ),
            )

    def _bytes(self, file: int, offset: int, size: int) -> bytes:
        return os.pread(self._files[file].fileno(), size, offset)
