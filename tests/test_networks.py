"""Names of networks: read from a file, found for an address, shown beside it."""

import hashlib
import ipaddress
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st
from tui_driving import app_on, press, screen_text, settle, story_cache, type_filter

from logsleuth.cli.main import cli
from logsleuth.model import clock
from logsleuth.model.networks import Networks, NetworksError, parse, read

FILE = """\
# where people are
cidr,name
10.0.0.0/8,campus
10.20.0.0/16,library, with notes
"10.20.30.0/24","Lab, room 7"
2001:db8::/32,campus
198.51.100.77,front desk
"""


def named(text: str) -> Networks:
    return Networks(parse(text.splitlines(), "networks.csv"))


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("10.1.1.1", "campus"),
        ("10.20.1.1", "library"),
        ("10.20.30.9", "Lab, room 7"),
        ("::ffff:10.20.30.9", "Lab, room 7"),
        ("::FFFF:0a14:1e09", "Lab, room 7"),
        ("2001:DB8:0::1", "campus"),
        ("2001:db8::1%eth0", "campus"),
        ("198.51.100.77", "front desk"),
        ("198.51.100.78", ""),
        ("192.0.2.1", ""),
        ("", ""),
        (None, ""),
        ("no address", ""),
    ],
)
def test_the_most_specific_network_names_an_address(address: str | None, name: str) -> None:
    assert named(FILE).name(address) == name


def test_an_ipv6_network_of_everything_holds_no_ipv4() -> None:
    networks = named("::/0\tworld\n0.0.0.0/0\told world\n")
    assert networks.name("2001:db8::1") == "world"
    assert networks.name("192.0.2.1") == "old world"
    assert networks.name("::ffff:192.0.2.1") == "old world"


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("10.0.0.0/8,campus\n10.0.0.0/33,x\n", 2, "'10.0.0.0/33' is no network"),
        ("10.0.0.0/8\n", 1, "there is no name"),
        ("10.0.0.0/8,\n", 1, "there is no name"),
        ("# a\n\ncampus,10.0.0.0/8\n", 3, "'campus' is no network"),
        ("10.0.0.0/8,a\ncidr,name\n", 2, "'cidr' is no network"),
        ("10.0.0.0/8,a\n10.0.0.1/8,b\n", 2, "'a' in line 1"),
        ('10.0.0.0/8,"campus\n', 1, "close the quotes"),
    ],
)
def test_a_bad_line_is_one_sentence_with_file_and_line(text: str, line: int, said: str) -> None:
    with pytest.raises(NetworksError) as caught:
        named(text)
    assert str(caught.value).startswith(f"networks.csv, line {line}: ")
    assert said in str(caught.value)


def test_a_file_says_its_hash_and_what_cannot_be_read(tmp_path: Path) -> None:
    path = tmp_path / "networks.tsv"
    path.write_bytes(b"\xef\xbb\xbf10.0.0.0/8\tcampus\r\n")
    networks = read(path)
    assert networks.name("10.9.9.9") == "campus"
    assert networks.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    path.write_bytes(b"10.0.0.0/8\tcampus\n11.0.0.0/8\t\xff\n")
    with pytest.raises(NetworksError, match="line 2: this is no UTF-8"):
        read(path)
    with pytest.raises(NetworksError, match="cannot be read: No such file"):
        read(tmp_path / "missing")


nets = st.one_of(
    st.builds(
        lambda number, prefix: ipaddress.ip_network((number, prefix), strict=False),
        st.integers(0, 2**32 - 1).map(ipaddress.IPv4Address),
        st.integers(0, 32),
    ),
    st.builds(
        lambda number, prefix: ipaddress.ip_network((number, prefix), strict=False),
        st.integers(2**64, 2**128 - 1).map(ipaddress.IPv6Address),
        st.integers(0, 128),
    ),
)


@given(st.lists(nets, max_size=8, unique=True), st.data())
def test_names_are_those_of_a_plain_search(
    listed: list[ipaddress.IPv4Network | ipaddress.IPv6Network], data: st.DataObject
) -> None:
    networks = named("\n".join(f"{net},net {at}" for at, net in enumerate(listed)))
    inside = [st.sampled_from([net[0], net[-1]]) for net in listed]
    address = data.draw(st.one_of(*inside, st.ip_addresses()))
    mapped = getattr(address, "ipv4_mapped", None)
    plain = mapped or address
    holding = [
        (net.prefixlen, at)
        for at, net in enumerate(listed)
        if net.version == plain.version and plain in net
    ]
    assert networks.name(str(address)) == (f"net {max(holding)[1]}" if holding else "")


@given(st.text(max_size=60))
def test_any_text_is_networks_or_one_sentence(text: str) -> None:
    said = ""
    try:
        named(text).name(text)
    except NetworksError as error:
        said = str(error)
    assert not said or said.startswith("networks.csv, line ")


Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    """Run a command on the story, with a configuration file beside a file of networks."""
    config = tmp_path / "config" / "logsleuth"
    config.mkdir(parents=True)

    def go(*args: str, networks: str) -> Result:
        (config / "config.toml").write_text('networks = "networks.csv"\n')
        (config / "networks.csv").write_text(networks)
        environment = {"XDG_CONFIG_HOME": str(tmp_path / "config")}
        cache = story_cache().folder
        return CliRunner(env=environment).invoke(cli, ["--cache", str(cache), *args])

    yield go
    clock.pin(None)


def test_commands_show_names_and_say_where_they_are_from(run: Run) -> None:
    top = run("top", "ip", "--format", "jsonl", networks=FILE)
    rows = [json.loads(line) for line in top.stdout.splitlines()]
    assert list(rows[0]) == [
        *("value", "count", "users", "users_all", "first", "last", "first_in_cache", "network")
    ]
    assert {row["value"]: row["network"] for row in rows}["198.51.100.77"] == "front desk"
    assert None in {row["network"] for row in rows}
    status = json.loads(run("status", "--format", "json", networks=FILE).stdout)
    assert status["networks"]["sha256"] == hashlib.sha256(FILE.encode()).hexdigest()
    assert status["networks"]["networks"] == 5
    said = run("status", networks=FILE).stdout
    assert f"SHA-256 {hashlib.sha256(FILE.encode()).hexdigest()}" in said
    refused = run("count", networks="10.0.0.0/8 campus\n")
    assert refused.exit_code == 2
    assert "networks.csv, line 1: there is no name" in refused.stderr


async def test_names_stand_beside_addresses_and_are_never_markup() -> None:
    networks = named("198.51.100.77/32,[b]desk[/b]\n")
    app = app_on(story_cache(), networks=networks)
    async with app.run_test(size=(200, 50)) as pilot:
        await settle(pilot)
        assert "198.51.100.77 [b]desk[/b]" in screen_text(app)
        await type_filter(pilot, "ip:198.51.100.77")
        assert "address       198.51.100.77 [b]desk[/b]" in screen_text(app)
        for pane in "35":
            await press(pilot, pane)
            assert "address       198.51.100.77 [b]desk[/b]" in screen_text(app)
        await press(pilot, "7")
        assert "198.51.100.77 [b]desk[/b]" in screen_text(app)
        await press(pilot, "1", "i")
        assert "address 198.51.100.77 [b]desk[/b]" in screen_text(app)
