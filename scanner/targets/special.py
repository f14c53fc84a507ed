"""How far an address reaches, from our own table of the IANA special-purpose registries.

Sources: the IANA IPv4 and IPv6 Special-Purpose Address Registries (RFC 6890, RFC 8190), the IPv6 address space
registry (RFC 4291) and the documents named in each row. The standard library's `is_private` and `is_global` are no
substitute: they call multicast, 192.0.0.8 and tunnels to 127.0.0.1 global.

A block is PRIVATE when the registry allows it as a destination and forwards it, but not across the Internet. That
takes in shared address space (100.64.0.0/10, RFC 6598: carrier NAT, but in practice also overlay networks and pods)
and the benchmarking networks. Everything that the registry forbids as a destination, or that names no host, is never
scanned.
"""

import ipaddress
from enum import StrEnum
from functools import cache
from typing import NamedTuple

from scanner.core.address import V4_FIRST
from scanner.core.intervals import Intervals

_LOW_128 = (1 << 128) - 1
_NAT64 = 0x0064_FF9B << 96
_SIX_TO_FOUR = 0x2002 << 112


class Reach(StrEnum):
    """From how far away an address can be contacted."""

    LOOPBACK = "loopback"
    LINK_LOCAL = "link-local"
    PRIVATE = "private"
    PUBLIC = "public"
    RESERVED = "reserved"
    """Names no host that may be contacted: documentation, future use, identifiers, tunnels to such places."""
    MULTICAST = "multicast"
    UNSPECIFIED = "unspecified"


NEVER_SCANNED = (Reach.RESERVED, Reach.MULTICAST, Reach.UNSPECIFIED)
"""What no option permits."""


class Special(NamedTuple):
    """One row of the table."""

    first: int
    """Place on the address line (core.address), without a zone; so is `last`."""
    last: int
    reach: Reach
    what: str
    """In words, for messages."""

    @property
    def size(self) -> int:
        """How many addresses the block holds."""
        return self.last - self.first + 1


_V4 = (
    ("0.0.0.0/0", Reach.PUBLIC, "public IPv4 space"),
    ("0.0.0.0/8", Reach.RESERVED, "this network, RFC 791"),
    ("0.0.0.0/32", Reach.UNSPECIFIED, "the unspecified address, RFC 1122"),
    ("10.0.0.0/8", Reach.PRIVATE, "private use, RFC 1918"),
    ("100.64.0.0/10", Reach.PRIVATE, "shared address space, RFC 6598"),
    ("127.0.0.0/8", Reach.LOOPBACK, "loopback, RFC 1122"),
    ("169.254.0.0/16", Reach.LINK_LOCAL, "link-local, RFC 3927"),
    ("172.16.0.0/12", Reach.PRIVATE, "private use, RFC 1918"),
    ("192.0.0.0/24", Reach.RESERVED, "IETF protocol assignments, RFC 6890"),
    ("192.0.0.0/29", Reach.PRIVATE, "IPv4 service continuity, RFC 7335"),
    ("192.0.0.9/32", Reach.PUBLIC, "Port Control Protocol anycast, RFC 7723"),
    ("192.0.0.10/32", Reach.PUBLIC, "TURN anycast, RFC 8155"),
    ("192.0.2.0/24", Reach.RESERVED, "documentation, RFC 5737"),
    ("192.88.99.0/24", Reach.RESERVED, "the withdrawn 6to4 relay anycast, RFC 7526"),
    ("192.168.0.0/16", Reach.PRIVATE, "private use, RFC 1918"),
    ("198.18.0.0/15", Reach.PRIVATE, "benchmarking, RFC 2544"),
    ("198.51.100.0/24", Reach.RESERVED, "documentation, RFC 5737"),
    ("203.0.113.0/24", Reach.RESERVED, "documentation, RFC 5737"),
    ("224.0.0.0/4", Reach.MULTICAST, "multicast, RFC 5771"),
    ("240.0.0.0/4", Reach.RESERVED, "reserved for future use, RFC 1112"),
    ("255.255.255.255/32", Reach.RESERVED, "limited broadcast, RFC 919"),
)

