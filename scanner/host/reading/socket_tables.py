"""Reads the kernel's socket tables: /proc/PID/net/tcp and its kin, once for each network namespace (proc(5))."""

import ipaddress
import sys
from collections.abc import Iterable, Iterator
from functools import lru_cache

from scanner.core.address import Address
from scanner.core.ports import Transport
from scanner.host.reading import procfs
from scanner.host.snapshot import Gap, Process, Socket, State

_TABLES = (("tcp", Transport.TCP), ("tcp6", Transport.TCP), ("udp", Transport.UDP), ("udp6", Transport.UDP))
# include/net/tcp_states.h; an unconnected UDP socket shows TCP_CLOSE, a connected one TCP_ESTABLISHED.
_STATES = {
    Transport.TCP: {"0A": State.LISTEN, "01": State.ESTABLISHED, "02": State.OPENING},
    Transport.UDP: {"07": State.LISTEN, "01": State.ESTABLISHED},
}


def read_sockets(proc: str, processes: Iterable[Process]) -> tuple[tuple[Socket, ...], int, list[Gap]]:
    """Return the sockets of every network namespace that a visible process lives in, and the reader's own namespace."""
    own = procfs.namespace(f"{proc}/self", "net")
    found: list[Socket] = []
    gaps: list[Gap] = []
    if procfs.read(f"{proc}/net/tcp", 1) is None:
        gaps.append(Gap("listeners and connections", f"{proc}/net/tcp is missing or closed", "mount /proc"))
    found += _tables(f"{proc}/net", own)
    others = {process.network: process.pid for process in processes if process.network not in {0, own}}
    for network, pid in others.items():
        found += _tables(f"{proc}/{pid}/net", network)
    return tuple(found), own, gaps


def _tables(folder: str, network: int) -> Iterator[Socket]:
    for name, transport in _TABLES:
        data = procfs.read(f"{folder}/{name}", 1 << 26)
        if data is not None:
            yield from parse_table(data.decode("ascii", "replace"), transport, network)


def parse_table(text: str, transport: Transport, network: int = 0) -> Iterator[Socket]:
    """Yield the sockets of one table that wait or talk; lines that do not follow proc(5) are passed over."""
    states = _STATES[transport]
    for line in text.split("\n")[1:]:
        fields = line.split(None, 10)
        state = states.get(fields[3]) if len(fields) >= 10 else None
        if state is None:
            continue
        try:
            place, _, port = fields[1].partition(":")
            other, _, other_port = fields[2].partition(":")
            yield Socket(
                address=_address(place),
                port=int(port, 16),
                transport=transport,
                state=state,
                inode=int(fields[9]),
                uid=int(fields[7]),
                peer=None if state is State.LISTEN else _address(other),
                peer_port=int(other_port, 16),
                network=network,
            )
        except ValueError:
            continue


@lru_cache(maxsize=65_536)
def _address(text: str) -> Address:
    """Return an address from its 32-bit words, each in the machine's byte order."""
    words = [int(text[start : start + 8], 16) for start in range(0, len(text), 8)]
    packed = b"".join(word.to_bytes(4, sys.byteorder) for word in words)
    address = ipaddress.ip_address(packed)
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def read_unix_sockets(proc: str) -> dict[int, str]:
    """Return the paths of the Unix sockets that wait for somebody, by inode (__SO_ACCEPTCON in the fourth column)."""
    lines = (procfs.read(f"{proc}/net/unix", 1 << 26) or b"").decode("utf-8", "backslashreplace").split("\n")
    found = (line.split(None, 7) for line in lines if "/" in line)
    return {
        int(fields[6]): fields[7]
        for fields in found
        if len(fields) == 8 and fields[3] == "00010000" and fields[6].isdecimal() and fields[7].startswith("/")
    }
