"""Requests of a day, counted: in all, and per span of time."""

from logsleuth.filter.tree import Node
from logsleuth.model import times
from logsleuth.store.sqlite.facts import Day
from logsleuth.store.sqlite.plan import Piece, pieces


def count(day: Day, where: Node) -> int:
    """How many requests of the day match."""
    return sum(counted(day, piece) for piece in pieces(day, where, frozenset()))


def counted(day: Day, piece: Piece) -> int:
    """How many requests a part of them is."""
    found: int = day.connection.execute(
        f"SELECT ifnull({piece.count}, 0) FROM {piece.table} r WHERE {piece.condition.text}",
        piece.condition.parameters,
    ).get
    return found


def buckets(day: Day, where: Node, seconds: int) -> list[tuple[int, int, int, int]]:
    """``(start, requests, errors, writes)`` of the day, start in microseconds; a span of
    time of so many seconds, or the day if that is shorter, may be there more than once."""
    step = min(seconds, 86_400)
    found: list[tuple[int, int, int, int]] = []
    for piece in pieces(day, where, frozenset({"errors", "writes"}), step):
        rows = day.connection.execute(
            f"SELECT {piece.ms} / ? b, {piece.count}, {piece.errors}, {piece.writes}"
            f" FROM {piece.table} r WHERE {piece.condition.text} GROUP BY b",
            (step * 1000, *piece.condition.parameters),
        )
        found += [
            (day.start + bucket * step * times.SECOND, count, errors, writes)
            for bucket, count, errors, writes in rows
        ]
    return found
