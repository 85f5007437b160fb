"""CSV that a spreadsheet shows and never calculates."""

import re

_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?\Z", re.ASCII)

_START = re.compile(r"\A\s*[=+\-@＝＋－＠]|\A[\t\r]")
_WITHIN = re.compile(r"[;|\t\r\n]\s*(?=[=+\-@＝＋－＠])")
"""What makes a spreadsheet calculate: at the start of a cell, and after what some take for
the end of one (Excel parts cells at semicolons where the comma is the decimal sign)."""


def defused(cell: str) -> str:
    """The cell with an apostrophe before all that a spreadsheet would calculate.

    Numbers stay as they are.  Who writes cells says how many were changed.
    """
    if _NUMBER.match(cell):
        return cell
    return _WITHIN.sub(r"\g<0>'", f"'{cell}" if _START.match(cell) else cell)


def quoted(cell: str) -> str:
    """The cell as RFC 4180 wants it; an empty text is two quotes, to tell it from a null."""
    if cell and not any(char in cell for char in ',"\r\n'):
        return cell
    return '"' + cell.replace('"', '""') + '"'
