"""A fake network behind a TUN device: what an address answers is told by its last octet."""

import fcntl
import heapq
import os
import select
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from scapy.layers.inet import ICMP, IP, TCP
from scapy.packet import Packet, Raw

from tests.sweep.syn.lab import Lab, call, inside

TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 1, 0x1000
NETWORK, OWN = "10.77.0.0/16", "10.77.255.254"
ROUTER = "10.77.255.253"
LATE_S = 2.9


def reply(syn: IP, *, flags: str = "SA", ahead: int = 1, source: str | None = None, **fields: int) -> IP:
    tcp = syn[TCP]
    answer = TCP(sport=tcp.dport, dport=tcp.sport, seq=99, ack=(tcp.seq + ahead) % 2**32, flags=flags, **fields)
    return IP(src=source or syn.dst, dst=syn.src) / answer


def error(syn: IP, code: int) -> IP:
    return IP(src=ROUTER, dst=syn.src) / ICMP(type=3, code=code) / Raw(bytes(syn)[:28])


def strange_port(syn: IP) -> IP:
    answer = reply(syn)
    answer[TCP].sport = 4_444
    return answer


def broken_header(syn: IP) -> IP:
    answer = reply(syn)
    answer.chksum = 0x1234
    return answer


def malformed_options(syn: IP) -> IP:
    octets = bytearray(bytes(reply(syn, dataofs=6)) + bytes([2, 0, 0, 0]))
    octets[2:4] = struct.pack("!H", len(octets))
    fixed = IP(bytes(octets))
    del fixed.chksum, fixed[TCP].chksum
    return fixed


# By last octet: the answers to the n-th SYN, as (seconds, packet).
BEHAVIOUR: dict[int, Callable[[IP, int], list[tuple[float, Packet]]]] = {
    1: lambda syn, _: [(0, reply(syn))],
    2: lambda syn, _: [(0, reply(syn))] * 3,
    3: lambda syn, nth: [(LATE_S, reply(syn))] if nth == 3 else [],
    4: lambda syn, _: [(0, reply(syn, source="10.77.9.200"))],
    5: lambda syn, _: [(0, reply(syn, ahead=99_999))],
    6: lambda syn, _: [(0, error(syn, 13))],
    7: lambda syn, _: [(0, reply(syn, flags="RA"))],
    8: lambda syn, _: [(0, strange_port(syn))],
    9: lambda syn, _: [(0, reply(syn)), (0.05, reply(syn, flags="RA"))],
    10: lambda syn, _: [(0, error(syn, 1))],
    11: lambda syn, _: [(0, reply(syn, window=0))],
    12: lambda syn, _: [(0, reply(syn, chksum=0x1234))],
    13: lambda syn, _: [(0, broken_header(syn))],
    14: lambda syn, _: [(0, IP(bytes(reply(syn))[:30]))],
    15: lambda syn, nth: [(0, reply(syn))] if nth == 2 else [],
    16: lambda syn, _: [(0, malformed_options(syn))],
    17: lambda syn, nth: [(0, error(syn, 1))] if nth == 1 else [(0, reply(syn))],
    18: lambda syn, _: [(0, reply(syn))] * 100,
}


class Strangers:
    """The device and the thread that answers on it."""

    def __init__(self) -> None:
        self.device = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
        fcntl.ioctl(self.device, TUNSETIFF, struct.pack("16sH", b"tun0", IFF_TUN | IFF_NO_PI))
        call("ip", "link", "set", "tun0", "up")
        call("ip", "addr", "add", f"{OWN}/32", "dev", "tun0")
        call("ip", "route", "add", NETWORK, "dev", "tun0", "src", OWN)
        self.asked: Counter[tuple[str, int]] = Counter()
        """SYNs by address and port."""
        self.resets = 0
        self._waiting: list[tuple[float, int, bytes]] = []
        self._serial = 0
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._work)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        self._stopped.set()
        self._thread.join()
        os.close(self.device)

    def _work(self) -> None:
        while not self._stopped.is_set():
            wait_s = max(0.0, self._waiting[0][0] - time.monotonic()) if self._waiting else 0.1
            if select.select([self.device], [], [], min(0.1, wait_s))[0]:
                self._answer(os.read(self.device, 2_048))
            while self._waiting and self._waiting[0][0] <= time.monotonic():
                os.write(self.device, heapq.heappop(self._waiting)[2])

    def _answer(self, octets: bytes) -> None:
        if octets[0] >> 4 != 4 or octets[9] != 6:
            return
        packet = IP(octets)
        if packet[TCP].flags == "R":
            self.resets += 1
        if packet[TCP].flags != "S":
            return
        key = packet.dst, packet[TCP].dport
        self.asked[key] += 1
        behave = BEHAVIOUR.get(int(packet.dst.rsplit(".")[-1]))
        for seconds, answer in behave(packet, self.asked[key]) if behave else []:
            self._serial += 1
            heapq.heappush(self._waiting, (time.monotonic() + seconds, self._serial, bytes(answer)))


@contextmanager
def strangers(lab: Lab) -> Iterator[Strangers]:
    """Put the fake network behind the scanner's namespace."""
    with inside(lab.scanner):
        fake = Strangers()
        fake.start()
        try:
            yield fake
        finally:
            fake.close()
