"""Fetching in the app: against the stand-ins for DAP and Canvas, and what the screen says."""

import asyncio
import json
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from dap_sync import MadeUpTime, canaries, log
from standins import canvas as canvas_standin
from standins import dap as standin
from standins.canvas import Change
from standins.dap import Fault, StandIn
from textual.pilot import Pilot
from tui_driving import DATA, LONGEST, app_on, press, screen_lines, screen_text, settle, until

from logsleuth.cli import app_sync, syncing
from logsleuth.cli.app_sync import AppSync
from logsleuth.cli.settings import Settings
from logsleuth.cli.settings import load as load_settings
from logsleuth.ingest import course_events_report
from logsleuth.ingest.run import import_paths
from logsleuth.ingest.web_logs_report import SyncProgress, SyncReport
from logsleuth.model import clock, times
from logsleuth.sources.dap import Dap
from logsleuth.store.base import Cancel, StoreError
from logsleuth.store.cache import Cache
from logsleuth.tui.app import LogsleuthApp
from logsleuth.tui.syncing import Service

SIZE = (120, 40)


@pytest.fixture
def dap() -> Iterator[StandIn]:
    with StandIn() as found:
        found.commit(log(found.now, 60, days=0.9))
        yield found
    clock.pin(None)


@pytest.fixture
def time(dap: StandIn, monkeypatch: pytest.MonkeyPatch) -> MadeUpTime:
    made_up = MadeUpTime(dap)
    monkeypatch.setattr(syncing, "SLEEP", made_up.sleep)
    monkeypatch.setattr(app_sync, "Dap", partial(Dap, now=made_up.now))
    return made_up


@pytest.fixture
def settings(
    dap: StandIn, time: MadeUpTime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Settings:
    """Secrets in the environment, and a cache that holds course changes only."""
    for name, value in {
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
        "XDG_STATE_HOME": str(tmp_path / "state"),
        "LOGSLEUTH_ALLOW_LOOPBACK_HTTP": "1",
        "LOGSLEUTH_DAP_POLL_SECONDS": "0",
        "DAP_API_URL": dap.url,
        "DAP_CLIENT_ID": standin.CLIENT_ID,
        "DAP_CLIENT_SECRET": standin.SECRET,
    }.items():
        monkeypatch.setenv(name, value)
    cache = tmp_path / "cache"
    import_paths(cache, [DATA / "course_audit_page1.synthetic.json"])
    return load_settings(cache, None, None)


def app_with(settings: Settings) -> LogsleuthApp:
    return app_on(Cache.open(settings.cache), syncing=AppSync(settings))


async def shows(pilot: Pilot[Any], words: str) -> None:
    """Wait until the screen says it."""
    app = pilot.app
    assert isinstance(app, LogsleuthApp)
    await until(pilot, lambda: words in screen_text(app))


async def test_the_panes_fill_with_what_is_fetched(settings: Settings, tmp_path: Path) -> None:
    app = app_with(settings)
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        assert "There are no requests" in screen_text(app)
        await press(pilot, "D")
        await shows(pilot, "Set up for http://127.0.0.1")
        assert "Not set up" in screen_text(app), "Canvas"
        await press(pilot, "enter")
        await shows(pilot, "The last fetching")
        assert "added" in screen_text(app)
        assert "Fetched up to" in screen_text(app)
        await press(pilot, "backspace")
        await shows(pilot, "60 of 60")
        assert "· 60 requests ·" in screen_lines(app)[0]
        assert "canary" not in screen_text(app)
    assert not canaries(tmp_path)


async def test_secrets_can_be_tried(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CANVAS_API_URL", "http://127.0.0.1:1/with/a/path")
    app = app_with(settings)
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "D", "V")
        await shows(pilot, "works: web_logs can be read")
        assert "scheme and host alone" in screen_text(app)


async def test_an_error_is_said_with_its_uuid_and_the_next_sync_goes_on(
    settings: Settings, dap: StandIn
) -> None:
    dap.faults.append(Fault("job", lambda _: standin.error(400, "Strange", uuid="u-77"), count=9))
    app = app_with(settings)
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "D", "enter")
        await shows(pilot, "u-77")
        assert "What came before that is kept" in screen_text(app)
        dap.faults.clear()
        await press(pilot, "enter")
        await shows(pilot, "Fetched up to")
        assert "u-77" not in screen_text(app)


async def test_it_is_stopped_and_goes_on_from_there(
    settings: Settings, time: MadeUpTime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(syncing, "SLEEP", lambda seconds: asyncio.Event().wait())
    app = app_with(settings)
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "D", "x")
        assert "Nothing is being fetched" in screen_text(app)
        await pilot.press("enter")
        await shows(pilot, "job state")
        await pilot.press("c")
        await shows(pilot, "are being fetched")
        await pilot.press("1", "j", "D")
        await shows(pilot, "job state")
        await press(pilot, "x")
        await shows(pilot, "Stopped: what came is kept")
        monkeypatch.setattr(syncing, "SLEEP", time.sleep)
        for _ in range(LONGEST):  # The first lets go of the cache in a moment.
            await press(pilot, "enter")
            if "Fetched up to" in screen_text(app):
                return
        raise AssertionError("it did not go on")


