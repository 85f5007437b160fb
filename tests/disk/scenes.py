"""Caches and what is then done to them: every way in which a write can touch a day.

Each scene is a cache as it was and one command on it.  The caches are made once and copied.
"""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dap import NOON, WRITTEN, deletion, jsonl, outcome, row, write

from disk.servant import Servant
from logsleuth.model import times

DAYS = 3
PER_DAY = 40
SPAN = "2026-10-01T00:00:00Z..2026-10-04T00:00:00Z"
"""What is stated to be complete by a scene's command."""

_START = NOON - 12 * times.HOUR
Rows = list[dict[str, Any]]


def _row(name: str, day: int, minute: int, meta: int = 0, **more: Any) -> dict[str, Any]:
    """Request ``name`` with values that touch every dictionary and roll-up."""
    n = sum(map(ord, name)) + minute
    return row(
        name,
        at=_START + day * times.DAY + minute * times.MINUTE,
        meta=WRITTEN + meta,
        **{
            "user_id": n % 7 + 1,
            "real_user_id": 99 if n % 5 == 0 else None,
            "remote_ip": f"192.0.2.{n % 9}",
            "http_status": 404 if n % 6 == 0 else 200,
            "http_method": "POST" if n % 4 == 0 else "GET",
            "session_id": f"5e551000-0000-4000-8000-{n % 8:012d}",
            "developer_key_id": 77 if n % 11 == 0 else None,
            "course_id": n % 3 or None,
            "user_agent": f"agent {n % 4}",
            "url": f"/courses/{n % 3}?{name}",
            **more,
        },
    )


def _loaded() -> Rows:
    return [_row(f"r{day}-{n}", day, n * 36) for day in range(DAYS) for n in range(PER_DAY)]


def _late() -> Rows:
    """Few enough to be appended."""
    return [_row(f"late{day}-{n}", day, 700 + n) for day in range(2) for n in range(3)]


def _newer() -> Rows:
    return [_row(f"r1-{n}", 1, n * 36 + 5, meta=1, user_id=50) for n in range(0, 12, 4)]


def _moved() -> Rows:
    """Versions of another day: newer ones, and one that came late."""
    return [
        *(_row(f"r0-{n}", 1, n * 36, meta=1) for n in range(2)),
        _row("r2-5", 0, 300, meta=-1),
        _row("r1-7", 2, 300, meta=2),
    ]


def _deleted() -> Rows:
    return [*(deletion(f"r{day}-{3 * day}", WRITTEN + 3) for day in range(DAYS)), deletion("x")]


def _many() -> Rows:
    """So many that two days are built anew, and a day that was not there."""
    return [_row(f"m{day}-{n}", day, 20 + n * 20) for day in (1, 2, 3) for n in range(15)]


def another() -> Rows:
    """A request of a day that no scene touches."""
    return [_row("another", DAYS + 5, 0)]


def _all() -> Rows:
    return [*_late(), *_newer(), *_moved(), *_deleted(), *_many()]


@dataclass(frozen=True)
class Scene:
    """A name, the files in the cache already, and those that the command brings, or another
    command than an import."""

    name: str
    before: tuple[Callable[[], Rows], ...]
    brings: tuple[Callable[[], Rows], ...] = ()
    other: tuple[str, ...] = ()


SCENES = (
    Scene("new days", (), (_loaded, _all)),
    Scene("appends", (_loaded,), (_late,)),
    Scene("newer versions", (_loaded,), (_newer,)),
    Scene("moved rows", (_loaded,), (_moved,)),
    Scene("deletions", (_loaded, _late), (_deleted,)),
    Scene("new generations", (_loaded,), (_many,)),
    Scene("all at once", (_loaded, _late), (_all,)),
    Scene("pruned days", (_loaded, _late), other=("prune", "--before", "2026-10-03", "--yes")),
)
"""What can be done to days."""


QUICK = tuple(one for one in SCENES if one.name not in {"new days", "moved rows", "all at once"})
"""Those of few changes."""


class Stage:
    """The scenes as files below ``folder``, where a servant watches ``folder/disk``."""

    def __init__(self, folder: Path, *, crew: bool = False) -> None:
        self._folder = folder
        self.servant = Servant(folder / "disk", folder / "home", crew=crew)
        self.cache = self.servant.root / "cache"
        self._import = ("--cache", self.cache, "import", "--kind", "web_logs")
        self._expected: dict[str, dict[str, tuple[Any, ...]]] = {}
        self._changes: dict[str, int] = {}

    def __enter__(self) -> "Stage":
        return self

    def __exit__(self, *_: object) -> None:
        self.servant.close()

    def files(self, made: Sequence[Callable[[], Rows]]) -> list[Path]:
        """Files of rows, made when they are first asked for."""
        found = [self._folder / "files" / f"{one.__name__}.jsonl" for one in made]
        for path, one in zip(found, made, strict=True):
            if not path.exists():
                write(path, jsonl(one()))
        return found

    def command(self, scene: Scene) -> list[str | Path]:
        """The scene's command."""
        if scene.other:
            return ["--cache", self.cache, *scene.other]
        brought = self.files(scene.brings)
        return [*self._import, *brought, "--complete", SPAN]

    def set(self, scene: Scene) -> None:
        """The cache as it is before the command."""
        shutil.rmtree(self.cache, ignore_errors=True)
        kept = self._folder / "before" / "-".join(one.__name__ for one in scene.before)
        if scene.before and not kept.exists():
            for one in scene.before:
                self.bring(one)
            kept.parent.mkdir(exist_ok=True)
            shutil.move(self.cache, kept)
        if scene.before:
            shutil.copytree(kept, self.cache)

    def bring(self, made: Callable[[], Rows]) -> None:
        """Import rows into the cache as it is."""
        ran = self.servant.run(*self._import, *self.files([made]))
        assert ran.code == 0, ran.said

    def undisturbed(self, scene: Scene) -> tuple[dict[str, tuple[Any, ...]], int]:
        """What the cache holds after the command, and the number of changes it makes."""
        if scene.name not in self._expected:
            self.set(scene)
            ran = self.servant.run(*self.command(scene))
            assert ran.code == 0, ran.said
            self._expected[scene.name] = outcome(self.cache)
            self._changes[scene.name] = ran.changes
        return self._expected[scene.name], self._changes[scene.name]
