"""Sees every packet that comes out of the scanner's cable: what a tcpdump beside an audit log would have seen.

At the far end, because a packet ring may pass by the taps of its own machine (PACKET_QDISC_BYPASS).
"""

import contextlib
import socket
import struct
import threading
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.lab.namespaces import Lab
from tests.sweep.syn.lab import inside

ETH_P_ALL, ETH_P_IP, ETH_P_ARP, ETH_P_IPV6 = 3, 0x0800, 0x0806, 0x86DD
OUTGOING = 4
"""From the far end, so an answer to the scanner."""
SYN, ACK = 0x02, 0x10
SO_RCVBUFFORCE, SOL_PACKET, PACKET_STATISTICS = 33, 263, 6


@dataclass
class Flow:
    """One TCP connection attempt: distinct by our port and our first sequence number."""

    to: tuple[str, int]
    source_port: int
    ours: int
    theirs: int | None = None
    out: int = 0
    back: int = 0


@dataclass
class Capture:
    """What was seen; retransmissions of a SYN or of a segment are the attempt or the bytes that they repeat."""

    flows: dict[tuple[str, int, int, int], Flow] = field(default_factory=dict)
    latest: dict[tuple[str, int, int], Flow] = field(default_factory=dict)
    datagrams: Counter[tuple[str, int]] = field(default_factory=Counter)
    datagram_bytes: Counter[tuple[str, int]] = field(default_factory=Counter)
    whoever: set[str] = field(default_factory=set)
    """Everybody to whom an IP packet went."""
    sought: set[str] = field(default_factory=set)
    """Whose link address was asked for."""
    dropped: int = 0

    @property
    def attempts(self) -> Counter[tuple[str, int]]:
        return Counter(flow.to for flow in self.flows.values())

    @property
    def connections(self) -> dict[tuple[str, int, int], tuple[int, int]]:
        """Payload out and in by address, port and our port."""
        sums: defaultdict[tuple[str, int, int], list[int]] = defaultdict(lambda: [0, 0])
        for flow in self.flows.values():
            pair = sums[(*flow.to, flow.source_port)]
            pair[0] += flow.out
            pair[1] += flow.back
        return {key: (out, back) for key, (out, back) in sums.items()}

    def see(self, packet: bytes, protocol: int, *, outgoing: bool) -> None:
        if protocol == ETH_P_ARP and outgoing:
            self.sought.add(socket.inet_ntoa(packet[24:28]))
        if protocol != ETH_P_IP:
            return
        start, length = (packet[0] & 15) * 4, int.from_bytes(packet[2:4])
        peer = socket.inet_ntoa(packet[16:20] if outgoing else packet[12:16])
        if outgoing:
            self.whoever.add(peer)
        body = packet[start:length]
        if packet[9] == socket.IPPROTO_TCP:
            self.see_tcp(peer, body, outgoing=outgoing)
        elif packet[9] == socket.IPPROTO_UDP and outgoing:
            place = peer, int.from_bytes(body[2:4])
            self.datagrams[place] += 1
            self.datagram_bytes[place] += len(body) - 8

    def see_tcp(self, peer: str, body: bytes, *, outgoing: bool) -> None:
        source, target, number = struct.unpack_from("!HHI", body)
        flags, size = body[13], len(body) - (body[12] >> 4) * 4
        own, port = (source, target) if outgoing else (target, source)
        if outgoing and flags & (SYN | ACK) == SYN:
            flow = self.flows.setdefault((peer, port, own, number), Flow((peer, port), own, number))
            self.latest[peer, port, own] = flow
            return
        flow = self.latest.get((peer, port, own))
        if flow is None:
            return
        if not outgoing and flags & SYN:
            flow.theirs = number
        elif outgoing and size:
            flow.out = max(flow.out, (number + size - flow.ours - 1) % (1 << 32))
        elif size and flow.theirs is not None:
            flow.back = max(flow.back, (number + size - flow.theirs - 1) % (1 << 32))


@contextlib.contextmanager
def capturing(lab: Lab) -> Iterator[Capture]:
    """Capture at the far end of the cable; complete when the block is left."""
    seen, over = Capture(), threading.Event()
    with inside(lab.there):
        sock = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_ALL))
        sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 64 << 20)
        sock.bind((lab.far, ETH_P_ALL))
    sock.settimeout(0.2)

    def read() -> None:
        while True:
            try:
                packet, where = sock.recvfrom(1 << 17)
            except TimeoutError:
                if over.is_set():
                    return
                continue
            seen.see(packet, where[1], outgoing=where[2] != OUTGOING)

    reader = threading.Thread(target=read)
    reader.start()
    try:
        yield seen
    finally:
        over.set()
        reader.join()
        seen.dropped = struct.unpack("II", sock.getsockopt(SOL_PACKET, PACKET_STATISTICS, 8))[1]
        sock.close()
