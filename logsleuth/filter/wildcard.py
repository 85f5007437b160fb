"""How text is compared: case folding and the star, the same in memory and in a store."""

import string

_FOLD = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


def fold(text: str) -> str:
    """ASCII letters in lower case, all else as it is."""
    return text.lower() if text.isascii() else text.translate(_FOLD)


def parts_match(parts: tuple[str, ...], value: str) -> bool:
    """Whether the whole value is the parts, in order, with anything between them."""
    first, *middle = parts
    if not middle:
        return value == first
    end = middle.pop()
    if not value.startswith(first) or len(value) < len(first) + len(end):
        return False
    at, stop = len(first), len(value) - len(end)
    for part in middle:
        found = value.find(part, at, stop)
        if found < 0:
            return False
        at = found + len(part)
    return value.endswith(end)
