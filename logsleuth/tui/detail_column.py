"""The column beside a page in which its details stand."""

from collections.abc import Callable

from logsleuth.tui.paint import Lines


class DetailColumn(Lines):
    """Every field of the row under the cursor.

    ``sized`` is called whenever there is another amount of room for it; before that first time
    there is none, so nobody needs to ask again and again whether there is some by now.
    """

    def __init__(self, sized: Callable[[], object]) -> None:
        super().__init__(id="detail")
        self._sized = sized

    def on_resize(self) -> None:
        # Textual calls that of the class above, too.
        self._sized()
