"""The client that both Canvas and DAP are asked with: whom it asks, and how long it waits."""

import asyncio
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from standins.serving import Answer, Asked, Serving

from logsleuth.model import clock
from logsleuth.sources import http
from logsleuth.sources.http import HttpError, Pace, Patience


@pytest.fixture(autouse=True)
def loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(http.ALLOW_LOOPBACK, "1")


def fine(_: Asked) -> Answer:
    return Answer(body=b"fine")


@pytest.fixture
def serving() -> Iterator[Serving]:
    with Serving(fine) as server:
        yield server


def self_signed(folder: Path) -> tuple[str, str]:
    """A certificate of 127.0.0.1 and its key, as files."""
    paths = str(folder / "certificate.pem"), str(folder / "key.pem")
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
            *("-nodes", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"),
            *("-out", paths[0], "-keyout", paths[1]),
        ],
        check=True,
        capture_output=True,
    )
    return paths


class Waits:
    """A sleep that only takes notes."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.seconds.append(seconds)


@pytest.mark.parametrize(
    "text",
    [
        *("", "canvas.example", "https://", "https://u:p@canvas.example", "http://canvas.example"),
        *("http://localhost@evil.example", "https://xn--/", "http://127.0.0.1.evil.example"),
    ],
)
def test_an_address_is_https_and_nothing_else(text: str) -> None:
    with pytest.raises(HttpError, match="CANVAS_API_URL"):
        http.address(text, "CANVAS_API_URL")


def test_plain_http_to_this_machine_only_when_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert http.address("http://127.0.0.1:1234", "DAP_API_URL").port == 1234
    monkeypatch.delenv(http.ALLOW_LOOPBACK)
    with pytest.raises(HttpError, match="only https"):
        http.address("http://127.0.0.1:1234", "DAP_API_URL")


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl makes the certificate")
async def test_no_key_of_a_connection_is_written_for_others_to_read_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Python writes them wherever this variable says."""
    keys, certificate = tmp_path / "keys.txt", self_signed(tmp_path)
    monkeypatch.setenv("SSLKEYLOGFILE", str(keys))
    monkeypatch.setenv("SSL_CERT_FILE", certificate[0])
    with Serving(fine, certificate) as server:
        async with http.client(None) as client:
            assert (await client.get(server.url)).text == "fine"
    assert "CLIENT_" not in keys.read_text()


async def test_this_machine_is_asked_without_a_proxy(
    serving: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Serving(fine) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        async with http.client(None) as client:
            await client.get(serving.url)
        assert (len(serving.asked), len(proxy.asked)) == (1, 0)


async def test_the_token_goes_to_the_configured_server_only(serving: Serving) -> None:
    token = {"Authorization": "Bearer canary-secret"}
    with Serving(fine) as other:
        async with http.client(httpx.URL(serving.url)) as client:
            assert (await client.get(f"{serving.url}/a", headers=token)).text == "fine"
            with pytest.raises(HttpError) as refused:
                await client.get(f"{other.url}/b", headers=token)
            assert (await client.get(f"{other.url}/c")).text == "fine"
        assert "canary" not in str(refused.value)
        assert [asked.path for asked in other.asked] == ["/c"]
        assert "authorization" not in other.asked[0].headers


async def test_a_redirect_is_not_followed() -> None:
    with Serving(fine) as other:

        def away(_: Asked) -> Answer:
            return Answer(302, headers={"Location": f"{other.url}/here"})

        with Serving(away) as server:
            async with http.client(httpx.URL(server.url)) as client:
                assert (await client.get(server.url)).status_code == 302
        assert other.asked == []


async def test_no_cookie_is_kept() -> None:
    def cookie(_: Asked) -> Answer:
        return Answer(headers={"Set-Cookie": "_session=canary; Path=/"})

    with Serving(cookie) as server:
        async with http.client(None) as client:
            await client.get(server.url)
            await client.get(server.url)
        assert all("cookie" not in asked.headers for asked in server.asked)


async def test_an_address_without_tls_is_not_asked() -> None:
    async with http.client(None) as client:
        with pytest.raises(HttpError, match="not https"):
            await client.get("http://192.0.2.1/?sig=canary")


@pytest.mark.parametrize(
    ("headers", "least", "most"),
    [
        ({"Retry-After": "7"}, 7, 7),
        ({}, 30, 30),
        ({"Retry-After": "soon"}, 30, 30),
    ],
)
async def test_a_throttled_question_waits_as_long_as_it_is_told(
    headers: dict[str, str], least: float, most: float
) -> None:
    answers = iter([Answer(429, headers=headers), Answer(body=b"fine")])
    waits = Waits()
    said: list[str] = []
    with Serving(lambda _: next(answers)) as server:
        url = httpx.URL(server.url)
        async with http.client(None) as client:
            patience = Patience(waits.sleep, said.append)
            found = await patience.ask(lambda: client.get(url), url)
    assert found.text == "fine"
    assert len(waits.seconds) == 1
    assert least <= waits.seconds[0] <= most
    assert "429" in said[0]


async def test_a_date_to_wait_for(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = httpx.Response(503, headers={"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"})
    monkeypatch.setattr(clock, "now_us", lambda: 1_792_567_650_000_000)  # 30 s before
    assert http.retry_after(answer) == 30


async def test_patience_ends(serving: Serving) -> None:
    serving.answer = lambda _: Answer(502, b"<html>Bad Gateway</html>")
    waits = Waits()
    url = httpx.URL(serving.url)
    async with http.client(None) as client:
        last = await Patience(waits.sleep, tries=4).ask(lambda: client.get(url), url)
    assert last.status_code == 502
    assert len(serving.asked) == 4
    assert waits.seconds == sorted(waits.seconds)


async def test_whoever_asks_for_hours_is_not_waited_for(serving: Serving) -> None:
    serving.answer = lambda _: Answer(429, headers={"Retry-After": "7200"})
    url = httpx.URL(serving.url)
    async with http.client(None) as client:
        with pytest.raises(HttpError, match="120 minutes"):
            await Patience(Waits().sleep).ask(lambda: client.get(url), url)


@pytest.mark.parametrize(
    "answer", [Answer(body=b"x" * 100, cut=10), Answer(body=b"x", stall=0)], ids=["cut", "stalled"]
)
async def test_what_breaks_off_is_said_without_the_address(answer: Answer) -> None:
    with Serving(lambda _: answer) as server:
        url = httpx.URL(f"{server.url}/canary?sig=canary")
        async with http.client(None, stall_seconds=0.05) as client:
            with pytest.raises(HttpError, match=r"127\.0\.0\.1") as found:
                await Patience(Waits().sleep, tries=2).ask(lambda: client.get(url), url)
    assert "canary" not in str(found.value)


async def test_nobody_there() -> None:
    url = httpx.URL("http://127.0.0.1:9/")
    async with http.client(None) as client:
        with pytest.raises(HttpError, match="could not be reached"):
            await Patience(Waits().sleep, tries=1).ask(lambda: client.get(url), url)


async def test_pace_keeps_any_minute_within_the_limit() -> None:
    now = 0.0
    made: list[float] = []

    async def sleep(seconds: float) -> None:
        nonlocal now
        now += seconds

    pace = Pace(5, sleep, lambda: now)

    async def call() -> None:
        nonlocal now
        await pace.turn()
        made.append(now)
        now += 1

    await asyncio.gather(*(call() for _ in range(23)))
    for place, moment in enumerate(made):
        assert sum(moment <= other < moment + 60 for other in made[place:]) <= 5
