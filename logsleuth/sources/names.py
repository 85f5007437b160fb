"""Names from DAP's ``canvas`` tables: users, pseudonyms, courses, developer_keys."""

from dataclasses import dataclass
from typing import Any

from logsleuth.model import ids, times
from logsleuth.model.text import well_formed

NAME_KINDS = {"users": "user", "courses": "course", "developer_keys": "key"}


@dataclass(frozen=True, slots=True)
class NameRecord:
    """A row of ``canvas.users``, ``canvas.courses`` or ``canvas.developer_keys``."""

    kind: str
    id: int
    name: str
    detail: str | None
    sis_id: str | None
    seen_at: int


@dataclass(frozen=True, slots=True)
class LoginRecord:
    """A row of ``canvas.pseudonyms``."""

    id: int
    user_id: int
    login: str | None
    sis_id: str | None
    seen_at: int


def record(
    table: str, meta: dict[str, Any], key: dict[str, Any], value: dict[str, Any]
) -> NameRecord | LoginRecord | None:
    """The name in a row; ``None`` for a deletion (what was called so stays called so).

    ``ValueError`` with the reason for a row that holds none.
    """
    if meta.get("action") == "D":
        return None
    number = _id(key.get("id"))
    if number is None:
        raise ValueError("there is no key.id that is a number")
    stamp = meta.get("ts")
    seen = times.parse(stamp) if isinstance(stamp, str) else 0
    if table == "pseudonyms":
        user = _id(value.get("user_id"))
        if user is None:
            raise ValueError("there is no user_id")
        return LoginRecord(
            number, user, _text(value.get("unique_id")), _text(value.get("sis_user_id")), seen
        )
    return NameRecord(
        NAME_KINDS[table],
        number,
        _text(value.get("name")) or "",
        _text(value.get("course_code")) if table == "courses" else None,
        _text(value.get("sis_source_id")) if table == "courses" else None,
        seen,
    )


def _id(value: Any) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value if ids.INT64_MIN <= value <= ids.INT64_MAX else None
    return ids.parse_id(value) if isinstance(value, str) else None


def _text(value: Any) -> str | None:
    return well_formed(str(value)) if value not in (None, "") else None
