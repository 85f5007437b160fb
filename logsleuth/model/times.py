"""Instants as integer microseconds since the epoch, and their text forms.

Canvas and DAP write ISO 8601 with ``Z`` or an offset and 0 to 9 fraction digits
(DAP client ``timestamp.py``; Canvas writes audit times in the zone of the request).
"""

import re
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
WEEK = 7 * DAY

FIRST = (1 - date(1970, 1, 1).toordinal()) * DAY
LAST = (date.max.toordinal() + 1 - date(1970, 1, 1).toordinal()) * DAY - 1
"""The first and the last instant of the calendar, year 1 to year 9999."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()
_FORM = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?"
    r"(?:([Zz])|([+-])(\d\d):?(\d\d)?)?\Z",
    re.ASCII,
)


@lru_cache(maxsize=4096)
def _minute_us(prefix: str) -> int:
    """``2026-10-01T08:15`` as microseconds."""
    moment = datetime(
        int(prefix[0:4]),
        int(prefix[5:7]),
        int(prefix[8:10]),
        int(prefix[11:13]),
        int(prefix[14:16]),
        tzinfo=UTC,
    )
    return to_us(moment)


def to_us(moment: datetime) -> int:
    """An aware datetime as microseconds since the epoch."""
    delta = moment - _EPOCH
    return (delta.days * 86_400 + delta.seconds) * SECOND + delta.microseconds


def from_us(us: int, zone: tzinfo = UTC) -> datetime:
    """Microseconds since the epoch as an aware datetime in ``zone``.

    In UTC where the zone's own calendar would leave the years 1 to 9999.
    """
    moment = _EPOCH + timedelta(microseconds=us)
    try:
        return moment.astimezone(zone)
    except OverflowError:
        return moment


def parse(text: str, zone: tzinfo | None = None) -> int:
    """Microseconds of an ISO 8601 instant; digits beyond microseconds are cut off.

    Without an offset the time is read in ``zone``; where that is ``None`` too,
    ``ValueError``.  So is everything that is no instant of the years 1 to 9999.
    """
    if len(text) == 24 and text[-1] == "Z" and text[10] == "T" and text[19] == ".":
        # The form DAP writes; the cached minute makes it five times faster.
        seconds, millis = text[17:19], text[20:23]
        if seconds.isdecimal() and millis.isdecimal() and text.isascii() and seconds < "60":
            return _minute_us(text[:16]) + int(seconds) * SECOND + int(millis) * 1000
    found = _FORM.match(text)
    if not found:
        raise ValueError(f"not a time: {text!r}")
    year, month, day, hour, minute, second, fraction, utc, sign, off_h, off_m = found.groups()
    naive = datetime(int(year), int(month), int(day), int(hour), int(minute), int(second or 0))
    extra = int((fraction or "0").ljust(6, "0")[:6])
    if utc:
        moment = naive.replace(tzinfo=UTC)
    elif sign:
        if int(off_h) > 23 or int(off_m or 0) > 59:
            raise ValueError(f"not an offset: {text!r}")
        minutes = int(off_h) * 60 + int(off_m or 0)
        shift = timedelta(minutes=minutes if sign == "+" else -minutes)
        try:
            moment = (naive - shift).replace(tzinfo=UTC)
        except OverflowError as error:
            raise ValueError(f"out of range: {text!r}") from error
    elif zone is not None:
        moment = naive.replace(tzinfo=zone)
    else:
        raise ValueError(f"a time without an offset: {text!r}")
    return to_us(moment) + extra


def parse_date(text: str) -> date:
    """``2026-10-01``; ``ValueError`` for anything else."""
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII):
        raise ValueError(f"not a date: {text!r}")
    return date.fromisoformat(text)


def day_of(us: int) -> str:
    """The UTC day of an instant, as ``2026-10-01``."""
    return date.fromordinal(us // DAY + _EPOCH_ORDINAL).isoformat()


def day_start(day: str) -> int:
    """Microseconds of 00:00 UTC of ``2026-10-01``."""
    return (date.fromisoformat(day).toordinal() - _EPOCH_ORDINAL) * DAY


def midnight(day: date, zone: tzinfo) -> int:
    """Microseconds of the first instant of a calendar day in ``zone``."""
    return to_us(datetime(day.year, day.month, day.day, tzinfo=zone))


def iso(us: int, zone: tzinfo = UTC) -> str:
    """RFC 3339 with 3 fraction digits, 6 when there are microseconds; ``Z`` for UTC."""
    moment = from_us(us, zone)
    fraction = f"{us % SECOND:06d}"
    if fraction.endswith("000"):
        fraction = fraction[:3]
    return f"{moment.year:04d}-{moment:%m-%dT%H:%M:%S}.{fraction}{offset(moment)}"


def iso_seconds(us: int, zone: tzinfo = UTC) -> str:
    """RFC 3339 with whole seconds, as Canvas writes audit times."""
    moment = from_us(us, zone)
    return f"{moment.year:04d}-{moment:%m-%dT%H:%M:%S}{offset(moment)}"


def offset(moment: datetime) -> str:
    """``Z`` or ``+02:00`` of an aware datetime."""
    if moment.tzinfo is UTC:
        return "Z"
    shift = moment.utcoffset() or timedelta()
    if not shift:
        return "+00:00"
    minutes = round(shift.total_seconds() / 60)
    sign = "-" if minutes < 0 else "+"
    return f"{sign}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"
