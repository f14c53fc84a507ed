"""Lists this machine's network interfaces with getifaddrs(3): no privilege, no external program, Linux, macOS, BSD."""

import ipaddress
import socket
import sys
from typing import Any, NamedTuple

from scanner.core.address import Address
from scanner.core.errors import SetupError

_UP = 0x1
_LOOPBACK = 0x8
# <net/if.h>: the same on Linux, macOS and the BSDs.
_POINT_TO_POINT = 0x10


class Interface(NamedTuple):
    """One address of one interface."""

    name: str
    address: Address
    prefix: int
    """Length of the network prefix in bits."""
    up: bool = True
    loopback: bool = False
    point_to_point: bool = False

    @property
    def network(self) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
        """The subnet that the address is in."""
        return ipaddress.ip_network((int(self.address), self.prefix), strict=False)


def read_interfaces() -> list[Interface]:
    """Return every IPv4 and IPv6 address of this machine; raises SetupError when the system doesn't say."""
    import ctypes

    class Entry(ctypes.Structure):
        pass

    Entry._fields_ = [
        ("next", ctypes.POINTER(Entry)),
        ("name", ctypes.c_char_p),
        ("flags", ctypes.c_uint),
        ("address", ctypes.c_void_p),
        ("netmask", ctypes.c_void_p),
        ("destination", ctypes.c_void_p),
        ("private", ctypes.c_void_p),
    ]
    libc = ctypes.CDLL(None, use_errno=True)
    libc.freeifaddrs.argtypes = [ctypes.POINTER(Entry)]
    head = ctypes.POINTER(Entry)()
    try:
        failed = libc.getifaddrs(ctypes.byref(head))
    except AttributeError:
        failed = -1
    if failed:
        raise SetupError("@local: this system does not list its interfaces; name the network instead: 192.168.1.0/24")
    try:
        return list(_entries(head, ctypes.string_at))
    finally:
        libc.freeifaddrs(head)


def _entries(head: Any, string_at: Any) -> Any:
    entry = head
    while entry:
        one = entry.contents
        address = _number(one.address, string_at)
        if address is not None:
            mask = _mask(one.netmask, address.max_prefixlen // 8, string_at)
            yield Interface(
                name=one.name.decode("ascii", "replace"),
                address=address,
                prefix=mask.bit_count(),
                up=bool(one.flags & _UP),
                loopback=bool(one.flags & _LOOPBACK),
                point_to_point=bool(one.flags & _POINT_TO_POINT),
            )
        entry = one.next


def _number(place: int | None, string_at: Any) -> Address | None:
    if not place:
        return None
    family = _family(string_at(place, 2))
    if family == socket.AF_INET:
        return ipaddress.IPv4Address(string_at(place + 4, 4))
    if family == socket.AF_INET6:
        return ipaddress.IPv6Address(string_at(place + 8, 16))
    return None


def _mask(place: int | None, size_bytes: int, string_at: Any) -> int:
    if not place:
        return (1 << 8 * size_bytes) - 1
    offset = 4 if size_bytes == 4 else 8
    length = offset + size_bytes
    if sys.platform != "linux":
        # BSD masks carry their length in the first byte and leave out trailing zeros.
        length = min(length, max(string_at(place, 1)[0], offset))
    return int.from_bytes(string_at(place, length)[offset:].ljust(size_bytes, b"\0"))


def _family(start: bytes) -> int:
    return int.from_bytes(start, sys.byteorder) if sys.platform == "linux" else start[1]
