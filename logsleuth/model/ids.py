"""Canvas ids and UUIDs.

A global id is shard x 10^13 + local id.  In DAP, ids of one's own institution are
local; accounts of other institutions and site-admin keys appear as global ids.
"""

import re

SHARD = 10**13
INT64_MAX = 2**63 - 1
INT64_MIN = -(2**63)

_UUID = re.compile(r"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}\Z", re.I)
_TILDE = re.compile(r"(\d{1,6})~(\d{1,13})\Z", re.ASCII)
_DIGITS = re.compile(r"-?\d{1,19}\Z", re.ASCII)


def is_foreign(user_id: int | None) -> bool:
    """Whether an account id belongs to another institution."""
    return user_id is not None and user_id >= SHARD


def parse_id(text: str) -> int | None:
    """``101`` or ``7~123`` (the global id 7 x 10^13 + 123); ``None`` if it is neither."""
    if _DIGITS.match(text):
        number = int(text)
        return number if INT64_MIN <= number <= INT64_MAX else None
    tilde = _TILDE.match(text)
    if tilde:
        return int(tilde[1]) * SHARD + int(tilde[2])
    return None


def show_id(number: int) -> str:
    """An id for people: local ids as they are, global ones as ``shard~local``."""
    if number >= SHARD:
        shard, local = divmod(number, SHARD)
        return f"{shard}~{local}"
    return str(number)


def parse_uuid(text: str) -> str | None:
    """A UUID, with or without dashes, in any case, as lower case with dashes."""
    if not _UUID.match(text):
        return None
    plain = text.replace("-", "").lower()
    return f"{plain[:8]}-{plain[8:12]}-{plain[12:16]}-{plain[16:20]}-{plain[20:]}"


def uuid_bytes(text: str) -> bytes | None:
    """The 16 bytes of a UUID, or ``None`` if the text is not one."""
    plain = text
    if len(text) == 36 and text[8:24:5] == "----":
        plain = text.replace("-", "")
    if len(plain) != 32:
        return None
    try:
        raw = bytes.fromhex(plain)
    except ValueError:
        return None
    return raw if len(raw) == 16 else None  # it is shorter where blanks were skipped


def uuid_text(raw: bytes) -> str:
    """16 bytes as lower case UUID with dashes."""
    plain = raw.hex()
    return f"{plain[:8]}-{plain[8:12]}-{plain[12:16]}-{plain[16:20]}-{plain[20:]}"
