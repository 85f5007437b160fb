"""A strict reader of what is sent to a terminal: everything that is not plain text is named.

Built on ECMA-48: C0 and C1 controls, escape sequences, control sequences (CSI), and control
strings (DCS, OSC, SOS, PM, APC).  What a person would not see is named too, since bidirectional
and zero-width characters deceive a reader as sequences deceive a terminal.
"""

import base64
import re
import unicodedata
from collections.abc import Iterator

_TOKEN = re.compile(
    r"""
      (?P<csi>     \x1b\[ [0-?]* [\x20-/]* [@-~] )
    | (?P<string>  \x1b[P\]X^_] [^\x07\x1b\x9c]* (?: \x07 | \x1b\\ | \x9c ) )
    | (?P<escape>  \x1b [\x20-/]* [0-~] )
    | (?P<control> [\x00-\x1f\x7f-\x9f] )
    | (?P<text>    [^\x00-\x1f\x7f-\x9f]+ )
    """,
    re.VERBOSE,
)

_UNSEEN = {"Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_MOST_MARKS = 3
_PLACE = re.compile(r"\x1b\[[0-9;]*H")
_COLOUR = re.compile(r"\x1b\[[0-9;]*[34]8;2;\d{1,3};\d{1,3};\d{1,3}[0-9;]*m")
_CLIPBOARD = re.compile(r"\x1b\]52;c;(?P<copied>[A-Za-z0-9+/=]*)(?:\x07|\x1b\\)")


def found_in(sent: bytes) -> set[str]:
    """Every control sequence that was sent, and every character that is not seen.

    Sequences are given as they were sent, but for the numbers of a cursor's place and for colours
    of 24 bits, which are the app's own: it sends what changes from one cell to the next, and that
    depends on what stands side by side (hostile text has colours of 4 and 8 bits).  Of what is
    put on the clipboard, what stands there counts.
    """
    return set(_named(sent.decode("utf-8", "surrogateescape")))


def _named(sent: str) -> Iterator[str]:
    for match in _TOKEN.finditer(sent):
        token = match[0]
        if match.lastgroup == "text":
            yield from _unseen(token)
        elif _PLACE.fullmatch(token):
            yield "a place of the cursor"
        elif copied := _CLIPBOARD.fullmatch(token):
            yield "the clipboard"
            inside = base64.b64decode(copied["copied"]).decode("utf-8", "surrogateescape")
            yield from (f"in the clipboard: {one}" for one in _named(inside))
        else:
            yield "a colour of 24 bits" if _COLOUR.fullmatch(token) else repr(token)


def _unseen(text: str) -> Iterator[str]:
    marks = 0
    for char in text:
        if char.isascii():
            marks = 0
            continue
        category = unicodedata.category(char)
        if category in _UNSEEN:
            yield f"U+{ord(char):04X}"
        marks = marks + 1 if category in {"Mn", "Me"} else 0
        if marks > _MOST_MARKS:
            yield "a flood of marks"
