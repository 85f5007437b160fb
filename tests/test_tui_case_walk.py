"""The first walk of the demo as a case, once by keys alone and once by commands: the two
reports, exported and verified, say the same."""

import json
from pathlib import Path
from typing import Any

import pytest
from casework import CONCLUDED, SESSION, Bench, demo
from textual.pilot import Pilot
from tui_casework import app_of, fill
from tui_driving import press, screen_text, settle, type_filter, until

from logsleuth.model import clock, times
from logsleuth.report.verify import verify

NAME, TITLE = "incident-42", "Who concluded Biology 101?"
NOTE = "Dana Foobarez (account 202) was at home.\nHer address is 192.0.2.1, not 192.0.2.133."
STATEMENT = "Account 101 concluded the course, acting as 202."
ALTERNATIVE = "Somebody else used the session."
REASON = "Account 101 admitted it."
ADDRESS = "remote_ip:203.0.113.99"


def by_commands(bench: Bench, target: Path) -> None:
    """The case and its report through commands alone."""
    bench.run("case", "new", NAME, "--title", TITLE, "--ticket", "SEC-42")
    bench.run("case", "edit", NAME, "--zone", "America/Denver", "--question", "Was it Dana?",
              "--since", "2026-10-12", "--until", "2026-10-12",
              "--requester", "Dean of Biology")  # fmt: skip
    bench.run("case", "add", NAME, "--event", CONCLUDED)
    bench.run("case", "add", NAME, "--session", SESSION)
    bench.run("case", "add", NAME, "--filter", ADDRESS)
    bench.run("case", "note", NAME, NOTE, "--on", "E1")
    bench.run("case", "tag", NAME, "masquerade", "--on", "E2")
    bench.run(
        *("case", "finding", NAME, "--statement", STATEMENT, "--confidence", "high"),
        *("--alternative", ALTERNATIVE, "--cites", "E2,E1"),
    )
    bench.run("case", "close", NAME, "--as", "substantiated", "--reason", REASON)
    bench.run("report", NAME, "--output", str(target), "--confirm-scan")


async def by_keys(pilot: Pilot[Any], target: Path) -> None:
    """The same by keys alone."""
    await settle(pilot)
    await press(pilot, "C", "enter")
    await fill(pilot, NAME, TITLE, "SEC-42")
    await press(pilot, "8", "E", *["tab"] * 2)
    await fill(pilot, "Dean of Biology", "", "", "", "America/Denver", "2026-10-12", "2026-10-12",
               "Was it Dana?")  # fmt: skip
    await press(pilot, "2")
    await type_filter(pilot, "event_type:concluded and course_id:5001")
    await press(pilot, "b", "backspace", "7")
    await type_filter(pilot, f"session_id:{SESSION}")
    await press(pilot, "b", "1")
    await type_filter(pilot, ADDRESS)
    await press(pilot, "F", "8")
    await to_line(pilot, "E1")
    await press(pilot, "n")
    await fill(pilot, NOTE)
    await to_line(pilot, "E2")
    await press(pilot, "T")
    await fill(pilot, "masquerade")
    await press(pilot, "f")
    await fill(pilot, STATEMENT, "→→", ALTERNATIVE, ", E1")
    await press(pilot, "X")
    await fill(pilot, "", REASON)
    await press(pilot, "P", "tab", "ctrl+u")
    await fill(pilot, str(target))
    await until(pilot, lambda: "becomes" in screen_text(pilot.app))  # type: ignore[arg-type]
    await press(pilot, "enter")
    await until(pilot, lambda: "The report holds." in screen_text(pilot.app))  # type: ignore[arg-type]


async def to_line(pilot: Pilot[Any], label: str) -> None:
    """Go down the Case pane to a line."""
    await press(pilot, "g")
    for _ in range(9):
        item = pilot.app.frame.page.item  # type: ignore[attr-defined]
        if item is not None and item.label == label:
            return
        await press(pilot, "j")
    raise AssertionError(label)


@pytest.fixture
def benches(tmp_path: Path) -> tuple[Bench, Bench]:
    cache = demo(tmp_path / "campus")
    return Bench.at(tmp_path / "keys", cache), Bench.at(tmp_path / "commands", cache)


@pytest.mark.slow
async def test_keys_alone_and_commands_alone_make_reports_that_say_the_same(
    benches: tuple[Bench, Bench], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    keys, commands = benches
    targets = tmp_path / "by keys", tmp_path / "by commands"
    monkeypatch.setattr(clock, "wall_us", lambda: times.parse("2026-11-02T09:00:00Z"))
    with app_of(keys, monkeypatch) as app:
        async with app.run_test(size=(120, 40)) as pilot:
            await by_keys(pilot, targets[0])
    by_commands(commands, targets[1])
    for target in targets:
        assert verify(target).problems == []
    for path in sorted((targets[0] / "evidence").iterdir()):
        assert path.read_bytes() == (targets[1] / "evidence" / path.name).read_bytes(), path.name
    one, other = (json.loads((target / "report.json").read_text()) for target in targets)
    assert said(one) == said(other)


def said(report: dict[str, Any]) -> dict[str, Any]:
    """What a report says; all but its log, which tells of the looking around in the app too, and
    the numbers of its queries, which follow from that."""
    facts = [
        fact for fact in report["facts"] if fact["label"] not in {"Revision", "Log of the case"}
    ]
    left_out = {"revision", "facts", "actions", "queries"}
    kept = {name: value for name, value in report.items() if name not in left_out}
    found: dict[str, Any] = without_query({**kept, "facts": facts})
    return found


def without_query(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: without_query(one) for name, one in value.items() if name != "query"}
    return [without_query(one) for one in value] if isinstance(value, list) else value
