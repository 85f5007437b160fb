"""Every figure on every pane is that of an independent engine over the same raw files."""

import json
import random
from collections.abc import Callable, Iterator
from datetime import UTC
from typing import Any

import pytest
from marking import mostly_slow
from oracle.filters import Dice, Filter
from oracle.panes import Figures, Panes
from oracle.world import NOW, World, make_world
from tui_driving import app_on, settle

from logsleuth.filter.tree import All
from logsleuth.store.base import ActSpan, Cancel, Session, last
from logsleuth.tui import filters
from logsleuth.tui.panes.addresses import Address
from logsleuth.tui.panes.sorted_pane import SortedPane
from logsleuth.tui.panes.users import User

PANES = ("addresses", "users", "masquerades", "keys", "sessions")
RANDOM = 3
"""Random filters for each pane, besides none at all."""

TRACED = {"caused"}
"""Figures that follow from traces, which are not a matter of counting."""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = make_world(tmp_path_factory.mktemp("panes"), rows=6_000, seed=7)
    yield made
    made.close()


@pytest.fixture(scope="module")
def panes(world: World) -> Panes:
    rows = last(world.cache.requests.page(All(), limit=10**7)).rows
    return Panes(world.oracle, [(r.id, r.kind, r.automatic, r.about_user) for r in rows])


def random_filters(world: World, name: str, panes: Panes) -> Iterator[tuple[Filter, Figures]]:
    """Filters that leave something on the pane, with the figures that it should have."""
    recount = _recount(panes, name)
    dice = Dice(world.oracle, random.Random(f"pane {name}"), NOW, "UTC")
    found = 0
    while found < RANDOM:
        wanted = dice.filter()
        panes.under(wanted)
        expected = [] if wanted.timed else recount()
        if expected:
            found += 1
            yield wanted, expected


def _recount(panes: Panes, name: str) -> Callable[[], Figures]:
    recount: Callable[[], Figures] = getattr(panes, "spans" if name == "masquerades" else name)
    return recount


async def figures(world: World, name: str, wanted: Filter) -> Figures:
    """All rows of a pane under a filter, by the values of its columns."""
    start = filters.read(wanted.kql, UTC) if wanted.kql else None
    app = app_on(world.cache, pane=name, start_filter=start)
    async with app.run_test(size=(120, 30)) as pilot:
        await settle(pilot)
        pane = app.frame.page
        assert isinstance(pane, SortedPane)
        assert pane.reading.complete
        rows = pane.reading.rows
        if pane.reading.profiles is not None and name != "masquerades":
            for _ in pane.reading.profiles.make([pane.profile_key(row) for row in rows], Cancel()):
                pass
        sortables = [one for one in pane.sortables() if one.column.name not in TRACED]
        return [{**{one.column.name: one.by(row) for one in sortables}, **more(pane, row)}
                for row in rows]  # fmt: skip


def more(pane: SortedPane[Any], row: Any) -> dict[str, Any]:
    """What a row shows otherwise than as the value of a column."""
    match row:
        case ActSpan():
            key, address = row.developer_key_id, row.remote_ip
            place = f"{'-' if key is None else key} {'-' if address is None else address}"
            return {
                **{name: getattr(row, name) for name in ("end", "matching", "requests")},
                **{name: getattr(row, name) for name in ("writes", "reads", "switched")},
                "place": place if row.session_id is None else row.session_id,
                "marks": row.student_view,
            }
        case Address():
            return {"remote_ip": row.text}
        case User():
            return {"addresses_automatic": pane.profile(row).addresses_automatic}
        case Session():
            return {
                "matching": row.matching,
                "users": list(row.users) or None,
                "addresses": list(row.addresses) or None,
                "addresses_automatic": list(row.addresses_automatic) or None,
            }
    return {}


def same(found: Figures, expected: Figures, what: str) -> None:
    """The same rows, whatever their order; says which differ."""
    names = expected[0].keys()
    lines = [{json.dumps([row.get(name) for name in names], default=str) for row in side}
             for side in (found, expected)]  # fmt: skip
    assert len(found) == len(expected), what
    wrong, missing = lines[0] - lines[1], lines[1] - lines[0]
    told = "\n".join((what, str(list(names)), *sorted(wrong)[:3], "but", *sorted(missing)[:3]))
    assert wrong == missing == set(), told


@pytest.mark.parametrize("name", mostly_slow(PANES))
async def test_every_figure_of_a_pane_is_recounted(world: World, panes: Panes, name: str) -> None:
    everything = Filter("", "true")
    panes.under(everything)
    expected = _recount(panes, name)()
    assert expected
    same(await figures(world, name, everything), expected, f"{name}: no filter")
    for wanted, expected in random_filters(world, name, panes):
        same(await figures(world, name, wanted), expected, f"{name}: {wanted.kql}")
