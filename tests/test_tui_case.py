"""Cases in the app, by keys alone: what goes in, what is written, what comes out."""

import asyncio
import threading
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from casework import CONCLUDED, SESSION, Bench, demo
from textual.events import Key, Paste
from textual.pilot import Pilot
from tui_casework import NAME, TITLE, app_of, fill, make, write
from tui_driving import press, screen_text, send, settle, type_filter, until

from logsleuth.case import adding
from logsleuth.case.case import Case
from logsleuth.filter.parse import parse
from logsleuth.filter.tree import Span
from logsleuth.model import clock, times
from logsleuth.model.text import visible
from logsleuth.report.verify import verify
from logsleuth.store import chained
from logsleuth.store.activity import Activity
from logsleuth.store.base import Cancel
from logsleuth.store.cache import Cache
from logsleuth.tui import case_export
from logsleuth.tui.app import LogsleuthApp
from logsleuth.tui.casebook import Casebook
from logsleuth.tui.dialogs import Menu, Reading
from logsleuth.tui.forms import Form, TextField
from logsleuth.tui.frame import Frame
from logsleuth.tui.panes.case import CasePane

WIDE = (120, 40)
HOSTILE = "[@click=app.bell]x[/] [/nope] \x1b]0;gone\x07 \u202etxt.exe \x9b31m"
CONCLUSION = "event_type:concluded and course_id:5001"


@pytest.fixture(scope="session")
def campus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return demo(tmp_path_factory.mktemp("campus") / "cache")


@pytest.fixture
def bench(tmp_path: Path, campus: Path) -> Bench:
    return Bench.at(tmp_path, campus)


def opened(bench: Bench, name: str = NAME) -> Case:
    return Case.open(bench.cases / f"{name}.case")


def page_of(app: LogsleuthApp) -> object:
    assert isinstance(app.screen, Frame)
    return app.screen.page


