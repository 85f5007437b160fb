"""Lines that are wider than a terminal, folded between words."""

import shutil
from typing import TextIO


def folded(line: str, stream: TextIO) -> list[str]:
    """A line as the lines that a terminal has room for; in a pipe, the line as it is.

    What follows is set in as the line itself is.  No word is broken: a path or an address
    stays whole, to be copied.
    """
    if not stream.isatty():
        return [line]
    room = shutil.get_terminal_size().columns
    if len(line) <= room:
        return [line]
    # Only here: most lines are short, and most output goes to no terminal.
    from textwrap import wrap

    indent = line[: len(line) - len(line.lstrip())]
    return wrap(
        line, room, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    ) or [line]
