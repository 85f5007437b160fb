"""The steps that were taken: each is undone by one key, the last one first."""

from collections.abc import Callable
from dataclasses import dataclass

MOST = 200
"""Steps remembered."""


@dataclass(frozen=True, slots=True)
class Step:
    """A filter, an exclusion, a page opened, a change of pane: its name and the way back.

    ``opens`` says that the step opened a page, which leaving the page undoes.
    """

    name: str
    undo: Callable[[], None]
    opens: bool = False


class History:
    """Steps, oldest first."""

    def __init__(self) -> None:
        self._steps: list[Step] = []

    def __len__(self) -> int:
        return len(self._steps)

    def add(self, step: Step) -> None:
        """Remember a step that was just taken."""
        self._steps.append(step)
        del self._steps[:-MOST]

    def back(self) -> Step | None:
        """Undo the last step and return it."""
        if not self._steps:
            return None
        step = self._steps.pop()
        step.undo()
        return step
