"""The one place that makes text from data safe to show.

Textual and Rich hand ESC, C1, bidi and zero-width characters straight to the
terminal, and read markup in plain strings; so whatever came from a log, a server or
a file becomes ``Shown`` before it reaches a screen, and widgets accept nothing else.
"""

import re
import unicodedata
from typing import final

_MAX_MARKS = 3
"""Combining marks kept on one character; a flood of them climbs over other lines."""

_SURROGATE = re.compile("[\ud800-\udfff]")

_BLANKS = frozenset(
    "\u115f\u1160\u2800\u3164\uffa0\u034f\u17b4\u17b5\u180b\u180c\u180d\u180e\u180f"
    "\U00016fe4\U0001d159"
)


_HARMLESS = re.compile(
    "[ -~\u00a1-\u00ac\u00ae-\u024f\u2010-\u2027\u2030-\u205e\u2190-\u2211\u2248-\u2265"
    "\u2400-\u2426\u2500-\u25fc\u27e8\u27e9\u2801-\u28ff]*"
)
"""Text of characters that everybody sees and that stand for themselves: ASCII, Latin letters,
and the signs that the app draws with.  Nearly all that is shown is of these."""


def _joins(char: str) -> bool:
    """Whether the character takes no cell of its own but changes the one before."""
    return (
        unicodedata.category(char) in {"Mn", "Me", "Mc"}
        or "\u1160" <= char <= "\u11ff"  # Hangul vowels and finals, which complete a syllable
        or "\ud7b0" <= char <= "\ud7ff"
        or "\U0001f3fb" <= char <= "\U0001f3ff"  # skin tones
    )


def _hides(char: str) -> bool:
    """Whether one does not see the character: controls, odd blanks, variation selectors."""
    return (
        not char.isprintable()
        or char in _BLANKS
        or "\ufe00" <= char <= "\ufe0f"
        or "\U000e0100" <= char <= "\U000e01ef"
    )


@final
class Shown(str):
    """Text that has been through :func:`visible`: it moves no cursor and hides nothing."""

    __slots__ = ()


def visible(text: str) -> Shown:
    """Make any text safe to show, and every hidden character in it visible.

    C0 and DEL become their control pictures (``␛``); C1, bidi controls, zero-width
    and other format characters, odd blanks and lone surrogates become ``⟨U+202E⟩``.
    Text that is already ``Shown`` is returned as it is.
    """
    if isinstance(text, Shown):
        return text
    if _HARMLESS.fullmatch(text):
        return Shown(text)
    out: list[str] = []
    marks = 0
    for char in text:
        if " " <= char <= "~":
            marks = 0
            out.append(char)
            continue
        code = ord(char)
        if code < 0x20:
            out.append(chr(0x2400 + code))
        elif code == 0x7F:
            out.append("␡")
        elif _joins(char):
            marks += 1
            out.append(f"⟨U+{code:04X}⟩" if marks > _MAX_MARKS or _hides(char) else char)
            continue
        elif _hides(char):
            out.append(f"⟨U+{code:04X}⟩")
        else:
            out.append(char)
        marks = 0
    return Shown("".join(out))


def well_formed(text: str) -> str:
    """Text that UTF-8 can hold: a lone surrogate, which JSON allows, becomes U+FFFD."""
    return _SURROGATE.sub("\ufffd", text)
