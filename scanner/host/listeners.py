"""Reads the kernel's tables of listening sockets: /proc/net/tcp and its kin (proc(5))."""

import ipaddress
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from scanner.core.address import Address
from scanner.core.errors import SetupError
from scanner.core.ports import Transport

_TABLES = (("tcp", Transport.TCP), ("tcp6", Transport.TCP), ("udp", Transport.UDP), ("udp6", Transport.UDP))
# include/net/tcp_states.h: TCP_LISTEN is 10; an unconnected UDP socket shows TCP_CLOSE, 7.
_WAITING = {Transport.TCP: "0A", Transport.UDP: "07"}


@dataclass(frozen=True, slots=True)
class Listener:
    """One socket that waits for strangers."""

    address: Address
    port: int
    transport: Transport
    inode: int
    uid: int


def read_listeners(proc: Path = Path("/proc")) -> list[Listener]:
    """Return every listening socket of this network namespace; raises SetupError where there is no /proc/net."""
    if not (proc / "net/tcp").exists():
        raise SetupError("this machine has no /proc/net/tcp; `exposure host` works on Linux")
    found: set[Listener] = set()
    for name, transport in _TABLES:
        table = proc / "net" / name
        if table.exists():
            found.update(parse_table(table.read_text("ascii", "replace"), transport))
    return sorted(found, key=lambda one: (one.transport, one.port, one.address.version, int(one.address)))


def parse_table(text: str, transport: Transport) -> Iterator[Listener]:
    """Yield the waiting sockets of one table; lines that do not follow proc(5) are passed over."""
    for line in text.splitlines()[1:]:
        fields = line.split()
        if len(fields) < 10 or fields[3] != _WAITING[transport]:
            continue
        place, _, port = fields[1].partition(":")
        try:
            yield Listener(_address(place), int(port, 16), transport, int(fields[9]), int(fields[7]))
        except ValueError:
            continue


def _address(text: str) -> Address:
    """Return an address from its 32-bit words, each in the machine's byte order."""
    words = [int(text[start : start + 8], 16) for start in range(0, len(text), 8)]
    packed = b"".join(word.to_bytes(4, sys.byteorder) for word in words)
    address = ipaddress.ip_address(packed)
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address
