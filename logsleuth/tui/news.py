"""Pages that show what the cache holds by now, after something was fetched into it."""

from collections.abc import Callable, Iterator
from weakref import WeakKeyDictionary

from logsleuth.store.base import Cancel
from logsleuth.tui.desk import Desk
from logsleuth.tui.pages.page import Page


class News:
    """Knows which pages were read before the cache got something new."""

    def __init__(self, desk: Desk, renew: Callable[[], object]) -> None:
        """``renew`` is called when the cache holds something else than before."""
        self._desk = desk
        self._renew = renew
        self._lane = desk.lane("news")
        self._revision: str | None = None
        self._fetched = 0
        self._read: WeakKeyDictionary[Page, int] = WeakKeyDictionary()

    def look(self) -> None:
        """See whether the cache holds something else than at the last look."""
        desk = self._desk

        def read(cancel: Cancel) -> Iterator[str]:
            yield desk.catalogue.revision()

        def known(revision: str) -> None:
            if revision != self._revision:
                self._revision = revision
                self._fetched += 1
                self._renew()

        desk.asking.ask(self._lane, read, known, lambda _: None, patient=True)

    def renew(self, page: Page) -> None:
        """Have a page read again, on the same row, if it was read before the news."""
        if self._read.get(page, 0) == self._fetched:
            return
        self._read[page] = self._fetched
        reload = getattr(page, "do_reload", None)
        if reload is not None:
            reload()
