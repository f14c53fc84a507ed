"""One number line for all addresses, so that a scope is a few intervals whatever its size.

IPv4 a.b.c.d stands at its IPv4-mapped place ::ffff:a.b.c.d (RFC 4291 section 2.5.5.2), so both families share one
order and a mapped address is the IPv4 address that it reaches. A link-local IPv6 address carries the index of its
interface above bit 128: fe80::1%2 and fe80::1%3 are different neighbours.
"""

import ipaddress
import socket
from typing import TypeAlias

from scanner.core.number import parse_number

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address

V4_FIRST = 0xFFFF_0000_0000
V4_LAST = 0xFFFF_FFFF_FFFF
_ZONE_SHIFT = 128
_LARGEST_INDEX = (1 << 31) - 1
_LOW_128 = (1 << _ZONE_SHIFT) - 1


def to_number(address: Address) -> int:
    """Return the place of an address on the number line; raises OSError if its zone names no interface."""
    if isinstance(address, ipaddress.IPv4Address):
        return V4_FIRST + int(address)
    zone = address.scope_id
    if not zone:
        return int(address)
    return interface_index(zone) << _ZONE_SHIFT | int(address)


def order_number(address: Address) -> int:
    """Return a place to sort by: an address of a report may have a zone that only another machine has."""
    try:
        return to_number(address)
    except OSError:
        return int(address)


def names_this_machine(host: str) -> bool:
    """Tell whether a host in a URL or a list, without its port, is this machine alone by its very name."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def interface_index(zone: str) -> int:
    """Return the index of the interface that a zone names (RFC 4007 section 11.2); raises OSError if it names none."""
    index = parse_number(zone, most=_LARGEST_INDEX)
    return socket.if_nametoindex(zone) if index is None else index


def to_address(number: int) -> Address:
    """Return the address at a place on the number line; a mapped one comes back as IPv4."""
    if V4_FIRST <= number <= V4_LAST:
        return ipaddress.IPv4Address(number - V4_FIRST)
    index = number >> _ZONE_SHIFT
    address = ipaddress.IPv6Address(number & _LOW_128)
    return ipaddress.IPv6Address(f"{address}%{_zone_name(index)}") if index else address


def is_v4(number: int) -> bool:
    """Tell whether a place on the number line is an IPv4 address."""
    return V4_FIRST <= number <= V4_LAST


def zone_of(number: int) -> int:
    """Return the interface index that a place carries, 0 for none."""
    return number >> _ZONE_SHIFT


def _zone_name(index: int) -> str:
    try:
        return socket.if_indextoname(index)
    except OSError:
        return str(index)
