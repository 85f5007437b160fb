"""The one place that makes text from data safe to show.

Textual and Rich hand ESC, C1, bidi and zero-width characters straight to the
terminal, and read markup in plain strings; so whatever came from a log, a server or
a file becomes ``Shown`` before it reaches a screen, and widgets accept nothing else.
"""

import unicodedata
from typing import final

_MAX_MARKS = 3
"""Combining marks kept on one character; a flood of them climbs over other lines."""

_BLANKS = frozenset(
    "\u115f\u1160\u2800\u3164\uffa0\u034f\u17b4\u17b5\u180b\u180c\u180d\u180e\u180f"
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
    if text.isascii() and text.isprintable():
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
        elif unicodedata.category(char) in {"Mn", "Me", "Mc"}:
            marks += 1
            hidden = marks > _MAX_MARKS or 0xFE00 <= code <= 0xFE0F or 0xE0100 <= code <= 0xE01EF
            out.append(f"⟨U+{code:04X}⟩" if hidden or char in _BLANKS else char)
            continue
        elif not char.isprintable() or char in _BLANKS:
            out.append(f"⟨U+{code:04X}⟩")
        else:
            out.append(char)
        marks = 0
    return Shown("".join(out))
