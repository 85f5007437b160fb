"""Accounts of a report, and values to look for elsewhere."""

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from logsleuth.model import times
from logsleuth.model.weblog import WebLog
from logsleuth.report import said
from logsleuth.report.context import Context
from logsleuth.report.model import Actor, Data, Indicator, Own, Sentence
from logsleuth.report.queries import EVENTS, Where

MOST_ACTORS = 15
MOST_INDICATORS = 8
"""Of each kind; the evidence files have the others."""


def actors(context: Context) -> tuple[list[Actor], Sentence]:
    """Accounts that were signed in, acted as, or named by a change: most requests first."""
    weight: Counter[int] = Counter()
    for kept in context.requests:
        row = kept.row
        weight.update(number for number in {row.actor, row.user_id} if number is not None)
    for event in context.snapshot.events:
        named = {event.event.user_id, event.trace.signed_in_user_id}
        weight.update({number: 1_000_000 for number in named if number is not None})
    # Not by the id: in a redacted report its order would tell of it.
    ranked = sorted(weight.items(), key=lambda one: (-one[1], context.disguise.account(one[0])))
    own = {kept.row.actor for kept in context.requests}
    chosen = [_actor(context, number, own=number in own) for number, _ in ranked[:MOST_ACTORS]]
    left_out: Sentence = []
    if len(ranked) > MOST_ACTORS:
        left_out = [
            f"Listed are accounts that changes name, and those with the most requests, at most"
            f" {MOST_ACTORS}. The requests ran as ",
            context.count("accounts that requests ran as", distinct="user_id"),
            " accounts in all; evidence/requests.jsonl has them.",
        ]
    return chosen, left_out


def _actor(context: Context, number: int, *, own: bool) -> Actor:
    disguise = context.disguise
    account, value = disguise.account(number), disguise.person(number)
    return Actor(
        account=said.data(account),
        signed_in=context.count(f"requests of the account {account}", {"actor": value}),
        own=_own(context, f" of the account {account}", {"actor": value}) if own else None,
        acted_as=context.count(
            f"requests of others acting as the account {account}",
            {"user_id": value, "masqueraded": True},
        ),
        recorded_as=context.book.figure(
            f"course changes recorded as the account {account}", {"recorded_user_id": value}, EVENTS
        ),
        signed_in_as=context.book.figure(
            f"course changes while the account {account} was signed in",
            {"signed_in_user_id": value},
            EVENTS,
        ),
    )


def _own(context: Context, of: str, where: Where) -> Own:
    return Own(
        split=context.split(of, where),
        acting=context.count(
            f"requests{of} while acting as another", {**where, "masqueraded": True}
        ),
        addresses=context.count(f"addresses{of}", where, distinct="remote_ip"),
        sessions=context.count(f"sessions{of}", where, distinct="session_id"),
    )


def indicators(context: Context) -> tuple[list[Indicator], Sentence]:
    """Addresses, sessions, keys and agents, most requests first."""
    disguise = context.disguise
    kinds: tuple[tuple[str, str, Callable[[WebLog], Any], Callable[[Any], str]], ...] = (
        ("address", "remote_ip", lambda row: disguise.address(row.remote_ip), str),
        ("session", "session_id", lambda row: disguise.session(row.session_id), str),
        ("key", "developer_key_id", lambda row: row.developer_key_id, disguise.key_label),
        ("agent", "user_agent", lambda row: disguise.agent(row.user_agent), str),
    )
    found: list[Indicator] = []
    cut = False
    for kind, column, value_of, shown in kinds:
        reach = _reach((value_of(kept.row), kept.row.timestamp) for kept in context.requests)
        ranked = sorted(reach.items(), key=lambda one: (-one[1][0], str(one[0])))
        cut = cut or len(ranked) > MOST_INDICATORS
        for value, (_, first, last) in ranked[:MOST_INDICATORS]:
            wanted = disguise.key(value) if kind == "key" else value
            found.append(_indicator(context, kind, column, wanted, shown(value), first, last))
    left_out: Sentence = []
    if cut:
        left_out = [
            f"At most {MOST_INDICATORS} of each kind are listed, those with the most requests;"
            " evidence/requests.jsonl has them all."
        ]
    return found, left_out


def _reach(seen: Iterable[tuple[Any, int]]) -> dict[Any, tuple[int, int, int]]:
    """Requests, first and last time of each value, from rows in the order of time."""
    found: dict[Any, tuple[int, int, int]] = {}
    for value, at in seen:
        if value is not None:
            count, first, _ = found.get(value, (0, at, at))
            found[value] = (count + 1, first, at)
    return found


def _indicator(
    context: Context, kind: str, column: str, value: Any, shown: str, first: int, last: int
) -> Indicator:
    text = said.data(shown)
    where = {column: value}
    return Indicator(
        kind=kind,
        value=Data(text.text),
        requests=context.count(f"requests with the {kind} {text.text}", where),
        accounts=context.count(
            f"accounts signed in with the {kind} {text.text}", where, distinct="actor"
        ),
        first=times.iso(first),
        last=times.iso(last),
    )
