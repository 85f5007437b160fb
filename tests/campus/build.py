"""A campus for one seed, and what became of its log before somebody cached it."""

from dataclasses import dataclass

from campus import background, edits
from campus.memory import MemoryCatalogue, MemoryStore
from campus.world import END, START, Truth, World
from logsleuth.model import times
from logsleuth.model.event import CourseEvent
from logsleuth.model.weblog import WebLog


@dataclass
class Campus:
    """Everything that happened, and the part of it that is cached."""

    truths: list[Truth]
    rows: list[WebLog]
    store: MemoryStore
    catalogue: MemoryCatalogue

    @property
    def events(self) -> list[CourseEvent]:
        return [truth.event for truth in self.truths]

    def cached(self, truth: Truth) -> bool:
        return truth.request.id in self.store.by_id


def build(seed: int, edits_count: int = 700, single_losses: bool = False) -> Campus:
    """A campus of about 2,500 changes in three days.

    Odd seeds log the end of a request, even ones its start.  ``single_losses`` drops
    requests one by one instead of a client's requests of some seconds together.
    """
    world = World(seed, marks_end=bool(seed % 2))
    for _ in range(edits_count):
        edits.edit(world, world.any_time())
        edits.noise(world, world.any_time())
    for _ in range(edits_count // 40):
        edits.script(world, world.any_time())
        edits.creations(world, world.any_time())
        background.imports(world, world.any_time())
        background.batch(world, world.any_time())
        background.copy(world, world.any_time())
        background.copy(world, world.any_time())
        background.blueprint(world, world.any_time())
    kept = [row for row in world.rows if START <= row.timestamp < END]
    kept = _lose_one_by_one(world, kept) if single_losses else _lose_together(world, kept)
    gap = START + times.DAY + 14 * times.HOUR
    thin = START + times.DAY + 18 * times.HOUR
    kept = [
        row
        for row in kept
        if not gap <= row.timestamp < gap + 2 * times.HOUR
        and not (thin <= row.timestamp < thin + times.HOUR and world.chance(0.4))
    ]
    # The cache begins on the first morning: what was done before is outside its span.
    begin = START + 9 * times.HOUR
    kept = [row for row in kept if row.timestamp >= begin]
    catalogue = MemoryCatalogue(
        [truth.event for truth in world.truths],
        covered=[
            (begin, gap),
            (gap + 2 * times.HOUR, thin),
            (thin + times.HOUR, END),
        ],
        partial=[thin],
    )
    return Campus(world.truths, world.rows, MemoryStore(kept), catalogue)


def _lose_together(world: World, rows: list[WebLog]) -> list[WebLog]:
    """A web server dies before it ships its log: its clients' last minute is gone."""
    gone: set[tuple[int | None, int]] = set()
    for row in rows:
        if world.chance(0.02):
            gone.add((row.user_id, row.timestamp // times.MINUTE))

    def near(row: WebLog) -> bool:
        minute = row.timestamp // times.MINUTE
        return any((row.user_id, minute + step) in gone for step in (-1, 0, 1))

    return [row for row in rows if not near(row)]


def _lose_one_by_one(world: World, rows: list[WebLog]) -> list[WebLog]:
    return [row for row in rows if not world.chance(0.02)]