_V6 = (
    ("::/0", Reach.RESERVED, "IPv6 space that is not assigned to hosts, RFC 4291"),
    ("::/128", Reach.UNSPECIFIED, "the unspecified address, RFC 4291"),
    ("::1/128", Reach.LOOPBACK, "loopback, RFC 4291"),
    ("64:ff9b::/96", Reach.PUBLIC, "NAT64, RFC 6052"),
    # The operator chooses where the IPv4 address stands in it, so what it reaches can't be read from the outside.
    ("64:ff9b:1::/48", Reach.PUBLIC, "local-use NAT64, RFC 8215"),
    ("100::/64", Reach.RESERVED, "discard only, RFC 6666"),
    ("100:0:0:1::/64", Reach.RESERVED, "the dummy prefix, RFC 9780"),
    ("2000::/3", Reach.PUBLIC, "public IPv6 space"),
    ("2001::/23", Reach.RESERVED, "IETF protocol assignments, RFC 2928"),
    ("2001::/32", Reach.RESERVED, "Teredo tunnels to embedded IPv4 addresses, RFC 4380"),
    ("2001:1::1/128", Reach.PUBLIC, "Port Control Protocol anycast, RFC 7723"),
    ("2001:1::2/128", Reach.PUBLIC, "TURN anycast, RFC 8155"),
    ("2001:1::3/128", Reach.PUBLIC, "service registration anycast, RFC 9665"),
    ("2001:2::/48", Reach.PRIVATE, "benchmarking, RFC 5180"),
    ("2001:3::/32", Reach.PUBLIC, "AMT, RFC 7450"),
    ("2001:4:112::/48", Reach.PUBLIC, "AS112, RFC 7535"),
    ("2001:10::/28", Reach.RESERVED, "the withdrawn ORCHID identifiers, RFC 4843"),
    ("2001:20::/28", Reach.RESERVED, "ORCHIDv2 identifiers, RFC 7343"),
    ("2001:30::/28", Reach.RESERVED, "drone identifiers, RFC 9374"),
    ("2001:db8::/32", Reach.RESERVED, "documentation, RFC 3849"),
    ("2002::/16", Reach.PUBLIC, "6to4, RFC 3056"),
    ("3fff::/20", Reach.RESERVED, "documentation, RFC 9637"),
    ("5f00::/16", Reach.RESERVED, "SRv6 segment identifiers, RFC 9602"),
    ("fc00::/7", Reach.PRIVATE, "unique local, RFC 4193"),
    ("fe80::/10", Reach.LINK_LOCAL, "link-local, RFC 4291"),
    ("fec0::/10", Reach.RESERVED, "the withdrawn site-local space, RFC 3879"),
    ("ff00::/8", Reach.MULTICAST, "multicast, RFC 4291"),
)

_METADATA = (
    "169.254.169.254",  # AWS, Azure, Google Cloud, OpenStack and others
    "169.254.170.2",  # Amazon ECS task credentials
    "169.254.170.23",  # Amazon EKS Pod Identity
    "100.100.100.200",  # Alibaba Cloud
    "fd00:ec2::254",  # AWS
    "fd00:ec2::23",  # Amazon EKS Pod Identity
    "fd20:ce::254",  # Google Cloud
)


def reach(number: int) -> Reach:
    """Return how far the address at a place on the address line reaches; a zone is ignored.

    An address that embeds an IPv4 address (NAT64 64:ff9b::/96, 6to4) is public if that one is public and reserved
    otherwise: neither format may carry others (RFC 6052 section 3.1, RFC 3056 section 2).
    """
    return row_of(number).reach


def row_of(number: int) -> Special:
    """Return the most specific row of the table that covers an address."""
    low = number & _LOW_128
    return next(row for row in _rows() if row.first <= low <= row.last)


@cache
def numbers_of(*reaches: Reach) -> Intervals:
    """Return every address, without zones, that reaches exactly so far."""
    taken = Intervals()
    found: list[tuple[int, int]] = []
    for row in _rows():
        span = Intervals([(row.first, row.last)])
        if row.reach in reaches:
            found.extend((span - taken).spans)
        taken |= span
    return Intervals(found)


@cache
def metadata_numbers() -> Intervals:
    """Return the addresses where clouds serve credentials to their machines: scanned only when named one by one."""
    return Intervals((number, number) for number in (_network(text)[0] for text in _METADATA))


@cache
def _rows() -> tuple[Special, ...]:
    """Return the table, most specific rows first."""
    rows = [Special(*_network(text), reach, what) for text, reach, what in (*_V4, *_V6)]
    for text, reach, what in _V4:
        first, last = _network(text)
        embedded = Reach.PUBLIC if reach is Reach.PUBLIC else Reach.RESERVED
        v4_first, v4_last = first - V4_FIRST, last - V4_FIRST
        rows.append(Special(_NAT64 + v4_first, _NAT64 + v4_last, embedded, f"NAT64 to {what}"))
        six_last = _SIX_TO_FOUR + ((v4_last + 1) << 80) - 1
        rows.append(Special(_SIX_TO_FOUR + (v4_first << 80), six_last, embedded, f"6to4 to {what}"))
    return tuple(sorted(rows, key=lambda row: row.size))


def _network(text: str) -> tuple[int, int]:
    network = ipaddress.ip_network(text)
    shift = V4_FIRST if network.version == 4 else 0
    return int(network.network_address) + shift, int(network.broadcast_address) + shift
