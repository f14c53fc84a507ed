"""What the kernel's tables say of routes, links and neighbours (linux/rtnetlink.h, linux/neighbour.h).

Everything here raises NetlinkError when the kernel refuses or does not answer: an empty table is a table that is empty.
"""

import errno
import socket
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntFlag
from types import TracebackType
from typing import NamedTuple

from scanner.core.address import V4_FIRST
from scanner.core.intervals import Intervals
from scanner.sweep.netlink import Netlink, NetlinkError, pack_attribute, read_attributes

_RTM_GETLINK, _RTM_GETROUTE, _RTM_GETNEIGH, _RTM_GETRULE = 18, 26, 30, 34
_IFINFO_BYTES = 16
_ROUTE_BYTES = _RULE_BYTES = _NEIGHBOUR_BYTES = 12
_RTA_DST, _RTA_OIF, _RTA_GATEWAY, _RTA_PREFSRC, _RTA_MULTIPATH, _RTA_VIA = 1, 4, 5, 7, 9, 18
_FRA_DST = 1
_NDA_DST, _NDA_LLADDR = 1, 2
_RTN_UNICAST, _RTN_LOCAL, _RTN_BROADCAST = 1, 2, 3
_FAMILY = {4: socket.AF_INET, 6: socket.AF_INET6}
_NO_ROUTE = {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EACCES, errno.EINVAL}
"""How the kernel says that there is no route to an address, or that a rule forbids it (ip-rule(8))."""
_NO_ARP_FLAGS = 0x8 | 0x10 | 0x80  # IFF_LOOPBACK, IFF_POINTOPOINT, IFF_NOARP
_LINK_LOCAL = 0xFE80 << 112
_LINK_LOCAL_MASK = 0xFFC0 << 112


class Nud(IntFlag):
    """Neighbour states (linux/neighbour.h)."""

    INCOMPLETE = 0x01
    REACHABLE = 0x02
    STALE = 0x04
    DELAY = 0x08
    PROBE = 0x10
    FAILED = 0x20
    NOARP = 0x40
    PERMANENT = 0x80


PRESENT = Nud.REACHABLE | Nud.STALE | Nud.DELAY | Nud.PROBE | Nud.NOARP | Nud.PERMANENT
"""States of a neighbour that exists."""


@dataclass(frozen=True, slots=True)
class Route:
    """How the kernel would send a packet to one address."""

    interface: int
    """Index; 0 when there is no route."""
    source: bytes = b""
    """Own address in network order."""
    gateway: bytes = b""
    """Next hop in network order; empty when the target itself is the neighbour."""
    local: bool = False
    """Whether the address is this machine's own."""
    broadcast: bool = False
    """Whether the address is that of all on a link, and so no host's."""


class _Entry(NamedTuple):
    """An entry of a routing table as a span on the address line."""

    length: int
    first: int
    last: int
    attached: bool


