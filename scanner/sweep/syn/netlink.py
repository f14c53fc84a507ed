"""What the kernel's routing and neighbour tables say, asked over rtnetlink (RFC 3549, linux/rtnetlink.h)."""

import errno
import socket
import struct
from collections.abc import Iterator
from dataclasses import dataclass

from scanner.core.errors import SetupError

_RTM_GETROUTE, _RTM_GETNEIGH, _RTM_GETRULE = 26, 30, 34
_NLMSG_ERROR, _NLMSG_DONE = 2, 3
_NLM_F_REQUEST, _NLM_F_DUMP = 0x1, 0x300
_RTA_DST, _RTA_OIF, _RTA_GATEWAY, _RTA_PREFSRC, _RTA_VIA = 1, 4, 5, 7, 18
_FRA_DST = 1
_NDA_DST, _NDA_LLADDR = 1, 2
_NUD_USABLE = 0x02 | 0x04 | 0x08 | 0x10 | 0x40 | 0x80
"""Reachable, stale, delay, probe, noarp, permanent."""
_RTN_UNICAST, _RTN_LOCAL = 1, 2
_FAMILY = {4: socket.AF_INET, 6: socket.AF_INET6}
_NO_ROUTE = {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EACCES, errno.EINVAL}


@dataclass(frozen=True, slots=True)
class Route:
    """How the kernel would send a packet to one address."""

    interface: int
    """Index; 0 when there is no way."""
    source: bytes = b""
    """Own address in network order."""
    gateway: bytes = b""
    """Next hop in network order; empty when the target itself is the neighbour."""
    local: bool = False
    """Whether the address is this machine's own."""


class Kernel:
    """A netlink socket in the network namespace of the calling thread."""

    def __init__(self) -> None:
        try:
            self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)
        except (OSError, AttributeError) as error:
            raise SetupError(f"the routing table can't be read: {error}; use --engine connect") from error
        self._socket.bind((0, 0))
        self._serial = 0

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()

    def route(self, family: int, address: bytes, zone: int = 0) -> Route:
        """Return the way to one address, by all tables and rules; `zone` is the interface of a link-local one."""
        attributes = _attribute(_RTA_DST, address)
        if zone:
            attributes += _attribute(_RTA_OIF, struct.pack("I", zone))
        request = struct.pack("BBBBBBBBI", _FAMILY[family], len(address) * 8, 0, 0, 0, 0, 0, 0, 0) + attributes
        try:
            body = next(self._ask(_RTM_GETROUTE, 0, request))
        except OSError as error:
            if error.errno in _NO_ROUTE:
                return Route(0)
            raise
        found = dict(_attributes(body[12:]))
        kind = body[7]
        if kind not in {_RTN_UNICAST, _RTN_LOCAL}:
            return Route(0)
        gateway = found.get(_RTA_GATEWAY, b"") or found.get(_RTA_VIA, b"")[2:]
        interface = struct.unpack("I", found[_RTA_OIF])[0]
        return Route(interface, found.get(_RTA_PREFSRC, b""), gateway, kind == _RTN_LOCAL)

    def prefixes(self, family: int) -> set[tuple[int, int]]:
        """Return (first, last) of every destination that a route or rule of any table names, as plain numbers."""
        found = set()
        for question, header, wanted in ((_RTM_GETROUTE, 12, _RTA_DST), (_RTM_GETRULE, 12, _FRA_DST)):
            for body in self._ask(question, _NLM_F_DUMP, struct.pack("B11x", _FAMILY[family])):
                destination = dict(_attributes(body[header:])).get(wanted)
                if body[0] != _FAMILY[family] or destination is None:
                    continue
                free = len(destination) * 8 - body[1]
                first = int.from_bytes(destination) >> free << free
                found.add((first, first | (1 << free) - 1))
        return found

    def neighbours(self, family: int, interface: int) -> dict[bytes, bytes]:
        """Return the link addresses that the kernel knows on one interface, by IP address in network order."""
        request = struct.pack("BxxxiHBB", _FAMILY[family], interface, 0, 0, 0)
        known = {}
        for body in self._ask(_RTM_GETNEIGH, _NLM_F_DUMP, request):
            index, state = struct.unpack_from("iH", body, 4)
            found = dict(_attributes(body[12:]))
            link_address = found.get(_NDA_LLADDR, b"")
            if index == interface and state & _NUD_USABLE and len(link_address) == 6 and _NDA_DST in found:
                known[found[_NDA_DST]] = link_address
        return known

    def _ask(self, question: int, flags: int, body: bytes) -> Iterator[bytes]:
        self._serial += 1
        header = struct.pack("IHHII", 16 + len(body), question, _NLM_F_REQUEST | flags, self._serial, 0)
        self._socket.send(header + body)
        while True:
            data = self._socket.recv(1 << 18)
            while len(data) >= 16:
                length, kind, _, serial, _ = struct.unpack_from("IHHII", data)
                if length < 16:
                    return
                message, data = data[16:length], data[(length + 3) & ~3 :]
                if serial != self._serial:
                    continue
                if kind == _NLMSG_ERROR:
                    code = -struct.unpack_from("i", message)[0]
                    raise OSError(code, "rtnetlink")
                if kind == _NLMSG_DONE:
                    return
                yield message
                if not flags & _NLM_F_DUMP:
                    return


def _attribute(kind: int, value: bytes) -> bytes:
    return struct.pack("HH", 4 + len(value), kind) + value + bytes(-len(value) % 4)


def _attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    while len(data) >= 4:
        length, kind = struct.unpack_from("HH", data)
        if length < 4:
            return
        yield kind, data[4:length]
        data = data[(length + 3) & ~3 :]
