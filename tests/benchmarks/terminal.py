"""What the app sends to a terminal for each key, and how soon, beside other programs.

    make bench-terminal

Measured on real pseudo-terminals, over the same rows of a made-up campus: the app, Textual's own
table, and what is there of less, lnav and VisiData.  Prints tables, and writes them to
tests/benchmarks/TERMINAL.md.
"""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter

from pty_meter import BACK, DOWN, ENTER, ESCAPE, PAGE_DOWN, PALETTE, QUIET, Meter, Took
from standins import slow_line
from standins.slow_line import SlowLine

from logsleuth.demo.build import build

HERE = Path(__file__).parent
REPORT = HERE / "TERMINAL.md"
ROWS = 20_000
SHOWN = 1_000
"""Rows that the other programs get: more than anybody pages through here."""

COLUMNS = "timestamp,http_method,url,user_id,remote_ip,http_status,session_id,user_agent"
FIRST_PAINT, DATA = "help", "GET"
"""On the screen with the app's frame, which is drawn before Textual is loaded, and once there are
rows."""

SIZES = ((80, 24), (200, 50))
LARGE = (300, 100)
STARTS = 5
IDLE = 10.0
HELD = 30
ROUND_TRIP = 0.15
REPEATED = {"a row": 3, "a page": 3}
"""How often a key is pressed; the one counts that is neither the cheapest nor the dearest."""

STEPS = ("first paint", "a row", "a page", "a pane", "a letter", "drill", "back", "palette", "idle")


@dataclass
class Program:
    """A program, what it calls the keys that are compared, and what it is run with."""

    name: str
    command: Sequence[str]
    keys: dict[str, str]
    before: dict[str, str] = field(default_factory=dict)
    """Keys that are pressed before a step, and not measured."""
    environment: dict[str, str] = field(default_factory=dict)


@dataclass
class Place:
    """Where the rows are: a cache, the same as a CSV file, and a folder for all else."""

    cache: Path
    table: Path
    home: Path

    def open(self, program: Program, size: tuple[int, int]) -> Meter:
        """Start a program."""
        environment = {"HOME": str(self.home)} | program.environment
        return Meter([], self.home, size=size, program=program.command, **environment)


def programs(place: Place, size: tuple[int, int]) -> Iterator[Program]:
    """All that are measured on a terminal of that size, as far as they are there."""
    app = [sys.executable, "-m", "logsleuth", "--cache", str(place.cache)]
    moves = {"a row": DOWN, "a page": PAGE_DOWN}
    keys = moves | {"a pane": "2", "a letter": "m", "drill": ENTER, "back": BACK,
                    "palette": PALETTE}  # fmt: skip
    opens_by_itself = size[0] >= 120
    for detail in (False, True):
        before = {"a letter": "1/", "drill": ESCAPE}
        if detail is not opens_by_itself:
            before["a row"] = " "
        for colours, environment in (("", {}), (", 16 colours", {"SSH_CONNECTION": "here"})):
            name = f"logsleuth, detail {'open' if detail else 'closed'}{colours}"
            yield Program(name, app, keys, before, environment)
    stock = [sys.executable, str(HERE / "stock_table.py"), str(place.table)]
    yield Program("Textual's DataTable", stock, moves)
    few = {"TEXTUAL_THEME": "ansi-dark"}
    yield Program("Textual's DataTable, 16 colours", stock, moves, environment=few)
    for name, arguments in (("less", ["-S"]), ("lnav", ["-q"]), ("vd", [])):
        if path := shutil.which(name):
            yield Program(name, [path, *arguments, str(place.table)], moves)


