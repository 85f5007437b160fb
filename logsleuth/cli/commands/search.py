"""``logsleuth search``: the requests that match."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import click

from logsleuth.cli import errors
from logsleuth.cli.asking import opened, read_filter, say_unfetched, whole
from logsleuth.cli.options import (
    filter_argument,
    limit_option,
    limit_was_chosen,
    listing_format,
    relative_option,
)
from logsleuth.cli.output import Column, Row, time_column, write_listing
from logsleuth.cli.settings import Settings
from logsleuth.filter.fields import BY_NAME, Kind
from logsleuth.filter.tree import Node
from logsleuth.model.ids import show_id
from logsleuth.model.weblog import COLUMNS, WebLog
from logsleuth.store.base import Store

_PAGE = 1000
"""Rows asked for at once: few enough to hold, enough to keep the asking cheap."""

_ALL = (*COLUMNS, "deleted_upstream")
_COMPUTED = ("actor", "masqueraded", "student_view", "write", "kind", "automatic", "about_user")
_LONG = frozenset({"url", "user_agent"})
_TIMES = frozenset({"timestamp", "deleted_upstream"})


class Columns(click.ParamType[tuple[str, ...]]):
    """Names of columns with commas between them, aliases allowed."""

    name = "names"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, ...]:
        known = (*_ALL, *_COMPUTED)
        found = []
        for word in value.split(","):
            name = word.strip()
            column = BY_NAME[name].name if name in BY_NAME else name
            if column not in known:
                self.fail(
                    f"'{name}' is no column of a request; choose from {', '.join(known)}.",
                    param,
                    ctx,
                )
            found.append(column)
        return tuple(found)


@click.command(short_help="List requests.")
@filter_argument
@limit_option
@click.option("--columns", type=Columns(), help="Columns to list, as timestamp,user_id,url.")
@click.option("--oldest-first", is_flag=True, help="List in the order of time.")
@relative_option
@listing_format
@click.pass_obj
def command(
    settings: Settings,
    filter_text: str,
    limit: int,
    columns: Sequence[str] | None,
    oldest_first: bool,
    relative_to: str,
    style: str | None,
) -> None:
    """List the requests that match FILTER, newest first."""
    with opened(settings) as cache:
        where = read_filter(cache, filter_text, settings.shown_zone, relative_to)
        found = _Search(cache.requests, where, limit, oldest_first)
        written = write_listing(
            found.rows(columns or ()),
            [_column(name) for name in columns or _ALL],
            table=None if columns else _TABLE,
            style=style,
            zone=settings.shown_zone,
        )
        if not written:
            say_unfetched(cache, where, settings)
    if found.more and not limit_was_chosen():
        which = "oldest" if oldest_first else "newest"
        errors.say(f"These are the {which} {written}; there are more (--limit 0 lists all).")


class _Search:
    """Requests by keyset pages; ``more`` says, at the end, whether the limit cut them off."""

    def __init__(self, store: Store, where: Node, limit: int, oldest_first: bool) -> None:
        self._store = store
        self._where = where
        self._limit = limit
        self._oldest_first = oldest_first
        self.more = False

    def rows(self, names: Sequence[str]) -> Iterator[Row]:
        extra = [name for name in names if name in _COMPUTED]
        for request in self._requests():
            row = request.as_json()
            row.update((name, _computed(request, name)) for name in extra)
            yield row

    def _requests(self) -> Iterator[WebLog]:
        left = self._limit
        after = None
        while True:
            page = whole(
                self._store.page(
                    self._where,
                    limit=min(_PAGE, left) if self._limit else _PAGE,
                    after=after,
                    oldest_first=self._oldest_first,
                )
            )
            yield from page.rows
            left -= len(page.rows)
            after = page.after
            self.more = page.more
            if not page.more or (self._limit and left <= 0):
                return


def _computed(request: WebLog, name: str) -> object:
    value = getattr(request, name)
    return "unknown" if name == "automatic" and value is None else value


def _column(name: str) -> Column:
    heading = BY_NAME[name].label if name in BY_NAME else name.replace("_", " ")
    if name in _TIMES:
        return time_column(name, heading)
    if name in BY_NAME and BY_NAME[name].kind is Kind.ID:
        return Column(name, heading, lambda row, _: _short(row[name]))
    return Column(name, heading, cut=name in _LONG)


def _short(number: int | None) -> str:
    return "" if number is None else show_id(number)


_TABLE = (
    _column("timestamp"),
    _column("user_id"),
    _column("real_user_id"),
    _column("http_method"),
    replace(_column("http_status"), wide=True),
    replace(_column("remote_ip"), wide=True),
    _column("url"),
)
