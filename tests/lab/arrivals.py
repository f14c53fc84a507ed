"""Counts connection attempts where they arrive: at the far ends of all cables, by the kernel's own clock."""

import contextlib
import socket
import struct
import threading
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field

from tests.lab.namespaces import Lab
from tests.sweep.syn.lab import inside

ETH_P_IP, SO_TIMESTAMPNS, SO_RCVBUFFORCE = 0x0800, 35, 33
SYN, ACK = 0x02, 0x10
SNAP_BYTES = 64
HOSTS = bytes((10, 9))
"""How addresses of the laboratory's hosts begin."""


@dataclass
class Arrivals:
    """Each SYN to a host of the laboratory: when, from whom, to whom."""

    seen: list[tuple[float, str, str]] = field(default_factory=list)

    def times(self, source: str = "", but_to: Collection[str] = ()) -> list[float]:
        """Return when SYNs came, in order: of all senders or of one, without those to some hosts."""
        return sorted(at for at, who, to in self.seen if source in {"", who} and to not in but_to)

    def senders(self) -> set[str]:
        return {who for _, who, _ in self.seen}

    def see(self, packet: bytes, at_s: float) -> None:
        start = (packet[0] & 15) * 4
        if packet[9] != socket.IPPROTO_TCP or packet[16:18] != HOSTS or len(packet) < start + 20:
            return
        if packet[start + 13] & (SYN | ACK) == SYN:
            self.seen.append((at_s, socket.inet_ntoa(packet[12:16]), socket.inet_ntoa(packet[16:20])))


def most_in_a_second(times: Sequence[float]) -> int:
    """Return how many of these moments, in order, fell into one second at most, wherever it begins."""
    most = first = 0
    for last, at in enumerate(times):
        while at - times[first] >= 1.0:
            first += 1
        most = max(most, last - first + 1)
    return most


@contextlib.contextmanager
def counting(lab: Lab) -> Iterator[Arrivals]:
    """Count until the block is left."""
    seen, over = Arrivals(), threading.Event()
    with inside(lab.there):
        sock = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_IP))
    sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 64 << 20)
    sock.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
    sock.settimeout(0.2)

    def read() -> None:
        while True:
            try:
                packet, held, _, where = sock.recvmsg(SNAP_BYTES, 64)
            except TimeoutError:
                if over.is_set():
                    return
                continue
            if where[2] == socket.PACKET_HOST:
                seconds, nanoseconds = struct.unpack("qq", held[0][2])
                seen.see(packet, seconds + nanoseconds / 1e9)

    reader = threading.Thread(target=read)
    reader.start()
    try:
        yield seen
    finally:
        over.set()
        reader.join()
        sock.close()
