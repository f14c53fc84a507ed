"""SYN segments: one template a route, then whole batches patched into a ring with numpy.

The SYN carries one option, the maximum segment size, because some stacks and firewalls drop a SYN without any
(RFC 9293 section 3.7.1 recommends it). Checksums are computed here, so no offload is needed on the way.
"""

import socket
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SYN = 0x02
HOP_LIMIT = 64
WINDOW = 64_240
_MSS = {4: 1_460, 6: 1_440}
_TCP_BYTES = 24
_ETHERTYPE = {4: 0x0800, 6: 0x86DD}
_IP_BYTES = {4: 20, 6: 40}


@dataclass(frozen=True, slots=True)
class LinkHeader:
    """What stands in front of the IP header on one interface."""

    own_mac: bytes | None
    """Six bytes, or None for links without an Ethernet header: tun, VPN, point-to-point."""
    next_hop_mac: bytes = bytes(6)
    """Where packets go unless each has its own neighbour."""

    def of(self, family: int) -> bytes:
        """Return the link header of an IPv4 or IPv6 packet."""
        if self.own_mac is None:
            return b""
        return self.next_hop_mac + self.own_mac + struct.pack("!H", _ETHERTYPE[family])


class SynTemplate:
    """A SYN without target: the frame to fill a ring with, and how to patch a batch of its slots."""

    def __init__(self, family: int, source: bytes, header: LinkHeader) -> None:
        """Take the source address as 4 or 16 bytes in network order."""
        self.family = family
        self._at = len(header.of(family))
        ip, tcp = _ip_header(family, source), _tcp_header(family)
        self.frame = header.of(family) + ip + tcp
        self._ip_sum = _sum16(ip)
        # The pseudo header counts the source, the protocol and the length (RFC 9293 section 3.1, RFC 8200 section 8.1).
        self._tcp_sum = _sum16(source) + socket.IPPROTO_TCP + _TCP_BYTES + _sum16(tcp)

    def patch_v4(
        self,
        frames: "NDArray[np.uint8]",
        address: "NDArray[np.uint32]",
        port: "NDArray[np.uint32]",
        source_port: "NDArray[np.uint32] | int",
        sequence: "NDArray[np.uint32]",
    ) -> None:
        """Write target, ports, sequence number and checksums into frames that hold the template."""
        import numpy as np

        words = frames.view(np.uint16)
        ip, tcp = self._at // 2, (self._at + _IP_BYTES[4]) // 2
        high, low = address >> np.uint32(16), address & np.uint32(0xFFFF)
        both = high + low
        words[:, ip + 5] = _complement(both + np.uint32(self._ip_sum))
        words[:, ip + 8] = _swap(high)
        words[:, ip + 9] = _swap(low)
        self._patch_tcp(words, tcp, address_sum=both, port=port, source_port=source_port, sequence=sequence)

    def patch_v6(
        self,
        frames: "NDArray[np.uint8]",
        address: "NDArray[np.uint64]",
        port: "NDArray[np.uint32]",
        source_port: "NDArray[np.uint32] | int",
        sequence: "NDArray[np.uint32]",
    ) -> None:
        """Do the same for IPv6; `address` has shape (n, 2)."""
        import numpy as np

        octets = address.astype(">u8").view(np.uint8).reshape(len(address), 16)
        frames[:, self._at + 24 : self._at + 40] = octets
        total = octets.view(">u2").sum(axis=1, dtype=np.uint32)
        words, tcp = frames.view(np.uint16), (self._at + 40) // 2
        self._patch_tcp(words, tcp, address_sum=total, port=port, source_port=source_port, sequence=sequence)

    def _patch_tcp(
        self,
        words: "NDArray[np.uint16]",
        tcp: int,
        *,
        address_sum: "NDArray[np.uint32]",
        port: "NDArray[np.uint32]",
        source_port: "NDArray[np.uint32] | int",
        sequence: "NDArray[np.uint32]",
    ) -> None:
        import numpy as np

        high, low = sequence >> np.uint32(16), sequence & np.uint32(0xFFFF)
        total = address_sum + high + low + port + np.uint32(source_port) + np.uint32(self._tcp_sum)
        words[:, tcp] = _swap(np.uint32(source_port))
        words[:, tcp + 1] = _swap(port)
        words[:, tcp + 2] = _swap(high)
        words[:, tcp + 3] = _swap(low)
        words[:, tcp + 8] = _complement(total)


def _ip_header(family: int, source: bytes) -> bytes:
    if family == 4:
        return struct.pack(
            "!BBHHHBBH4s4x", 0x45, 0, 20 + _TCP_BYTES, 0, 0x4000, HOP_LIMIT, socket.IPPROTO_TCP, 0, source
        )
    return struct.pack("!IHBB16s16x", 6 << 28, _TCP_BYTES, socket.IPPROTO_TCP, HOP_LIMIT, source)


def _tcp_header(family: int) -> bytes:
    offset = _TCP_BYTES // 4 << 4
    return struct.pack("!HHIIBBHHHBBH", 0, 0, 0, 0, offset, SYN, WINDOW, 0, 0, 2, 4, _MSS[family])


def _sum16(data: bytes) -> int:
    return sum(struct.unpack(f"!{len(data) // 2}H", data))


def _swap(value: "NDArray[np.uint32] | np.uint32") -> "NDArray[np.uint16] | np.uint16":
    import numpy as np

    return value.astype(np.uint16).byteswap()


def _complement(total: "NDArray[np.uint32]") -> "NDArray[np.uint16]":
    """Fold a sum of 16-bit words into its ones' complement, in network order (RFC 1071)."""
    import numpy as np

    folded = (total & np.uint32(0xFFFF)) + (total >> np.uint32(16))
    folded += folded >> np.uint32(16)
    return np.invert(folded).astype(np.uint16).byteswap()
