"""What a sync of requests would take, in words and as JSON."""

import shutil
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from logsleuth.cli import errors, output
from logsleuth.cli.settings import Settings
from logsleuth.ingest import web_logs_estimate as figures
from logsleuth.ingest.web_logs_estimate import Estimate
from logsleuth.ingest.web_logs_plan import Plan
from logsleuth.ingest.web_logs_report import Wanted
from logsleuth.model import clock, times
from logsleuth.sources import dap
from logsleuth.store.base import StoreError
from logsleuth.store.cache import Cache
from logsleuth.store.coverage import FEED
from logsleuth.store.paths import CATALOGUE


def write(settings: Settings, wanted: Wanted, style: str) -> None:
    """Print the estimate of a sync."""
    found, _ = _estimate(settings, wanted)
    if style == "json":
        known = asdict(found)
        known |= {"since": times.iso(found.since), "until": times.iso(found.until)}
        output.write_json({**known, "seconds": found.seconds})
    else:
        output.write_text(_text(found, settings))


def say_if_first(settings: Settings, wanted: Wanted) -> None:
    """Before a first sync: say what it will take."""
    try:
        found, chain = _estimate(settings, wanted)
    except StoreError:
        return  # What a stopped writer left is mended by the sync itself.
    if chain is None:
        for line in _text(found, settings):
            errors.say(line)


def _estimate(settings: Settings, wanted: Wanted) -> tuple[Estimate, str | None]:
    chain, rows = None, None
    if (settings.cache / CATALOGUE).exists():
        cache = Cache.open(settings.cache)
        try:
            chain, rows = cache.catalogue.chain(FEED), figures.rows_a_day(cache)
        finally:
            cache.close()
    plan = Plan(wanted, chain, clock.now_us())
    free = shutil.disk_usage(_existing(settings.cache)).free
    return figures.estimate(plan, rows, free), chain


def _existing(folder: Path) -> Path:
    """The folder, or the nearest one above it that is there."""
    return next(one for one in (folder.absolute(), *folder.absolute().parents) if one.is_dir())


def _text(found: Estimate, settings: Settings) -> Iterator[str]:
    zone = settings.shown_zone
    yield (
        f"Estimate  requests from {times.iso_seconds(found.since, zone)} until"
        f" {times.iso_seconds(found.until, zone)}"
    )
    known = "as in this cache" if found.measured else "assumed: a large university"
    yield f"Rows      {found.rows:,} ({found.rows_a_day:,} a day, {known})"
    yield f"Download  {_size(found.packed)} in about {found.files:,} files"
    yield (
        f"Disk      {_size(found.disk)} in the cache, {_size(found.passing)} more for a while;"
        f" {_size(found.free)} are free"
    )
    yield (
        f"Requests  {found.jobs:,} jobs, about {found.polls:,} looks at them,"
        f" {found.files:,} addresses of files, {found.logins:,} logins;"
    )
    yield (
        f"          held to DAP's limits of {dap.STARTS_A_MINUTE}, {dap.POLLS_A_MINUTE} and"
        f" {dap.URLS_A_MINUTE} a minute: none is exceeded"
    )
    yield f"Time      about {_duration(found.seconds)}:"
    yield (
        f"          {_duration(found.seconds_dap)} for DAP's work"
        f" ({figures.JOB_SECONDS // 60} min a job, assumed),"
    )
    yield (
        f"          {_duration(found.seconds_download)} download"
        f" ({figures.BYTES_A_SECOND / 1e6:.0f} MB a second, assumed),"
    )
    yield (
        f"          {_duration(found.seconds_import)} import"
        f" ({figures.ROWS_A_SECOND:,} rows a second, measured)"
    )


def _size(size: int) -> str:
    return f"{size / 1e9:,.1f} GB" if size >= 1e8 else f"{size / 1e6:,.1f} MB"


def _duration(seconds: int) -> str:
    minutes = round(seconds / 60)
    if minutes < 1:
        return "under a minute"
    return f"{minutes // 60} h {minutes % 60:02d} min" if minutes >= 60 else f"{minutes} min"
