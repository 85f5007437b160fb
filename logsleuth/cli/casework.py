"""What the commands on cases share: the case that is meant, and the words for what is in it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import tzinfo
from typing import Any

import click

from logsleuth.case import places
from logsleuth.case.case import Case
from logsleuth.case.model import Evidence
from logsleuth.cli.settings import Settings
from logsleuth.model import times

Command = Callable[..., Any]

name_argument = click.argument("name")

replace_help = "Write this one anew; the log keeps what it said before."


def named(name: str) -> Case:
    """The case of a name or path; ``CaseError`` if there is none that can be read."""
    return Case.open(places.find(name))


def apart(settings: Settings) -> Settings:
    """The settings without the case that is open: what these commands do is in the log of
    the case that they name."""
    return replace(settings, case=None)


def labels(text: str | None) -> list[str]:
    """``E1, e3`` as labels."""
    return [word.strip().upper() for word in (text or "").split(",") if word.strip()]


def what(one: Evidence) -> str:
    """One piece of evidence in words: what it is and how many requests came with it."""
    if one.kind == "request":
        return f"request {one.reference}"
    if one.kind == "event":
        requests = "1 request" if one.copied == 1 else f"{one.copied:,} requests"
        return f"course change {one.reference} with its trace, which lists {requests}"
    subject = {
        "session": f"session {one.reference}",
        "span": f"span of acting as another, {one.reference}",
        "filter": f"filter {one.reference or '(everything)'}",
    }[one.kind]
    copied = f"the newest {one.copied:,} copied" if one.cut else "all copied"
    return f"{subject}: {one.count:,} requests, {copied}"


def when(one: Evidence, zone: tzinfo) -> str:
    """From the first to the last row of a piece of evidence."""
    if one.first is None or one.last is None:
        return "no row"
    first = times.iso_seconds(one.first, zone)
    last = times.iso_seconds(one.last, zone)
    return first if first == last else f"{first} to {last}"