def walked(place: Place, program: Program, size: tuple[int, int]) -> dict[str, Took]:
    """What each step took in one walk through a program."""
    meter = place.open(program, size)
    try:
        found = {"first paint": meter.opened(DATA)}
        for step, key in program.keys.items():
            if before := program.before.get(step):
                for one in before:
                    meter.type(one)
                    meter.rest(4 * QUIET)
            took = [meter.press(key) for _ in range(REPEATED.get(step, 1))]
            found[step] = sorted(took, key=len)[len(took) // 2]
        meter.type(ESCAPE)
        meter.rest(4 * QUIET)
        found["idle"] = meter.rest(IDLE)
        return found
    finally:
        meter.close()


def soon(place: Place, program: Program, text: str, size: tuple[int, int]) -> float:
    """Seconds from the start of a program until a text is on the screen: median of several."""
    times = []
    for _ in range(STARTS):
        begin = perf_counter()
        meter = place.open(program, size)
        try:
            meter.until(text)
            times.append(perf_counter() - begin)
        finally:
            meter.close()
    return statistics.median(times)


def bytes_and_times(place: Place) -> Iterator[str]:
    """The table of each size: bytes, and milliseconds until the first and the last of them."""
    for width, height in SIZES:
        yield f"\n## {width}x{height}\n"
        yield "| | " + " | ".join(STEPS) + " |"
        yield "| --- |" + " ---: |" * len(STEPS)
        for program in programs(place, (width, height)):
            found = walked(place, program, (width, height))
            cells = (_cell(found[step]) if step in found else "" for step in STEPS)
            yield f"| {program.name} | " + " | ".join(cells) + " |"


def _cell(took: Took) -> str:
    if not took.sent:
        return "0"
    return f"{len(took):,} · {1000 * took.first:.0f}–{1000 * took.last:.0f}"


def starts(place: Place) -> Iterator[str]:
    """How soon the app shows something, beside a Textual program with one small table."""
    app = Program("", [sys.executable, "-m", "logsleuth", "--cache", str(place.cache)], {})
    command = [sys.executable, str(HERE / "stock_table.py"), str(place.table), "20"]
    small = soon(place, Program("", command, {}), DATA, SIZES[0])
    first, rows = (soon(place, app, text, SIZES[0]) for text in (FIRST_PAINT, DATA))
    yield "\n## Start\n"
    yield f"A Textual program with one table of 20 rows: {small:.2f} s."
    yield f"The app's frame: {first:.2f} s, {first / small:.2f} times as long;"
    yield f"with rows: {rows:.2f} s. Medians of {STARTS} starts."


def large(place: Place) -> Iterator[str]:
    """Milliseconds for a row and a page on a large terminal, as times those on a smaller one."""
    yield "\n## A large terminal\n"
    area = LARGE[0] * LARGE[1] / (SIZES[1][0] * SIZES[1][1])
    for name, key in (("a row", DOWN), ("a page", PAGE_DOWN)):
        times = []
        for size in (SIZES[1], LARGE):
            program = next(programs(place, size))
            meter = place.open(program, size)
            try:
                meter.opened(DATA)
                times.append(statistics.median(meter.press(key).first for _ in range(STARTS)))
            finally:
                meter.close()
        slower = times[1] / times[0]
        yield f"- {name}: {1000 * times[0]:.0f} ms at {_size(SIZES[1])},"
        yield f"{1000 * times[1]:.0f} ms at {_size(LARGE)}: {slower:.1f} times,"
        yield f"where the area is {area:.1f} times as large."


def _size(size: tuple[int, int]) -> str:
    return f"{size[0]}x{size[1]}"


def held(place: Place) -> Iterator[str]:
    """How late the last of keys that are held down is, over SSH and a long line."""
    yield "\n## Over SSH\n"
    if lacking := slow_line.missing():
        yield f"Not measured: {lacking} is not here."
        return
    keys = place.home / "ssh"
    keys.mkdir()
    with SlowLine(keys, ROUND_TRIP) as line:
        inside = ["env", f"PYTHONPATH={os.getcwd()}", sys.executable, "-m", "logsleuth"]
        command = (*line.client, *inside, "--cache", str(place.cache))
        meter = Meter([], place.home, program=command)
        try:
            meter.opened(DATA)
            at, begin = len(meter.sent), perf_counter()
            for number in range(HELD):
                meter.watch(begin + number / HELD)
                meter.type(DOWN)
            late = meter.rest(1.0).last - ROUND_TRIP
            sent = len(meter.sent) - at
        finally:
            meter.close()
    yield f"A server behind a round trip of {1000 * ROUND_TRIP:.0f} ms, 80x24: {HELD} rows down,"
    yield f"{HELD} keys a second: {1000 * late:.0f} ms after the last key and the round trip all is"
    yield f"there; {sent / HELD:,.0f} bytes a row."


PARTS: tuple[Callable[[Place], Iterator[str]], ...] = (bytes_and_times, starts, large, held)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        place = Place(Path(folder, "cache"), Path(folder, "requests.csv"), Path(folder))
        build(place.cache, rows=ROWS)
        with place.table.open("w") as file:
            command = [sys.executable, "-m", "logsleuth", "--cache", str(place.cache), "search",
                       "--limit", str(SHOWN), "--columns", COLUMNS, "--format", "csv"]  # fmt: skip
            subprocess.run(command, check=True, stdout=file)
        lines = ["# What goes to the terminal\n", __doc__ or "", f"{ROWS:,} requests;"]
        lines += ["bytes · milliseconds until the first and the last of them; idle: ten seconds."]
        load = f"{os.getloadavg()[0]:.1f} on {os.cpu_count()} processors"
        lines += [f"The load of the machine when it began: {load}."]
        print("\n".join(lines))
        for part in PARTS:
            for line in part(place):
                print(line, flush=True)
                lines.append(line)
    REPORT.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
