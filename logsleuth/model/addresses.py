"""IP addresses: every spelling of one address is the same 16 bytes."""

import ipaddress
from functools import lru_cache

_MAPPED = b"\0" * 10 + b"\xff\xff"


def pack(text: str) -> bytes | None:
    """16 bytes of an address, IPv4 mapped into IPv6; ``None`` if it is no address."""
    try:
        address = ipaddress.ip_address(text.strip().partition("%")[0])
    except ValueError:
        return None
    if address.version == 4:
        return _MAPPED + address.packed
    return address.packed


@lru_cache(maxsize=100_000)
def unpack(raw: bytes) -> str:
    """The canonical spelling of 16 bytes; mapped IPv4 as IPv4."""
    if raw[:12] == _MAPPED:
        return ".".join(map(str, raw[12:]))
    return str(ipaddress.IPv6Address(raw))


def network(text: str) -> tuple[bytes, bytes] | None:
    """First and last address of a CIDR network, 16 bytes each; host bits are ignored."""
    base, slash, prefix = text.strip().partition("/")
    if not slash or not prefix.isascii() or not prefix.isdecimal():
        return None
    try:
        net = ipaddress.ip_network(f"{base}/{prefix}", strict=False)
    except ValueError:
        return None
    first, last = net.network_address, net.broadcast_address
    if net.version == 4:
        return _MAPPED + first.packed, _MAPPED + last.packed
    return first.packed, last.packed
