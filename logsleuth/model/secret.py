"""A secret that no message, log or traceback can show by accident."""

from typing import Any, NoReturn, final

HIDDEN = "⟨secret⟩"


@final
class Secret:
    """Text such as a token: its text form never shows it, and it cannot be pickled.

    Only :meth:`reveal` gives it away, so every place that does is found by that name.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The secret itself, for the header that carries it and for nothing else."""
        return self._text

    def __repr__(self) -> str:
        return HIDDEN

    def __str__(self) -> str:
        return HIDDEN

    def __format__(self, spec: str) -> str:
        return format(HIDDEN, spec)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not written anywhere")

    def __getstate__(self) -> Any:
        raise TypeError("a secret is not written anywhere")