async def test_course_changes_come_from_canvas(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock.pin(None)
    now = clock.now_us() // times.SECOND * times.SECOND
    canvas = canvas_standin.StandIn(changes=[Change(n, now - n * times.HOUR) for n in range(1, 8)])
    with canvas.serve() as server:
        monkeypatch.setenv("CANVAS_API_URL", server.url)
        monkeypatch.setenv("CANVAS_API_TOKEN", canvas_standin.TOKEN)
        app = app_with(settings)
        async with app.run_test(size=SIZE) as pilot:
            await press(pilot, "D", "c")
            await shows(pilot, "7 changes added")
            assert canvas_standin.TOKEN not in screen_text(app)


async def test_without_settings_it_says_what_is_missing(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DAP_CLIENT_SECRET")
    app = app_with(settings)
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "D")
        await shows(pilot, "DAP_CLIENT_SECRET is not set")
        await press(pilot, "enter")
        await shows(pilot, "The last fetching")


async def test_rejected_lines_are_listed_with_their_places(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = app_with(settings)
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "J")
        assert "Every line that was read could be taken in." in screen_text(app)
    path = tmp_path / "bad.jsonl"
    good = (DATA / "web_logs_incremental.synthetic.jsonl").read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(good[:2]) + b'{"key": [@click=app.bell]\x1b[2J\xff\n' + good[2])
    monkeypatch.chdir(tmp_path)
    import_paths(settings.cache, [Path(path.name)])
    app = app_with(settings)
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "J")
        await shows(pilot, "bad.jsonl")
        text = screen_text(app)
        assert "1 line was rejected" in text
        assert "bad.jsonl" in text
        assert "[@click=app" in text
        assert "␛" in text
        assert f"{len(good[0]) + len(good[1]):,} of the unpacked file" in text
        assert "\x1b" not in text
        monkeypatch.delenv("TMUX", raising=False)
        monkeypatch.setenv("TERM", "xterm")
        await press(pilot, "a", "3")
        assert json.loads(app.clipboard)["line"] == 3
        await press(pilot, "r", "j", "backspace")
        assert "1 line was rejected" not in screen_text(app)


# Pictures


class Staged:
    """A fetching of which every number is known."""

    def __init__(self, error: str = "") -> None:
        self._error = error

    def services(self) -> Sequence[Service]:
        canvas = "CANVAS_API_TOKEN is not set: set it in the environment, or 'canvas_api_token'."
        return [
            Service("DAP", True, "Set up for https://api-gateway.instructure.com; not tried yet."),
            Service("Canvas", False, canvas),
        ]

    def check(self, cancel: Cancel) -> Sequence[Service]:
        return self.services()

    def requests(self, tell: app_sync.Tell, cancel: Cancel) -> SyncReport:
        tell(
            SyncProgress(
                "downloading",
                "0a2f9b1c-6c5e-4f55-9d6d-3ad1a1b0f6c2",
                "complete",
                "2026-10-19T00:00:00Z",
                "2026-10-20T00:00:00Z",
                3,
                8,
                61_500_000,
                164_000_000,
                412_345,
                95.0,
            ),
            "DAP answered 429; waiting 30 s",
        )
        if self._error:
            raise StoreError(self._error)
        asyncio.run(_wait(cancel))
        raise AssertionError

    def changes(self, tell: app_sync.Tell, cancel: Cancel) -> course_events_report.Report:
        raise NotImplementedError


async def _wait(cancel: Cancel) -> None:
    loop, stopped = asyncio.get_running_loop(), asyncio.Event()
    cancel.add_hook(lambda: loop.call_soon_threadsafe(stopped.set))
    await stopped.wait()
    cancel.check()


@pytest.mark.parametrize("size", [(80, 24), (120, 36)], ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("name", ["running", "failed"])
def test_the_sync_screen_looks_as_it_did(
    tmp_path: Path, snap_compare: Callable[..., bool], name: str, size: tuple[int, int]
) -> None:
    import_paths(tmp_path / "cache", [DATA / "course_audit_page1.synthetic.json"])
    error = "DAP cannot be asked (500, uuid 7c1f0b52-16c5); try again later."
    staged = Staged(error if name == "failed" else "")

    async def drive(pilot: Pilot[Any]) -> None:
        await press(pilot, "D")
        await shows(pilot, "Set up for")
        await pilot.press("enter")
        await shows(pilot, "The last fetching" if name == "failed" else "about 1 min 35 s")

    app = app_on(Cache.open(tmp_path / "cache"), syncing=staged)
    assert snap_compare(app, terminal_size=size, run_before=drive)