class Kernel:
    """The tables of the network namespace of the calling thread; close it, or use it in a `with`."""

    def __init__(self, netlink: Netlink | None = None) -> None:
        """Take who asks; without one a socket is opened."""
        self._netlink = netlink or Netlink()

    def __enter__(self) -> "Kernel":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close the socket."""
        self._netlink.close()

    def route(self, family: int, address: bytes, zone: int = 0) -> Route:
        """Return the route to one address, by all tables and rules; `zone` is the interface of a link-local one."""
        attributes = pack_attribute(_RTA_DST, address)
        if zone:
            attributes += pack_attribute(_RTA_OIF, struct.pack("I", zone))
        try:
            body = self._netlink.get(
                _RTM_GETROUTE, struct.pack("BB10x", _FAMILY[family], len(address) * 8) + attributes
            )
        except NetlinkError as error:
            if error.errno in _NO_ROUTE:
                return Route(0)
            raise
        found = read_attributes(body[_ROUTE_BYTES:])
        kind = body[7]
        if kind not in {_RTN_UNICAST, _RTN_LOCAL}:
            return Route(0, broadcast=kind == _RTN_BROADCAST)
        gateway = found.get(_RTA_GATEWAY, b"") or found.get(_RTA_VIA, b"")[2:]
        interface = struct.unpack("I", found[_RTA_OIF])[0]
        return Route(interface, found.get(_RTA_PREFSRC, b""), gateway, kind == _RTN_LOCAL)

    def prefixes(self, family: int) -> set[tuple[int, int]]:
        """Return (first, last) of every destination that a route or rule of any table names, as plain numbers."""
        found = set()
        for question, header, wanted in (
            (_RTM_GETROUTE, _ROUTE_BYTES, _RTA_DST),
            (_RTM_GETRULE, _RULE_BYTES, _FRA_DST),
        ):
            for body in self._netlink.dump(question, struct.pack("B11x", _FAMILY[family])):
                destination = read_attributes(body[header:]).get(wanted)
                if body[0] != _FAMILY[family] or destination is None:
                    continue
                free = len(destination) * 8 - body[1]
                first = int.from_bytes(destination) >> free << free
                found.add((first, first | (1 << free) - 1))
        return found

    def link_addresses(self, family: int, interface: int) -> dict[bytes, bytes]:
        """Return the link addresses that the kernel knows on one interface, by IP address in network order."""
        known = {}
        for body in self._netlink.dump(_RTM_GETNEIGH, struct.pack("BxxxiHBB", _FAMILY[family], interface, 0, 0, 0)):
            index, state = struct.unpack_from("iH", body, 4)
            found = read_attributes(body[_NEIGHBOUR_BYTES:])
            link_address = found.get(_NDA_LLADDR, b"")
            if index == interface and state & PRESENT and len(link_address) == 6 and _NDA_DST in found:
                known[found[_NDA_DST]] = link_address
        return known

    def neighbours(self) -> dict[int, Nud]:
        """Return the state of every entry of the neighbour tables by place on the address line."""
        found: dict[int, Nud] = {}
        for body in self._netlink.dump(_RTM_GETNEIGH, bytes(_NEIGHBOUR_BYTES)):
            family, index, state = struct.unpack_from("BxxxiH", body)
            attributes = read_attributes(body[_NEIGHBOUR_BYTES:])
            if _NDA_DST in attributes and family in _FAMILY.values():
                found[_number(family, attributes[_NDA_DST], index)] = Nud(state)
        return found

    def attached(self) -> Intervals:
        """Return the addresses that are on a link of this machine: reached without a router, by ARP or NDP."""
        on_link = Intervals()
        # Longer prefixes win, so they are laid over the shorter ones.
        for route in sorted(self._entries()):
            span = Intervals([(route.first, route.last)])
            on_link = on_link | span if route.attached else on_link - span
        return on_link

    def _entries(self) -> Iterator[_Entry]:
        resolving = self._resolving_links()
        for body in self._netlink.dump(_RTM_GETROUTE, bytes(_ROUTE_BYTES)):
            family, length, route_type = body[0], body[1], body[7]
            if family not in _FAMILY.values():
                continue
            attributes = read_attributes(body[_ROUTE_BYTES:])
            index = struct.unpack("I", attributes[_RTA_OIF])[0] if _RTA_OIF in attributes else 0
            bits = 32 if family == socket.AF_INET else 128
            first = _number(family, attributes.get(_RTA_DST, bytes(bits // 8)), index)
            direct = not attributes.keys() & {_RTA_GATEWAY, _RTA_MULTIPATH, _RTA_VIA}
            multicast = family == socket.AF_INET6 and (first >> 120) & 0xFF == 0xFF
            attached = route_type == _RTN_UNICAST and direct and not multicast and index in resolving
            yield _Entry(length, first, first + (1 << (bits - length)) - 1, attached)

    def _resolving_links(self) -> set[int]:
        """Return the links that ask for link-layer addresses: not loopback, tunnels or point-to-point links."""
        found = set()
        for body in self._netlink.dump(_RTM_GETLINK, bytes(_IFINFO_BYTES)):
            index, flags = struct.unpack_from("iI", body, 4)
            if not flags & _NO_ARP_FLAGS:
                found.add(index)
        return found


def neighbours() -> dict[int, Nud]:
    """Return the state of every neighbour of this machine (Kernel.neighbours); raises NetlinkError."""
    with Kernel() as kernel:
        return kernel.neighbours()


def attached() -> Intervals:
    """Return the addresses on this machine's own links (Kernel.attached); raises NetlinkError."""
    with Kernel() as kernel:
        return kernel.attached()


def _number(family: int, data: bytes, index: int) -> int:
    value = int.from_bytes(data)
    if family == socket.AF_INET:
        return V4_FIRST + value
    return index << 128 | value if value & _LINK_LOCAL_MASK == _LINK_LOCAL else value
