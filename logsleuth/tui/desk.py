"""What every page shares: whom to ask, the names met so far, the zone and the filter."""

import itertools
from collections.abc import Callable
from datetime import UTC, tzinfo
from typing import TYPE_CHECKING

from logsleuth.model.networks import Networks
from logsleuth.store.base import Bounds, Store
from logsleuth.store.catalogue import Catalogue
from logsleuth.tui.asking import Asking
from logsleuth.tui.filters import Filter
from logsleuth.tui.names import Names
from logsleuth.tui.terminal import ANY, Terminal
from logsleuth.tui.traces import Traces, Tracing
from logsleuth.tui.wording import Zones

if TYPE_CHECKING:
    # Only for types: the desk of a store without a cache has no cases.
    from logsleuth.tui.casebook import Casebook
    from logsleuth.tui.syncing import Syncing


class Desk:
    """The shared part of the app that knows no widgets.

    ``terminal`` is what can be shown; ``bounds`` says what the store holds, once it has said
    so; ``command`` is the command line that opens the app on this cache, in this zone;
    ``columns`` are the names of those chosen, by what the rows are called;
    ``copy`` puts text on the clipboard and answers with a sentence on how; ``log`` has what
    was looked at written to the activity log, without waiting for it; ``cases`` is where cases
    are kept, ``None`` where there can be none; ``syncing`` fetches into the cache, likewise.
    """

    def __init__(
        self,
        store: Store,
        catalogue: Catalogue,
        tracer: Tracing,
        asking: Asking,
        campus: tzinfo | None = None,
        networks: Networks | None = None,
        terminal: Terminal = ANY,
    ) -> None:
        self.store = store
        self.catalogue = catalogue
        self.asking = asking
        self.names = Names(catalogue)
        self.networks = networks or Networks()
        self.terminal = terminal
        self.traces = Traces(tracer)
        self.zones = Zones(campus or UTC, campus)
        self.filter = Filter()
        self.columns: dict[str, tuple[str, ...]] = {}
        self.command: tuple[str, ...] = ("logsleuth",)
        self.bounds = Bounds()
        self.copy: Callable[[str, str], str] = lambda text, what: f"The {what} was not copied."
        self.log: Callable[..., None] = lambda what, **data: None
        self.cases: Casebook | None = None
        self.syncing: Syncing | None = None
        self._lanes = itertools.count(1)

    def lane(self, name: str) -> str:
        """A lane for questions that nobody else has."""
        return f"{name}-{next(self._lanes)}"

    @property
    def zone(self) -> tzinfo:
        """The zone that times are shown in."""
        return self.zones.shown
