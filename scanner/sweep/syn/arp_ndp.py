"""Link addresses of neighbours: ARP (RFC 826) and neighbour discovery (RFC 4861), templates made with scapy.

The kernel's own table is read and never filled, so a large on-link range can't overflow it.
"""

import select
import socket
import struct
from collections.abc import Callable, Iterable
from ipaddress import ip_address
from typing import TYPE_CHECKING

from scanner.core.address import to_number
from scanner.core.audit import Audit
from scanner.sweep.bucket import Bucket
from scanner.sweep.kernel import Kernel
from scanner.sweep.netlink import NetlinkError
from scanner.sweep.syn.routes import Interface

if TYPE_CHECKING:
    from scanner.net.clock import Clock

TRIES = 3
_MOST_TRIES = 60
"""How often neighbours are asked while the link carries nothing: about a minute."""
WAIT_S = 1.0
"""RFC 4861 section 10: RETRANS_TIMER and MAX_MULTICAST_SOLICIT; the kernel's ARP does the same."""
_ETH_P_ARP, _ETH_P_IPV6 = 0x0806, 0x86DD
_ARP_REPLY = 2
_ICMPV6, _ADVERTISEMENT = 58, 136
_OPTION_LINK_ADDRESS = 2


def resolve(
    kernel: Kernel,
    interface: Interface,
    source: bytes,
    wanted: Iterable[bytes],
    *,
    bucket: Bucket,
    clock: "Clock",
    stopped: Callable[[], bool],
    audit: Audit | None = None,
) -> dict[bytes, bytes]:
    """Return the link addresses of those wanted IP addresses (network order) that answer, asking each three times.

    A try counts only if a neighbour who had answered before did so again: else the link was down, and says nothing.
    """
    family = 4 if len(source) == 4 else 6
    try:
        known = kernel.link_addresses(family, interface.index)
    except NetlinkError:
        # The kernel's table only saves questions: the neighbours themselves are asked instead.
        known = {}
    wanted = list(wanted)
    found = {address: known[address] for address in wanted if address in known}
    missing = [address for address in wanted if address not in known]
    if not missing or interface.mac is None:
        return found
    protocol = _ETH_P_ARP if family == 4 else _ETH_P_IPV6
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0) as sock:
        sock.bind((interface.name, protocol))
        sock.setblocking(False)
        make = _arp_maker(interface.mac, source) if family == 4 else _solicitation_maker(interface.mac, source)
        read = _read_arp if family == 4 else _read_advertisement
        hunt = _Hunt(sock, read, set(missing), found, audit)
        counted = 0
        for _ in range(_MOST_TRIES):
            hunt.ask(make, bucket, clock, stopped)
            hunt.listen(WAIT_S, clock, stopped)
            counted += hunt.link_worked
            if not hunt.missing or stopped() or counted == TRIES:
                break
    return found


class _Hunt:
    def __init__(
        self,
        sock: socket.socket,
        read: Callable[[bytes], tuple[bytes, bytes] | None],
        missing: set[bytes],
        found: dict[bytes, bytes],
        audit: Audit | None,
    ) -> None:
        self._audit = audit
        self._socket = sock
        self._read = read
        self.missing = missing
        self._found = found
        self._heard: list[bytes] = []
        self._witness: bytes | None = None
        """Who answered before and is asked once more in each try."""
        self._heard_again = False

    @property
    def link_worked(self) -> bool:
        """Whether silence in the last try means anything."""
        return self._witness is None or self._heard_again

    def ask(self, make: Callable[[bytes], bytes], bucket: Bucket, clock: "Clock", stopped: Callable[[], bool]) -> None:
        """Send one question for each missing address, at the plan's rate."""
        self._heard_again = False
        self._witness = next(iter(self._heard), None)
        for address in [*self.missing, *([] if self._witness is None else [self._witness])]:
            while not bucket.available(clock.now_s()):
                self.listen(bucket.wait_s(), clock, stopped)
                if stopped():
                    return
            bucket.take(1)
            try:
                self._socket.send(make(address))
            except OSError:
                # A full queue or a link that is down: the next of the three tries may get through.
                continue
            if self._audit is not None:
                self._audit.asked("neighbour", [to_number(ip_address(address))])

    def listen(self, seconds: float, clock: "Clock", stopped: Callable[[], bool]) -> None:
        """Note answers until the time is over or nobody is missing."""
        end_s = clock.now_s() + seconds
        while self.missing and not stopped():
            left_s = end_s - clock.now_s()
            if left_s <= 0 or not select.select([self._socket], [], [], min(left_s, 0.1))[0]:
                if left_s <= 0:
                    return
                continue
            self._note(self._socket.recv(2_048))

    def _note(self, frame: bytes) -> None:
        answer = self._read(frame)
        if answer is not None and answer[0] == self._witness:
            self._heard_again = True
        if answer is not None and answer[0] in self.missing:
            self.missing.discard(answer[0])
            self._heard.append(answer[0])
            self._found[answer[0]] = answer[1]


def _arp_maker(mac: bytes, source: bytes) -> Callable[[bytes], bytes]:
    from scapy.layers.l2 import ARP, Ether

    sender = mac.hex(":")
    question = Ether(src=sender, dst="ff:ff:ff:ff:ff:ff") / ARP(
        op=1, hwsrc=sender, psrc=socket.inet_ntoa(source), pdst="0.0.0.0"
    )
    template = bytes(question)
    return lambda address: template[:38] + address + template[42:]


def _solicitation_maker(mac: bytes, source: bytes) -> Callable[[bytes], bytes]:
    from scapy.layers.inet6 import ICMPv6ND_NS, ICMPv6NDOptSrcLLAddr, IPv6
    from scapy.layers.l2 import Ether

    own, sender = socket.inet_ntop(socket.AF_INET6, source), mac.hex(":")

    def make(address: bytes) -> bytes:
        target = socket.inet_ntop(socket.AF_INET6, address)
        # RFC 4291 section 2.7.1 and RFC 2464 section 7: the solicited-node group and its Ethernet address.
        group = bytes.fromhex("ff0200000000000000000001ff") + address[13:]
        ether = Ether(src=sender, dst=(b"\x33\x33" + group[12:]).hex(":"))
        packet = IPv6(src=own, dst=socket.inet_ntop(socket.AF_INET6, group), hlim=255)
        return bytes(ether / packet / ICMPv6ND_NS(tgt=target) / ICMPv6NDOptSrcLLAddr(lladdr=sender))

    return make


def _read_arp(frame: bytes) -> tuple[bytes, bytes] | None:
    if len(frame) < 42 or frame[12:20] != struct.pack("!HHHBB", _ETH_P_ARP, 1, 0x0800, 6, 4):
        return None
    if int.from_bytes(frame[20:22]) != _ARP_REPLY:
        return None
    return frame[28:32], frame[22:28]


def _read_advertisement(frame: bytes) -> tuple[bytes, bytes] | None:
    # RFC 4861 section 7.1.2: hop limit 255 shows that no router forwarded it.
    if len(frame) < 78 or frame[20] != _ICMPV6 or frame[21] != 255 or frame[54] != _ADVERTISEMENT:
        return None
    target, options = frame[62:78], frame[78:]
    while len(options) >= 8:
        length = options[1] * 8
        if not length:
            return None
        if options[0] == _OPTION_LINK_ADDRESS and length == 8:
            return target, options[2:8]
        options = options[length:]
    return target, frame[6:12]
