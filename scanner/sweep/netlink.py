"""Reads the kernel's routes and neighbours through rtnetlink (Linux): no privilege needed, nothing is changed."""

import socket
import struct
from collections.abc import Iterator
from enum import IntFlag
from pathlib import Path
from typing import NamedTuple

from scanner.core.address import V4_FIRST
from scanner.core.intervals import Intervals

_RTM_NEWROUTE, _RTM_GETROUTE = 24, 26
_RTM_NEWNEIGH, _RTM_GETNEIGH = 28, 30
_DUMP = 0x301  # NLM_F_REQUEST | NLM_F_DUMP
_DONE, _ERROR = 3, 2
_RTN_UNICAST = 1
_RTA_DST, _RTA_OIF, _RTA_GATEWAY, _RTA_MULTIPATH, _RTA_VIA = 1, 4, 5, 9, 18
_NDA_DST = 1
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


class _Route(NamedTuple):
    length: int
    first: int
    last: int
    attached: bool


def available() -> bool:
    """Tell whether this system has rtnetlink."""
    return hasattr(socket, "AF_NETLINK")


def neighbours() -> dict[int, Nud]:
    """Return the state of every entry of the neighbour table by place on the address line."""
    found: dict[int, Nud] = {}
    for kind, body in _dump(_RTM_GETNEIGH, struct.pack("BBHiHBB", 0, 0, 0, 0, 0, 0, 0)):
        if kind != _RTM_NEWNEIGH:
            continue
        family, _, _, index, state, _, _ = struct.unpack_from("BBHiHBB", body)
        attributes = _attributes(body[12:])
        if _NDA_DST in attributes and family in {socket.AF_INET, socket.AF_INET6}:
            found[_number(family, attributes[_NDA_DST], index)] = Nud(state)
    return found


def attached() -> Intervals:
    """Return the addresses that are on a link of this machine: reached without a router, by ARP or NDP."""
    routes = sorted(_routes())
    on_link = Intervals()
    # Longer prefixes win, so they are laid over the shorter ones.
    for route in routes:
        span = Intervals([(route.first, route.last)])
        on_link = on_link | span if route.attached else on_link - span
    return on_link


def _routes() -> Iterator[_Route]:
    for kind, body in _dump(_RTM_GETROUTE, struct.pack("BBBBBBBBI", 0, 0, 0, 0, 0, 0, 0, 0, 0)):
        if kind != _RTM_NEWROUTE:
            continue
        family, length, _, _, _, _, _, route_type, _ = struct.unpack_from("BBBBBBBBI", body)
        if family not in {socket.AF_INET, socket.AF_INET6}:
            continue
        attributes = _attributes(body[12:])
        index = struct.unpack("I", attributes[_RTA_OIF])[0] if _RTA_OIF in attributes else 0
        bits = 32 if family == socket.AF_INET else 128
        first = _number(family, attributes.get(_RTA_DST, bytes(bits // 8)), index)
        direct = not attributes.keys() & {_RTA_GATEWAY, _RTA_MULTIPATH, _RTA_VIA}
        multicast = family == socket.AF_INET6 and (first >> 120) & 0xFF == 0xFF
        is_attached = route_type == _RTN_UNICAST and direct and not multicast and _resolves(index)
        yield _Route(length, first, first + (1 << (bits - length)) - 1, is_attached)


def _resolves(index: int) -> bool:
    """Tell whether an interface asks for link-layer addresses: not loopback, tunnels or point-to-point links."""
    try:
        flags = Path(f"/sys/class/net/{socket.if_indextoname(index)}/flags").read_text(encoding="ascii")
    except OSError:
        return False
    return not int(flags, 16) & _NO_ARP_FLAGS


def _dump(kind: int, body: bytes) -> Iterator[tuple[int, bytes]]:
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0) as sock:
        sock.settimeout(2.0)
        sock.send(struct.pack("IHHII", 16 + len(body), kind, _DUMP, 1, 0) + body)
        while True:
            data = sock.recv(1 << 18)
            place = 0
            while place + 16 <= len(data):
                length, message_kind = struct.unpack_from("IH", data, place)
                if message_kind in {_DONE, _ERROR} or length < 16:
                    return
                yield message_kind, data[place + 16 : place + length]
                place += -(-length // 4) * 4


def _attributes(data: bytes) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    place = 0
    while place + 4 <= len(data):
        length, kind = struct.unpack_from("HH", data, place)
        if length < 4:
            break
        found[kind & 0x3FFF] = data[place + 4 : place + length]
        place += -(-length // 4) * 4
    return found


def _number(family: int, data: bytes, index: int) -> int:
    value = int.from_bytes(data)
    if family == socket.AF_INET:
        return V4_FIRST + value
    return index << 128 | value if value & _LINK_LOCAL_MASK == _LINK_LOCAL else value
