"""Rows on their way from files to days, on disk, in bounded memory.

Input comes in any order and names many days; each day has a run of its own here.  What
a file put in can be taken back until the file was read to its end.
"""

import struct
from collections.abc import Iterator
from pathlib import Path

import msgspec

from logsleuth.model import times
from logsleuth.model.delivered import Delivered
from logsleuth.store import paths

_HELD = 50_000
"""Rows held before they are written out."""
_LENGTH = struct.Struct("<I")


class Spill:
    """Runs of rows, one a UTC day."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        paths.private_folder(folder)
        self._encoder = msgspec.msgpack.Encoder()
        self._decoder = msgspec.msgpack.Decoder(list[Delivered])
        self._held: dict[int, list[Delivered]] = {}
        self._count = 0
        self._sizes: dict[int, int] = {}
        self._rows: dict[int, int] = {}
        self._mark: tuple[dict[int, int], dict[int, int]] = ({}, {})

    def begin(self) -> None:
        """Remember this point: :meth:`take_back` returns to it."""
        self._write_out()
        self._mark = dict(self._sizes), dict(self._rows)

    def add(self, row: Delivered) -> None:
        """Put a row into the run of its day."""
        day = row.timestamp // times.DAY
        held = self._held.get(day)
        if held is None:
            held = self._held[day] = []
        held.append(row)
        self._count += 1
        if self._count >= _HELD:
            self._write_out()

    def take_back(self) -> None:
        """Drop everything that was added since :meth:`begin`."""
        self._held.clear()
        self._count = 0
        for day in self._sizes:
            with self._path(day).open("r+b") as run:
                run.truncate(self._mark[0].get(day, 0))
        self._sizes, self._rows = dict(self._mark[0]), dict(self._mark[1])

    def days_since_mark(self) -> list[str]:
        """Days that got rows since :meth:`begin`."""
        self._write_out()
        marked = self._mark[1]
        changed = [day for day, count in self._rows.items() if count != marked.get(day, 0)]
        return [times.day_of(day * times.DAY) for day in sorted(changed)]

    def runs(self) -> Iterator[tuple[str, int, Iterator[Delivered]]]:
        """``(day, rows, iterator of the rows)`` of every day, oldest first."""
        self._write_out()
        for day in sorted(self._rows):
            if self._rows[day]:
                yield times.day_of(day * times.DAY), self._rows[day], self._read(day)

    def _read(self, day: int) -> Iterator[Delivered]:
        with self._path(day).open("rb") as run:
            while head := run.read(_LENGTH.size):
                yield from self._decoder.decode(run.read(_LENGTH.unpack(head)[0]))

    def _write_out(self) -> None:
        for day, held in self._held.items():
            packed = self._encoder.encode(held)
            path = self._path(day)
            if day not in self._sizes:
                paths.private_file(path)
            with path.open("ab") as run:
                run.write(_LENGTH.pack(len(packed)))
                run.write(packed)
                self._sizes[day] = run.tell()
            self._rows[day] = self._rows.get(day, 0) + len(held)
        self._held.clear()
        self._count = 0

    def _path(self, day: int) -> Path:
        return self._folder / f"{day}.run"
