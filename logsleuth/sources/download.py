"""Download of a file of DAP: resumed where it broke off, and read to its end.

The address is asked for anew before every try, since it lives for minutes; it carries its
own signature, so no other token goes with it, and it is never shown.
"""

import asyncio
import os
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import IO

import httpx

from logsleuth.model import clock
from logsleuth.sources import http
from logsleuth.sources.errors import SourceError
from logsleuth.sources.files import Blocks
from logsleuth.sources.http import HttpError, Patience

SLOWEST, SLOW_SECONDS = 1_000, 600.0
"""Bytes a second, over so many seconds: a file that comes more slowly is not waited for."""

_CONTENT_RANGE = re.compile(r"bytes (?:(\d+)-\d+|\*)/(\d+|\*)\Z", re.ASCII)

Address = Callable[[], Awaitable[httpx.URL]]
Told = Callable[[int, int | None], None]
"""Called with the bytes that are here, and the bytes that there will be if that is known."""


class _BrokenError(Exception):
    """A try that brought no whole file: why, and what the server answered, if it did."""

    def __init__(self, problem: str, response: httpx.Response | None = None) -> None:
        super().__init__(problem)
        self.response = response


async def download(
    client: httpx.AsyncClient, address: Address, path: Path, patience: Patience, told: Told
) -> None:
    """Bring a gzip file to ``path``, whole and checked to the end of its last member.

    What came before is kept beside it as ``.part`` and goes on from there, also after the
    program was stopped.  Tries are counted anew whenever the file grew.  Raises ``HttpError``
    when they are used up; ``told`` may raise to stop it.
    """
    part = path.with_name(f"{path.name}.part")
    turn, most = 0, _size(part)
    while True:
        response = None
        url = await address()
        try:
            await _fetch(client, url, part, told)
            await asyncio.to_thread(_check, part)
        except _BrokenError as broken:
            problem, response = str(broken), broken.response
        except httpx.HTTPError as error:
            problem = http.in_words(error, url)
        except SourceError as error:
            if isinstance(error, HttpError):
                raise
            part.unlink()
            problem = f"a file from {url.host} came damaged"
        else:
            part.rename(path)
            return
        turn = 0 if _size(part) > most else turn + 1
        most = max(most, _size(part))
        if turn >= patience.tries:
            raise HttpError(f"A file could not be downloaded: {problem}; try again later.")
        await patience.pause(problem, turn, response)


async def _fetch(client: httpx.AsyncClient, url: httpx.URL, part: Path, told: Told) -> None:
    """Add to what is there of a file until all of it is there."""
    have = _size(part)
    headers = {"Accept-Encoding": "identity"}
    if have:
        headers["Range"] = f"bytes={have}-"
    async with client.stream("GET", url, headers=headers) as response:
        found = _CONTENT_RANGE.match(response.headers.get("Content-Range", ""))
        total = int(found[2]) if found and found[2] != "*" else None
        if response.status_code == 416 and have:
            if total == have:
                return
            part.unlink()
            raise _BrokenError(f"{url.host} does not go on where a file broke off")
        if response.status_code == 206 and not (found and found[1] == str(have)):
            part.unlink()
            raise _BrokenError(f"{url.host} does not go on where a file broke off")
        if response.status_code not in (200, 206):
            raise _BrokenError(f"{url.host} answered {response.status_code} for a file", response)
        if response.status_code == 200:
            length = response.headers.get("Content-Length", "")
            have, total = 0, int(length) if length.isdecimal() else None
        told(have, total)
        began, before = clock.monotonic(), have
        with _opened(part, append=bool(have)) as file:
            async for block in response.aiter_raw():
                file.write(block)
                have += len(block)
                told(have, total)
                if clock.monotonic() - began > SLOW_SECONDS:
                    if have - before < SLOWEST * SLOW_SECONDS:
                        raise HttpError(
                            f"{url.host} sends a file at less than {SLOWEST:,} bytes a second;"
                            " try again later, it then goes on from there."
                        )
                    began, before = clock.monotonic(), have
        if total is not None and have != total:
            raise _BrokenError(f"{url.host} sent {have:,} of {total:,} bytes of a file")


def _check(part: Path) -> None:
    """Read a file to the end of its last gzip member; ``SourceError`` if it is damaged.

    Then it is on the disk for good: after a power cut, a file that is whole by its name must
    not turn out to be empty.
    """
    with part.open("rb") as file:
        if file.read(2) != b"\x1f\x8b":
            raise SourceError(f"{part} is no gzip file.")
    for _ in Blocks(part):
        pass
    with part.open("rb") as file:
        os.fsync(file.fileno())


def _opened(part: Path, append: bool) -> IO[bytes]:
    flags = os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | (os.O_APPEND if append else os.O_TRUNC)
    return os.fdopen(os.open(part, flags, 0o600), "wb")


def _size(part: Path) -> int:
    return part.stat().st_size if part.exists() else 0
