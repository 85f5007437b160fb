"""What every page shares: whom to ask, the names met so far, the zone and the filter."""

import itertools
from collections.abc import Callable
from datetime import UTC, tzinfo

from logsleuth.store.base import Bounds, Store
from logsleuth.store.catalogue import Catalogue
from logsleuth.tui.asking import Asking
from logsleuth.tui.filters import Filter
from logsleuth.tui.names import Names
from logsleuth.tui.traces import Traces, Tracing


class Desk:
    """The shared part of the app that knows no widgets.

    ``campus`` is the zone of the campus, if one is set; ``zone`` the one shown now.
    ``bounds`` says what the store holds, once it has said so; ``copy`` puts text on the
    clipboard and answers with a sentence on how.
    """

    def __init__(
        self,
        store: Store,
        catalogue: Catalogue,
        tracer: Tracing,
        asking: Asking,
        campus: tzinfo | None = None,
    ) -> None:
        self.store = store
        self.catalogue = catalogue
        self.asking = asking
        self.names = Names(catalogue)
        self.traces = Traces(tracer)
        self.campus = campus
        self.zone: tzinfo = campus or UTC
        self.filter = Filter()
        self.bounds = Bounds()
        self.copy: Callable[[str, str], str] = lambda text, what: f"The {what} was not copied."
        self._lanes = itertools.count(1)

    def lane(self, name: str) -> str:
        """A lane for questions that nobody else has."""
        return f"{name}-{next(self._lanes)}"

    def toggle_zone(self) -> bool:
        """Show the other zone; false where there is only UTC."""
        if self.campus is None:
            return False
        self.zone = UTC if self.zone is not UTC else self.campus
        return True
