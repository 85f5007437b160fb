"""Names that an institution gives to its networks: campus, VPN, a computer room.

A file has a network and its name on each line, a comma or a tab between them.
"""

import csv
import hashlib
import ipaddress
from collections.abc import Iterable
from pathlib import Path

_HEADINGS = frozenset({"cidr", "network", "address"})
_LONGEST = 1_000_000
"""Bytes of a file of networks; one that is longer is something else."""

_MAPPED_BITS = 96
"""Bits in front of an IPv4 address that is written as IPv6."""

_REMEMBERED = 65_536
"""Addresses whose network is kept in mind."""


class NetworksError(ValueError):
    """One sentence: which file and line is wrong, and how it should be."""


Table = dict[tuple[int, int, int], str]
"""Names by (IP version, prefix length, network as a number)."""


class Networks:
    """Named networks; ``path`` and ``sha256`` say which file they are from, and are empty
    where none is set."""

    def __init__(self, table: Table | None = None, path: str = "", sha256: str = "") -> None:
        self.path = path
        self.sha256 = sha256
        self._table = table or {}
        self._prefixes = sorted({key[:2] for key in self._table}, reverse=True)
        self._known: dict[str, str] = {}

    def __len__(self) -> int:
        return len(self._table)

    def name(self, address: str | None) -> str:
        """The name of the most specific network that holds the address, in any spelling;
        empty if none does, or if it is no address."""
        if not address or not self._table:
            return ""
        if address not in self._known:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            self._known[address] = self._find(address)
        return self._known[address]

    def beside(self, address: str | None) -> str:
        """``192.0.2.7 VPN``: the address and its network's name, if it has one."""
        name = self.name(address)
        return f"{address} {name}" if name else address or ""

    def _find(self, text: str) -> str:
        try:
            address = ipaddress.ip_address(text.strip().partition("%")[0])
        except ValueError:
            return ""
        if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        number, bits = int(address), address.max_prefixlen
        for version, prefix in self._prefixes:
            if version == address.version:
                free = bits - prefix
                name = self._table.get((version, prefix, number >> free << free))
                if name is not None:
                    return name
        return ""


def read(path: Path) -> Networks:
    """The networks of a file.

    Raises ``NetworksError`` for a file that cannot be read, or a line that is no network
    and name.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(_LONGEST + 1)
    except OSError as error:
        raise NetworksError(
            f"The file of networks {path} cannot be read: {error.strerror}."
        ) from error
    if len(raw) > _LONGEST:
        raise NetworksError(
            f"The file of networks {path} is over {_LONGEST:,} bytes long; name one that has a"
            " network and its name on each line."
        )
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise NetworksError(f"{path}, line {line}: this is no UTF-8; save it as UTF-8.") from error
    return Networks(parse(text.splitlines(), str(path)), str(path), hashlib.sha256(raw).hexdigest())


def parse(lines: Iterable[str], path: str) -> Table:
    """The table of the lines; ``path`` is for messages.  Blank lines, and those that begin
    with ``#``, say nothing; neither does a first line of headings."""
    table: Table = {}
    said_at: dict[tuple[int, int, int], int] = {}
    first = True
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        network, name = _split(line, path, number)
        heading, first = first and network.lower() in _HEADINGS, False
        if heading:
            continue
        key = _key(network, path, number)
        if table.get(key, name) != name:
            raise NetworksError(
                f"{path}, line {number}: {network} is called '{name}' here and"
                f" '{table[key]}' in line {said_at[key]}; leave one of them."
            )
        table[key] = name
        said_at[key] = number
    return table


def _split(line: str, path: str, number: int) -> tuple[str, str]:
    """Network and name of a line; more columns are somebody's notes."""
    try:
        cells = next(csv.reader([line], delimiter="\t" if "\t" in line else ",", strict=True))
    except csv.Error as error:
        raise NetworksError(f"{path}, line {number}: {error}; close the quotes.") from error
    network, name = (cell.strip() for cell in [*cells, ""][:2])
    if not name:
        raise NetworksError(
            f"{path}, line {number}: there is no name; write a network, a comma and its name,"
            " as 10.0.0.0/8,campus."
        )
    return network, name


def _key(text: str, path: str, number: int) -> tuple[int, int, int]:
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError as error:
        raise NetworksError(
            f"{path}, line {number}: '{text}' is no network; write one as 10.0.0.0/8 or"
            " 2001:db8::/32."
        ) from error
    if isinstance(network, ipaddress.IPv6Network) and network.prefixlen >= _MAPPED_BITS:
        mapped = network.network_address.ipv4_mapped
        if mapped is not None:
            return 4, network.prefixlen - _MAPPED_BITS, int(mapped)
    return network.version, network.prefixlen, int(network.network_address)
