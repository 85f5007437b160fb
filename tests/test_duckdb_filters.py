"""Every answer about requests is that of an independent engine over the same raw files."""

import random
from collections.abc import Iterator

import pytest
from marking import mostly_slow
from oracle.agreement import same_answers, same_count, same_first_page, same_timeline
from oracle.asking import Asked
from oracle.filters import ZONES, Dice, Filter
from oracle.world import NOW, World, make_world

EVERYTHING = Filter("", "true")
FILTERS = 100
TYPED = 20
"""Of the filters, so many go through the commands, the others through the store."""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = make_world(tmp_path_factory.mktemp("agreement"), rows=20_000, seed=5)
    yield made
    made.close()


def random_filter(world: World, seed: str) -> tuple[Filter, str]:
    """A filter that follows from the seed, and the zone that it is read in."""
    rng = random.Random(seed)
    zone = rng.choice(ZONES)
    return Dice(world.oracle, rng, NOW, zone).filter(), zone


@pytest.mark.parametrize("number", mostly_slow(range(FILTERS), quick=25))
def test_a_random_filter_gives_the_same_answers(world: World, number: int) -> None:
    wanted, zone = random_filter(world, f"filter {number}")
    asked: Asked = world.commands if number < TYPED else world.store
    same_answers(asked, world.oracle, wanted, zone, f"fields {number}")


@pytest.mark.parametrize("number", range(10))
def test_a_timeline_has_the_same_requests_errors_and_writes(world: World, number: int) -> None:
    wanted, zone = random_filter(world, f"timeline {number}")
    by = "day" if number % 2 else "hour"
    asked: Asked = world.commands if number < 4 else world.store
    same_timeline(asked, world.oracle, wanted, zone, by)


def test_without_a_filter_each_id_counts_once(world: World) -> None:
    ids = "SELECT count(DISTINCT row_id) FROM delivered WHERE action IS DISTINCT FROM 'D'"
    delivered = "SELECT count(*) FROM delivered"
    assert world.commands.count("", "UTC") == world.oracle.number(ids)
    assert world.oracle.number(ids) < world.oracle.number(delivered)
    same_timeline(world.commands, world.oracle, EVERYTHING, "UTC", "day")
    same_first_page(world.commands, world.oracle, EVERYTHING, "UTC")


@pytest.mark.parametrize("flag", ["masqueraded", "student_view", "foreign", "deleted", "token"])
def test_a_computed_field_parts_all_requests_in_two(world: World, flag: str) -> None:
    for value in ("true", "false"):
        wanted = Filter(f"{flag}:{value}", f'"{flag}" = {value}')
        assert world.oracle.number(f"SELECT count(*) FROM req WHERE {wanted.sql}") > 0
        same_count(world.store, world.oracle, wanted, "UTC")


def test_the_same_secret_in_two_urls_has_the_same_mask(world: World) -> None:
    masked = Filter('url:"⟨masked"', "contains(url, '⟨masked')")
    assert world.oracle.number(f"SELECT count(*) FROM req WHERE {masked.sql}") > 1
    same_first_page(world.store, world.oracle, masked, "UTC")


@pytest.fixture(scope="module")
def other_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = make_world(tmp_path_factory.mktemp("many"), rows=20_000, seed=11)
    yield made
    made.close()


@pytest.mark.slow
@pytest.mark.parametrize("start", range(0, 400, 50))
def test_many_random_filters_give_the_same_answers(other_world: World, start: int) -> None:
    for number in range(start, start + 50):
        wanted, zone = random_filter(other_world, f"many {number}")
        same_answers(other_world.store, other_world.oracle, wanted, zone, f"fields {number}")
