"""The terminal that the app is to run on: whether it can, and how it looks best there.

All of it is told from the environment, before the first byte is sent; nothing is asked of the
terminal itself, whose answer would have to come over the line first.
"""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass

OWN_COLOURS = ("ansi-dark", "ansi-light")
"""Themes of the terminal's own 16 colours, which take half the bytes."""

PAINTED = ("textual-dark", "textual-light")
"""Themes that bring their own colours."""

_INSTEAD = "'logsleuth search' and its relatives"

_LOCALE = ("LC_ALL", "LC_CTYPE", "LANG")
"""What says how characters are written, the first that is set."""

_FEW_SIGNS = frozenset({"linux", "vt100", "vt102", "vt220", "vt320"})
"""Terminals whose font has a few hundred signs."""

_LIGHT_BACKGROUNDS = frozenset({"7", "9", "10", "11", "12", "13", "14", "15"})


class TerminalError(Exception):
    """One sentence: why the app cannot run here, and what to use instead."""


@dataclass(frozen=True, slots=True)
class Terminal:
    """What a terminal can show.

    ``over_ssh``: each byte is waited for.  ``few_colours``: 16, or with ``NO_COLOR`` none.
    ``ascii``: no sign beyond ASCII.  ``light``: its background is said to be.
    """

    over_ssh: bool = False
    few_colours: bool = False
    ascii: bool = False
    light: bool = False

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> "Terminal":
        """The terminal that an environment is of."""
        term, colours = environ.get("TERM", ""), environ.get("COLORTERM", "")
        many = colours in ("truecolor", "24bit") or term.endswith(("-256color", "-direct", "kitty"))
        return cls(
            over_ssh="SSH_CONNECTION" in environ or "SSH_TTY" in environ,
            few_colours=bool(environ.get("NO_COLOR")) or not many,
            ascii=not _writes_utf_8(environ) or term in _FEW_SIGNS,
            light=environ.get("COLORFGBG", "").rpartition(";")[2] in _LIGHT_BACKGROUNDS,
        )

    @property
    def themes(self) -> tuple[str, ...]:
        """The themes that can be shown, what suits best in front."""
        way = -1 if self.light else 1
        own, painted = OWN_COLOURS[::way], PAINTED[::way]
        if self.few_colours:
            return own
        return own + painted if self.over_ssh else painted + own

    def theme(self, chosen: str) -> str:
        """The theme to begin with: the one ``chosen`` the last time, or the nearest that there
        is; over SSH in the terminal's own colours, whatever was chosen elsewhere."""
        if chosen in (OWN_COLOURS if self.over_ssh else self.themes):
            return chosen
        shade = chosen.rpartition("-")[2]
        return next((one for one in self.themes if shade and one.endswith(shade)), self.themes[0])


ANY = Terminal()
"""A terminal that can show everything."""


def _writes_utf_8(environ: Mapping[str, str]) -> bool:
    """Whether the locale says UTF-8.  Python itself takes an unset one, or a plain C, for
    UTF-8, and has said so in the environment; LC_ALL=C means what it says."""
    said = next((environ[name] for name in _LOCALE if environ.get(name)), "")
    return not said or said.lower().replace("-", "").endswith("utf8")


def check(environ: Mapping[str, str]) -> None:
    """Raise ``TerminalError`` where the app would hang or fill the screen with rubbish."""
    for stream, name in ((sys.stdin, "input"), (sys.stdout, "output"), (sys.stderr, "error")):
        if not stream.isatty():
            raise TerminalError(
                f"The app needs a terminal, but standard {name} is none; in a pipe use {_INSTEAD}."
            )
    term = environ.get("TERM", "")
    if term in ("", "dumb", "unknown"):
        said = f"TERM={term}" if term else "TERM is not set"
        raise TerminalError(f"This terminal ({said}) cannot draw the app; use {_INSTEAD}.")


def too_small(width: int, height: int) -> str:
    """What to say where there is too little room to show anything as it is; else empty."""
    if width >= SMALLEST[0] and height >= SMALLEST[1]:
        return ""
    needed = "x".join(map(str, SMALLEST))
    return f"{width}x{height} is too small: logsleuth needs {needed}. Enlarge it; Q quits."


SMALLEST = 60, 20
"""Columns and lines of the smallest terminal that the app can be used on."""


def has_a_shell_behind() -> bool:
    """Whether somebody would get a prompt if the app was stopped."""
    return os.getpgrp() != os.getsid(0)