@pytest.mark.slow
async def test_every_pane_gives_what_its_rows_are(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    with app_of(bench, monkeypatch) as app:
        async with app.run_test(size=WIDE) as pilot:
            await make(pilot)
            assert f"case {NAME}" in screen_text(app)
            for pane in "12345678":
                await press(pilot, pane, "b")
            assert "nothing under the cursor" in screen_text(app)
            await press(pilot, "1", "b")
            assert "E1 is this already" in screen_text(app)
            await type_filter(pilot, "course_id:5001 and write:true")
            await press(pilot, "F")
            await press(pilot, "enter", "F", "2")
            await type_filter(pilot, "event_type:concluded")
            await press(pilot, "F")
            assert "Only course changes have event_type" in screen_text(app)
    evidence = list(opened(bench).state().evidence.values())
    kinds = [one.kind for one in evidence]
    assert kinds == [
        *("request", "event", "filter", "filter", "span", "filter", "session"),
        *("filter", "filter"),
    ]
    assert evidence[7].filter == "course_id:5001 and write:true"
    assert (evidence[8].filter or "").startswith("session_id:")


async def test_keys_in_a_burst_give_labels_in_their_order(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    with app_of(bench, monkeypatch) as app:
        async with app.run_test(size=WIDE) as pilot:
            await make(pilot)
            rows = [row.id for row in app.frame.page.main.in_sight[:6]]  # type: ignore[attr-defined]
            send(pilot, *["b", "j"] * 6)
            await settle(pilot)
    assert [one.reference for one in opened(bench).state().evidence.values()] == rows


async def test_without_a_case_one_is_offered_or_made_on_the_way(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.run("case", "new", "older", "--title", "Another")
    with app_of(bench, monkeypatch) as app:
        async with app.run_test(size=WIDE) as pilot:
            await settle(pilot)
            await press(pilot, "8")
            assert "No case is open" in screen_text(app)
            await press(pilot, "1", "b")
            assert isinstance(app.screen, Menu)
            assert "Another" in screen_text(app)
            await press(pilot, "enter")  # the case that was used last
            assert "E1 is in the case" in screen_text(app)
            await press(pilot, "C", "2")
            assert "case older" not in screen_text(app)
            await press(pilot, "b", "escape")
            assert "No case was chosen" in screen_text(app)
            await press(pilot, "C", "1")
            await fill(pilot, "older", "x")
            assert "There is a case at" in screen_text(app)
            await press(pilot, "escape")
            assert "Esc again" in screen_text(app)
            await press(pilot, "escape")
            assert not isinstance(app.screen, Form)
    assert len(opened(bench, "older").state().evidence) == 1
    logged = [entry.data for entry in Activity(bench.cache).entries() if entry.what == "case"]
    assert {"case": "older", "evidence": "E1"} in logged


async def test_a_note_takes_its_row_along_and_can_be_written_anew(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    with app_of(bench, monkeypatch) as app:
        async with app.run_test(size=WIDE) as pilot:
            await make(pilot)
            await press(pilot, "n")
            await fill(pilot, "First line\n- and a list")
            await press(pilot, "n", "escape")
            assert len(opened(bench).state().evidence) == 1
            await press(pilot, "8", "n")
            await fill(pilot, "On the case", "→")
            await press(pilot, "W")
            await fill(pilot, " of two")
            await press(pilot, "G", "enter")
            await fill(pilot, " as a whole")
    notes = opened(bench).state().notes
    assert [(note.label, note.on, note.text) for note in notes.values()] == [
        ("N1", "E1", "First line\n- and a list of two"),
        ("N2", None, "On the case as a whole"),
    ]


async def test_findings_tags_and_what_a_case_is_about(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    with app_of(bench, monkeypatch) as app:
        async with app.run_test(size=WIDE) as pilot:
            await make(pilot)
            await press(pilot, "b", "8", "f")
            await fill(pilot, "He did it", "→→", "")
            assert "is empty" in screen_text(app)
            await fill(pilot, "Not he", "9")
            assert "has no evidence E19" in screen_text(app)
            await press(pilot, "backspace", "ctrl+d")
            await press(pilot, "g", "T")
            await fill(pilot, "one #two")
            await press(pilot, "T", "ctrl+u")
            await fill(pilot, "two")
            await press(pilot, "E", "tab")
            await fill(pilot, "SEC-42", "Dean", "", "", "", "Mars/Olympus", "2026-10-12",
                       "2026-10-13T08:00", "Who?\nWhen?")  # fmt: skip
            assert "Mars/Olympus" in screen_text(app)
            assert isinstance(app.screen, Form)
            await press(pilot, *["shift+tab"] * 3, "ctrl+u")
            await fill(pilot, "America/Denver")
            await press(pilot, "E", *["tab"] * 7)
            assert "2026-10-12" in screen_text(app)
            await press(pilot, "ctrl+u")
            await fill(pilot, "2026-10-14")
            assert "it ends before it begins" in screen_text(app)
            await press(pilot, "ctrl+u")
            await fill(pilot, "2026-10-11")
            assert "#two" in screen_text(app)
            assert "SEC-42" in screen_text(app)
    state = opened(bench).state()
    found = state.findings["F1"]
    assert (found.statement, found.confidence, found.cites) == ("He did it", "high", ("E1",))
    assert [(tag.on, tag.tag) for tag in state.tags] == [("E1", "two")]
    assert state.about.questions == ("Who?", "When?")
    assert (state.about.ticket, state.about.zone) == ("SEC-42", "America/Denver")
    span = Span(times.parse("2026-10-11T06:00:00Z"), times.parse("2026-10-13T14:00:00Z"))
    assert state.about.span == span


async def test_evidence_leads_back_to_its_place(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    with app_of(bench, monkeypatch) as app:
        async with app.run_test(size=WIDE) as pilot:
            await make(pilot)
            await press(pilot, "1", "b", "2", "b", "5", "b", "7", "b", "3", "b", "8")
            opens = {}
            for _ in range(5):
                pane = page_of(app)
                assert isinstance(pane, CasePane)
                assert pane.evidence is not None
                kind = pane.evidence.kind
                await press(pilot, "enter")
                opens[kind] = type(page_of(app)).__name__
                await press(pilot, "backspace", "j")
    assert opens == {
        "request": "ThingPage",
        "event": "EventPage",
        "span": "SpanPage",
        "session": "ThingPage",
        "filter": "ThingPage",
    }


async def test_what_the_cache_no_longer_holds_is_shown_as_it_was_kept(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    with app_of(bench, monkeypatch, start_filter=None) as app:
        async with app.run_test(size=WIDE) as pilot:
            await make(pilot)
            await press(pilot, "5", "b", "G", "b")
    bench.run("prune", "--before", "2026-11-01", "--yes")
    with app_of(bench, monkeypatch, start_filter=None) as app:
        async with app.run_test(size=WIDE) as pilot:
            await settle(pilot)
            await press(pilot, "C", "2", "8", "enter")
            assert "The cache no longer holds it" in screen_text(app)
            assert "/users/104/masq" in screen_text(app)
            await press(pilot, "backspace", "V")
            assert isinstance(app.screen, Reading)
            assert "0 requests match now" in screen_text(app)
            await press(pilot, "escape")
            assert "2 differ in the cache now" in screen_text(app)


@pytest.mark.slow
async def test_what_others_add_comes_by_itself(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    with app_of(bench, monkeypatch) as app:
        async with app.run_test(size=WIDE) as pilot:
            await make(pilot)
            await press(pilot, "8")
            other = await asyncio.to_thread(opened, bench)
            await asyncio.to_thread(other.note, "Seen by a colleague")
            await until(pilot, lambda: "Seen by a colleague" in screen_text(app))
            await asyncio.to_thread(other.close, "inconclusive", "nobody knows")
            await until(pilot, lambda: "closed as inconclusive" in screen_text(app))
            await press(pilot, "1", "b")
            assert "is closed" in screen_text(app)
            await press(pilot, "8", "X")
            await fill(pilot, "There is more")
            await press(pilot, "1", "b")
            assert "E1 is in the case" in screen_text(app)
            await press(pilot, "8", "X")
            await fill(pilot, "→", "It was nothing")
    state = opened(bench).state()
    assert (state.about.closed_as, state.about.reason) == ("unsubstantiated", "It was nothing")
    looked_at = [entry.what for entry in opened(bench).entries()]
    assert "query" in looked_at
    assert "query" not in looked_at[looked_at.index("closed") : looked_at.index("reopened")]


async def test_hostile_text_is_shown_and_obeyed_by_nobody(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = Case.create(bench.cases / f"{NAME}.case", HOSTILE)
    case.note(HOSTILE)
    case.tag("[/nope]\x1b[2J")
    rung: list[str] = []
    monkeypatch.setattr(LogsleuthApp, "bell", lambda self: rung.append("bell"))
    with app_of(bench, monkeypatch) as app:
        async with app.run_test(size=WIDE) as pilot:
            await settle(pilot)
            seen = []
            for keys in (["C"], ["2", "8"], ["enter"], ["escape"], ["E"], ["escape"], ["T"]):
                await press(pilot, *keys)
                seen.append(screen_text(app))
            await press(pilot, "escape", "n")
            assert isinstance(app.focused, TextField)
            app.post_message(Paste(HOSTILE))
            await settle(pilot)
            seen.append(screen_text(app))
            await press(pilot, "ctrl+d")
            seen.append(screen_text(app))
    shown = str(visible(HOSTILE))
    assert all(char not in text for text in seen for char in "\x1b\x07\x9b\u202e")
    assert all("[@click=app.bell]x[/]" in seen[at] for at in (0, 1, 2, 4, 7, 8))
    assert opened(bench).state().notes["N2"].text == shown
    assert rung == []


@pytest.mark.slow
async def test_a_report_waits_until_what_it_replaces_was_read(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    target = tmp_path / "report"
    with app_of(bench, monkeypatch) as app:
        async with app.run_test(size=WIDE) as pilot:
            await make(pilot)
            await type_filter(pilot, CONCLUSION)
            await press(pilot, "2", "n")
            await fill(pilot, "Dana Foobarez (account 202) was at home.")
            await press(pilot, "8", "P", "tab", "ctrl+u")
            await fill(pilot, str(target), "101")
            assert "go with the kind" in screen_text(app)
            await press(pilot, "ctrl+u", "ctrl+d")
            assert isinstance(app.screen, Reading)
            assert "'Dana Foobarez' becomes" in screen_text(app)
            await press(pilot, "escape")
            assert not target.exists()
            await press(pilot, "P", "tab", "ctrl+u")
            await fill(pilot, str(target))
            await press(pilot, "enter")
            assert "The report holds." in screen_text(app)
            copied: list[str] = []

            def take(text: str, what: str) -> str:
                copied.append(text)
                return f"Took the {what}."

            app.desk.copy = take
            await press(pilot, "enter")
            assert "Took the hash and head." in screen_text(app)
            assert sha256((target / "MANIFEST.sha256").read_bytes()).hexdigest() in copied[0]
            await press(pilot, "P", "right", "right", "tab", "ctrl+u")
            await fill(pilot, str(tmp_path / "full"), "", "hearing")
            assert "say what it is for, and who gets it" in screen_text(app)
            await fill(pilot, "", "counsel", "", "→")
            assert "The report holds." in screen_text(app)
    assert verify(target).holds
    assert (tmp_path / "full.zip").is_file()
    told = [one.data for one in opened(bench).state().disclosures]
    assert [one["mode"] for one in told] == ["redacted", "full"]
    exports = [entry.data for entry in Activity(bench.cache).entries() if entry.what == "export"]
    assert [one["mode"] for one in exports] == ["redacted", "full"]


def until_taken_back(book: Casebook, gather: object, cancel: Cancel, progress: object) -> None:
    """An addition that goes on for as long as nobody stops it."""
    stopped = threading.Event()
    cancel.add_hook(stopped.set)
    assert cancel.cancelled or stopped.wait(20.0), "nobody took the addition back"
    cancel.check()


async def test_what_a_case_waits_for_can_be_stopped(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    with app_of(bench, monkeypatch) as app:
        async with app.run_test(size=WIDE) as pilot:
            await make(pilot)
            await press(pilot, "exclamation_mark")
            assert "Nothing is being done" in screen_text(app)
            with monkeypatch.context() as slow:
                slow.setattr(Casebook, "add", until_taken_back)
                await pilot.press("F", "exclamation_mark")
                await until(pilot, lambda: "Stopped" in screen_text(app))
                await settle(pilot)
            await press(pilot, "8", "1", "b")
            assert "is in the case" in screen_text(app)


async def test_a_store_without_a_cache_has_no_cases() -> None:
    from tui_driving import app_on, story_cache

    app = app_on(story_cache())
    async with app.run_test(size=WIDE) as pilot:
        await settle(pilot)
        for key in ("b", "C", "F", "n", "8"):
            await press(pilot, key)
        for key in ("enter", "E", "f", "P", "T", "V", "W", "X", "C"):
            await press(pilot, key)
            assert isinstance(app.screen, Frame)


async def test_typing_a_note_is_no_key(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    with app_of(bench, monkeypatch) as app:
        async with app.run_test(size=WIDE) as pilot:
            await make(pilot, title=TITLE)
            await press(pilot, "n")
            await write(pilot, "q8Cb?/")
            await settle(pilot)
            assert isinstance(app.screen, Form)
            assert app.screen.values["text"] == "q8Cb?/"


async def test_a_new_case_is_in_the_zone_of_the_campus(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    with app_of(bench, monkeypatch, zone=ZoneInfo("America/Denver")) as app:
        async with app.run_test(size=WIDE) as pilot:
            await make(pilot)
    assert opened(bench).state().about.zone == "America/Denver"


async def test_keys_in_a_burst_are_all_kept(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def burst(*keys: str) -> None:
        for key in keys:
            app.post_message(Key(key, " " if key == "space" else key if len(key) == 1 else None))

    with app_of(bench, monkeypatch) as app:
        async with app.run_test(size=WIDE) as pilot:
            await settle(pilot)
            await press(pilot, "C", "enter")
            burst(*NAME.replace("-", ""), "tab", *"Who", "space", *"was", "space", *"it", "ctrl+d")
            await until(pilot, lambda: "case incident42" in screen_text(app))
            await press(pilot, "8", "n")
            burst(*"one", "enter", *"two", "ctrl+d")
            await until(pilot, lambda: "one two" in screen_text(app))
    state = opened(bench, "incident42").state()
    assert (state.about.title, state.notes["N1"].text) == ("Who was it", "one\ntwo")


# Pictures


@pytest.fixture(scope="session")
def pictured(tmp_path_factory: pytest.TempPathFactory, campus: Path) -> Bench:
    """A bench with a case; without what differs from machine to machine, and demo to demo."""
    bench = Bench.at(tmp_path_factory.mktemp("pictured"), campus)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(chained, "author", lambda: {"user": "dana", "uid": 1000})
        patch.setattr(clock, "wall_us", lambda: times.parse("2026-11-02T09:00:00Z"))
        patch.setattr(adding, "content_sha256", lambda keys, event: "0123456789abcdef" * 4)
        patch.setattr(Cache, "fingerprint", "0123456789ab")
        case = Case.create(bench.cases / f"{NAME}.case", TITLE, ticket="SEC-42")
        cache = Cache.open(bench.cache)
        case.add_event(cache, CONCLUDED)
        case.add_session(cache, SESSION)
        case.add_filter(cache, parse("developer_key_id:* and write:true"))
        case.note("Dana was at home, see ticket.\n\n- asked on Monday", "E1")
        said = "Account 101 concluded it, acting as 202."
        case.find(said, "high", "Somebody else was there.", ["E1", "E2"])
        case.tag("masquerade", "E1")
        case.note("Ask for the camera.")
        cache.close()
    return bench


PICTURES = {"pane": "", "detail": " ", "note": "n", "finding": "f", "report": "P", "cases": "C"}


@pytest.mark.parametrize("size", [(80, 24), (120, 36)], ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("name", PICTURES)
def test_the_case_looks_as_it_did(
    pictured: Bench,
    monkeypatch: pytest.MonkeyPatch,
    snap_compare: Callable[..., bool],
    name: str,
    size: tuple[int, int],
) -> None:
    async def drive(pilot: Pilot[Any]) -> None:
        await settle(pilot)
        await press(pilot, "C", "2", "8", "j", *PICTURES[name].replace(" ", "space").split())

    monkeypatch.setattr(case_export, "proposed", lambda name: Path("/home/dana") / f"{name}-report")
    with app_of(pictured, monkeypatch, start_filter=None) as app:
        app.desk.log = lambda what, **data: None  # Each look would make another revision.
        assert snap_compare(app, terminal_size=size, run_before=drive)
