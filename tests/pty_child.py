"""What runs on the other side of a pseudo-terminal: commands, or a walk through the app.

Started as ``python tests/pty_child.py PLAN`` with a :class:`Plan` as JSON.  What was done is
written to a file beside the terminal, so that nothing but the program itself writes there.
"""

import asyncio
import json
import sys
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from logsleuth.tui.app import LogsleuthApp

LEAVING = {"quit", "leave", "back", "plain_text"}
"""Actions with which a walk would end, or wait for somebody at the terminal."""

DEEPEST = 1
"""Pages over a pane on which every action is tried."""


@dataclass
class Plan:
    """``commands`` are run one after the other; with ``walk``, the app is opened after them
    and walked through.  ``careless`` switches ``visible()`` off.  ``typed`` is pasted into
    whatever takes text; ``panes`` are walked through, down so many ``rows``; ``once``: no
    action is done a second time on another page.  ``report`` is where :class:`Done` is
    written."""

    report: str
    commands: list[list[str]] = field(default_factory=list)
    walk: bool = False
    careless: bool = False
    typed: str = ""
    panes: list[str] = field(default_factory=list)
    rows: int = 0
    once: bool = False


@dataclass
class Done:
    """Exit codes of the commands, names of the actions that ran in the app, the pages and
    screens that were seen, what it ended with."""

    codes: list[int] = field(default_factory=list)
    actions: list[str] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)
    ended: int | None = None


def main(plan: Plan) -> Done:
    """Carry a plan out; imports wait until ``visible()`` is what the plan says."""
    if plan.careless:
        from logsleuth.model import text

        text.visible = text.Shown  # type: ignore[assignment]
    done = Done()
    for command in plan.commands:
        done.codes.append(_run(command))
    if plan.walk:
        _watch(plan, done)
        done.ended = _run([])
    return done


def _run(command: list[str]) -> int:
    from logsleuth.cli.main import cli
    from logsleuth.model import clock

    try:
        cli(command)
    except SystemExit as end:
        return int(end.code or 0)
    finally:
        clock.pin(None)


def _watch(plan: Plan, done: Done) -> None:
    """Have the app walk by itself, on the real terminal, and note the actions that it runs."""
    from textual.app import App

    from logsleuth.tui.app import LogsleuthApp

    run, act = App.run, App.run_action

    async def noted(app: Any, action: Any, *rest: Any, **more: Any) -> bool:
        done.actions.append(action if isinstance(action, str) else str(action[1]))
        return await act(app, action, *rest, **more)

    async def walk(pilot: "Pilot[Any]") -> None:
        walker = Walker(pilot, plan, done)
        try:
            await walker.everywhere()
        finally:
            pilot.app.exit(0)

    def walking(app: Any, **options: Any) -> Any:
        return run(app, **options, auto_pilot=walk)

    App.run_action = noted  # type: ignore[method-assign]
    LogsleuthApp.run = walking  # type: ignore[method-assign]


class Walker:
    """Goes to every pane, does every action there and one page deeper, and comes back."""

    def __init__(self, pilot: "Pilot[Any]", plan: Plan, done: Done) -> None:
        self.pilot = pilot
        self.plan = plan
        self.done = done
        app = pilot.app
        self.app: LogsleuthApp = app  # type: ignore[assignment]
        self.frame = self.app.frame
        self.tried: set[tuple[str, str]] = set()

    async def everywhere(self) -> None:
        """The whole walk."""
        from logsleuth.tui.actions import ACTIONS

        await self._settle()
        for action in ACTIONS:
            if action.id.startswith("pane_") and action.id in self.plan.panes:
                await self._press(action.keys[0])
                await self._click_around()
                await self._act(0)
                await self._press("g", *["down"] * self.plan.rows, "G", "up", "up")

    async def _act(self, depth: int) -> None:
        """Every action that was not tried on such a page before; those that open a page go on
        there."""
        from logsleuth.tui import actions

        self._see()
        kind = type(self.frame.page).__name__
        for action in actions.applying(self.frame.contexts):
            if action.id in LEAVING or action.id.startswith("pane_"):
                continue
            key = ("" if self.plan.once else kind, action.id)
            if action.group == "Move" or key in self.tried:
                continue
            self.tried.add(key)
            pages, steps = len(self.frame._stack), len(self.frame._history)
            await self._press(action.keys[0])
            await self._answer()
            if len(self.frame._stack) > pages and depth < DEEPEST:
                await self._act(depth + 1)
            await self._back_to(pages, steps)

    async def _answer(self) -> None:
        """Type into what takes text, and leave whatever came over the page."""
        from textual.events import Paste

        for _ in range(3):
            if self.app.screen is self.frame and not self.frame.filter_bar.editing:
                return
            self.done.seen.append(type(self.app.screen).__name__)
            if self.app.focused is not None:
                self.app.focused.post_message(Paste(self.plan.typed))
            await self._settle()
            await self._press("tab", "ctrl+d", "escape", "escape")

    async def _back_to(self, pages: int, steps: int) -> None:
        """Undo what an action did, as far as it can be undone."""
        for _ in range(8):
            if len(self.frame._history) <= steps and len(self.frame._stack) <= pages:
                break
            await self._press("backspace")
        if self.frame.strip.has_focus:
            await self._press("escape")

    async def _click_around(self) -> None:
        """Click on text all over the screen, and let the mouse rest on it."""
        width, height = self.app.size
        for y in range(1, height, 7):
            for x in range(2, width, 31):
                await self.pilot.hover(offset=(x, y))
                await self.pilot.click(offset=(x, y))
        await self._settle()

    def _see(self) -> None:
        self.done.seen.append(self.frame.page.crumb)

    async def _press(self, *keys: str) -> None:
        from tui_driving import press

        for key in keys:
            await asyncio.wait_for(press(self.pilot, key), 60)

    async def _settle(self) -> None:
        from tui_driving import settle

        await asyncio.wait_for(settle(self.pilot), 60)


if __name__ == "__main__":
    wanted = Plan(**json.loads(Path(sys.argv[1]).read_text()))
    found = main(wanted)
    Path(wanted.report).write_text(json.dumps(asdict(found)))
