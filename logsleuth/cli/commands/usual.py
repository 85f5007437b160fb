"""``logsleuth usual``: whether address, agent and hour of a request are usual, in numbers."""

from collections.abc import Iterator
from typing import Any

import click

from logsleuth.cli import errors, output
from logsleuth.cli.asking import opened
from logsleuth.cli.explain import labelled, names_of
from logsleuth.cli.options import answer_format
from logsleuth.cli.settings import Settings
from logsleuth.model import times
from logsleuth.model.jsontext import plain
from logsleuth.model.weblog import WebLog, changes
from logsleuth.store import usual
from logsleuth.store.cache import Cache
from logsleuth.store.usual import Other, Others, Usual


@click.command(short_help="Say what is usual for a request's account.")
@click.argument("request_id")
@answer_format
@click.pass_obj
def command(settings: Settings, request_id: str, style: str) -> None:
    """Say on how many earlier days the account of a request had the same address, the same
    agent, and requests about the same hour; and which other sessions of it were alive
    within 30 minutes.

    Days and hours are those of the campus zone, if it is set, else of UTC. Days before the
    request's own are counted. Older versions of the request are told, too.
    """
    with opened(settings) as cache:
        request = cache.requests.request(request_id)
        if request is None:
            raise errors.Failed(
                f"The cache holds no request {request_id}; 'logsleuth search' lists those it holds."
            )
        zone = settings.shown_zone
        numbers = usual.usual(cache.requests, cache.catalogue, request, zone)
        beside = usual.others(cache.requests, request)
        older = cache.requests.older_versions(request.id)
        if style == "json":
            output.write_json(_as_json(cache, settings, request, numbers, beside, list(older)))
        else:
            output.write_text(_as_text(cache, settings, request, numbers, beside, list(older)))


def _as_json(
    cache: Cache,
    settings: Settings,
    request: WebLog,
    numbers: Usual | None,
    beside: Others,
    older: list[WebLog],
) -> dict[str, Any]:
    source = None if request.source_id is None else cache.catalogue.source(request.source_id)
    found: dict[str, Any] = {
        "request_id": request.id,
        "timestamp": times.iso(request.timestamp),
        "actor": request.actor,
        "remote_ip": request.remote_ip,
        "network": settings.networks.name(request.remote_ip) or None,
        "user_agent": request.user_agent,
        "timezone": str(settings.shown_zone),
        "earlier_days": None,
        "earlier_days_not_whole": None,
        "days_with_address": None,
        "days_with_agent": None,
        "days_with_hour": None,
        "hours": None,
        "too_few_days": None,
        "other_sessions": [_other_as_json(one) for one in beside.sessions],
        "other_sessions_complete": beside.complete,
        "source": source and {"name": source.name, "sha256": source.sha256},
        "older_versions": [version.as_json() for version in older],
    }
    if numbers is not None:
        found |= {
            "earlier_days": numbers.days,
            "earlier_days_not_whole": numbers.not_whole,
            "days_with_address": numbers.address,
            "days_with_agent": numbers.agent,
            "days_with_hour": numbers.hour,
            "hours": list(numbers.hours),
            "too_few_days": numbers.few,
        }
    return found


def _other_as_json(other: Other) -> dict[str, Any]:
    return {
        "session_id": other.session_id,
        "developer_key_id": other.developer_key_id,
        "addresses": list(other.addresses),
        "agents": list(other.agents),
        "requests": other.requests,
        "first": times.iso(other.first),
        "last": times.iso(other.last),
    }


def _as_text(
    cache: Cache,
    settings: Settings,
    request: WebLog,
    numbers: Usual | None,
    beside: Others,
    older: list[WebLog],
) -> Iterator[str]:
    zone, networks = settings.shown_zone, settings.networks
    name = names_of(cache.catalogue)
    yield f"{times.iso(request.timestamp, zone)}  {request.http_method or ''} {request.url or ''}"
    if numbers is None or request.actor is None:
        yield "Nobody was signed in: there is no account to compare with."
    else:
        yield f"Account   {labelled('user', request.actor, name)}"
        yield from (f"          {said}" for said, _ in usual.words(numbers))
        yield f"Address   {networks.beside(request.remote_ip) or '(none)'}"
        yield f"Agent     {request.user_agent or '(none)'}"
        yield f"Nearby    {usual.others_words(beside)}"
        for other in beside.sessions:
            where = ", ".join(networks.beside(address) for address in other.addresses)
            yield (
                f"          {other.session_id or f'calls with key {other.developer_key_id}'}:"
                f" {other.requests:,} requests, {times.iso_seconds(other.first, zone)} to"
                f" {times.iso_seconds(other.last, zone)}, from {where or 'no address'}"
            )
    source = None if request.source_id is None else cache.catalogue.source(request.source_id)
    if source is not None:
        yield f"Source    {source.name} (SHA-256 {source.sha256})"
    for newer, version in zip([request, *older], older, strict=False):
        when = "" if version.meta_ts is None else f" of {times.iso(version.meta_ts, zone)}"
        yield f"Older     the version{when}"
        for column, was, became in changes(version, newer):
            yield f"          {column}: {_value(was)} → {_value(became)}"


def _value(value: object) -> str:
    return "(nothing)" if value is None else plain(value)
