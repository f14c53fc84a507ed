"""What arrived, judged a batch at a time: only an answer that carries the cookie of its own SYN counts.

A packet is refused and counted when its lengths do not fit, it is a fragment, a checksum is wrong, or it quotes a
number that this run has not sent. Options are never walked, so none can trap us.
"""

from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING

from scanner.sweep.syn.cookies import Cookies
from scanner.sweep.syn.fields import (
    Pseudo,
    addresses,
    checked,
    chosen_rows,
    distinct,
    folded,
    number16,
    number32,
    words_sum,
)
from scanner.sweep.syn.rings import (
    HEADER_INTERFACE,
    HEADER_KEPT,
    HEADER_LENGTH,
    SNAP_BYTES,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_TCP, _ICMP, _ICMP6 = 6, 1, 58
_FIN_SYN_RST_ACK = 0x17
_SYN_ACK, _RST, _RST_ACK = 0x12, 0x04, 0x14


_PSEUDO_TCP = {4: Pseudo(12, 20, _TCP), 6: Pseudo(8, 40, _TCP)}
_PSEUDO_ICMP = {4: None, 6: Pseudo(8, 40, _ICMP6)}


class Said(IntEnum):
    """What an answer says of the port."""

    OPEN = 0
    CLOSED = 1
    UNREACHABLE = 2
    PROHIBITED = 3


# RFC 792, RFC 1812 section 5.2.7.1 and the kernel's own view of each code as a connect sees it: 3 is a refusal.
_ICMP_SAID = {
    0: Said.UNREACHABLE, 1: Said.UNREACHABLE, 3: Said.CLOSED, 5: Said.UNREACHABLE, 6: Said.UNREACHABLE,
    7: Said.UNREACHABLE, 8: Said.UNREACHABLE, 9: Said.PROHIBITED, 10: Said.PROHIBITED, 11: Said.UNREACHABLE,
    12: Said.UNREACHABLE, 13: Said.PROHIBITED,
}  # fmt: skip
# RFC 4443 section 3.1.
_ICMP6_SAID = {
    0: Said.UNREACHABLE, 1: Said.PROHIBITED, 2: Said.UNREACHABLE, 3: Said.UNREACHABLE, 4: Said.CLOSED,
    5: Said.PROHIBITED, 6: Said.PROHIBITED,
}  # fmt: skip


@dataclass(slots=True)
class Rejected:
    """How many packets were refused, by reason."""

    malformed: int = 0
    """Lengths that do not fit, fragments, extension chains."""
    checksum: int = 0
    forged: int = 0
    """The number that it acknowledges or quotes is not the cookie of that endpoint."""
    unasked: int = 0
    """Flags that answer no SYN."""

    @property
    def total(self) -> int:
        """How many in all."""
        return self.malformed + self.checksum + self.forged + self.unasked


@dataclass(slots=True)
class Answers:
    """Genuine answers of one family, side by side."""

    family: int
    address: "NDArray[np.uint32] | NDArray[np.uint64]"
    port: "NDArray[np.uint32]"
    source_port: "NDArray[np.uint32]"
    """Ours: tells which slice and round of the schedule was answered."""
    said: "NDArray[np.uint8]"
    """Members of Said."""
    interface: "NDArray[np.uint32]"
    """Index of the interface that it came in on."""


@dataclass(slots=True)
class Parser:
    """Reads batches of packets, from the network header on."""

    cookies: Cookies
    rejected: Rejected = field(default_factory=Rejected)

    def read(self, family: int, packets: "NDArray[np.uint8]", headers: "NDArray[np.uint32]") -> list[Answers]:
        """Return the answers among packets of shape (n, SNAP_BYTES) with their headers (syn.rings)."""
        return self._read_v4(packets, headers) if family == 4 else self._read_v6(packets, headers)

    def _read_v4(self, packets: "NDArray[np.uint8]", headers: "NDArray[np.uint32]") -> list[Answers]:
        import numpy as np

        length = number16(packets, 2)
        head = packets[:, 0]
        fits = (head >= 0x45) & (head <= 0x4F) & (length <= headers[:, HEADER_LENGTH])
        fits &= (number16(packets, 6) & np.uint32(0x3FFF)) == 0
        fits &= headers[:, HEADER_KEPT] >= np.minimum(length, np.uint32(SNAP_BYTES))
        found: list[Answers] = []
        kinds = head.astype(np.uint32) << np.uint32(8) | packets[:, 9]
        for kind in distinct(kinds[fits]):
            start, protocol = (kind >> 8 & 0xF) * 4, kind & 0xFF
            rows = chosen_rows(fits & (kinds == kind), packets)
            found += self._read_v4_kind(packets[rows], headers[rows], length[rows], start, protocol)
        self.rejected.malformed += int(len(fits) - fits.sum())
        return found

    def _read_v4_kind(
        self,
        packets: "NDArray[np.uint8]",
        headers: "NDArray[np.uint32]",
        length: "NDArray[np.uint32]",
        start: int,
        protocol: int,
    ) -> list[Answers]:
        # What never crossed a wire has no checksum yet (veth, virtual machines); the IP header always has one.
        good = folded(words_sum(packets, 0, start)) == 0xFFFF
        self.rejected.checksum += int(len(good) - good.sum())
        if not good.all():
            packets, headers, length = packets[good], headers[good], length[good]
        if protocol == _TCP:
            return self._read_tcp(4, packets, headers, length, start)
        return self._read_icmp(4, packets, headers, length, start)

    def _read_v6(self, packets: "NDArray[np.uint8]", headers: "NDArray[np.uint32]") -> list[Answers]:
        import numpy as np

        length = number16(packets, 4) + np.uint32(40)
        fits = (packets[:, 0] >> 4 == 6) & (length <= headers[:, HEADER_LENGTH])
        fits &= headers[:, HEADER_KEPT] >= np.minimum(length, np.uint32(SNAP_BYTES))
        found: list[Answers] = []
        for protocol in (_TCP, _ICMP6):
            rows = chosen_rows(fits & (packets[:, 6] == protocol), packets)
            kept, kept_headers, kept_length = packets[rows], headers[rows], length[rows]
            if not len(kept):
                continue
            if protocol == _TCP:
                found += self._read_tcp(6, kept, kept_headers, kept_length, 40)
            else:
                found += self._read_icmp(6, kept, kept_headers, kept_length, 40)
        known = fits & ((packets[:, 6] == _TCP) | (packets[:, 6] == _ICMP6))
        self.rejected.malformed += int(len(known) - known.sum())
        return found

    def _read_tcp(
        self,
        family: int,
        packets: "NDArray[np.uint8]",
        headers: "NDArray[np.uint32]",
        length: "NDArray[np.uint32]",
        start: int,
    ) -> list[Answers]:
        import numpy as np

        offset = (packets[:, start + 12] >> 4).astype(np.uint32) * 4
        fits = (offset >= 20) & (start + offset <= length)
        self.rejected.malformed += int(len(fits) - fits.sum())
        good = checked(packets, headers, length, start, _PSEUDO_TCP[family])
        self.rejected.checksum += int((fits & ~good).sum())
        fits &= good
        flags = packets[:, start + 13] & _FIN_SYN_RST_ACK
        is_open, is_closed = flags == _SYN_ACK, flags == _RST_ACK
        asked = is_open | is_closed
        self.rejected.unasked += int((fits & ~asked).sum())
        fits &= asked
        rows = chosen_rows(fits, packets)
        packets, headers, closed = packets[rows], headers[rows], is_closed[rows]
        address = addresses(family, packets, 12 if family == 4 else 8)
        port, source_port = number16(packets, start), number16(packets, start + 2)
        ahead = number32(packets, start + 8) - self._cookie(family, address, port, source_port)
        # A reset may acknowledge the SYN's own number instead of the next one; some stacks do.
        genuine = (ahead == 1) | (closed & (ahead == 0))
        self.rejected.forged += int(len(genuine) - genuine.sum())
        said = np.where(closed, np.uint8(Said.CLOSED), np.uint8(Said.OPEN))
        return _answers(Answers(family, address, port, source_port, said, headers[:, HEADER_INTERFACE]), genuine)

    def _read_icmp(
        self,
        family: int,
        packets: "NDArray[np.uint8]",
        headers: "NDArray[np.uint32]",
        length: "NDArray[np.uint32]",
        start: int,
    ) -> list[Answers]:
        """Read destination unreachable: it quotes the IP header and 8 bytes of our SYN, or more."""
        import numpy as np

        quoted = start + 8
        inner = 20 if family == 4 else 40
        said_by_code = np.full(256, 255, dtype=np.uint8)
        for code, meaning in (_ICMP_SAID if family == 4 else _ICMP6_SAID).items():
            said_by_code[code] = meaning
        if quoted + inner + 8 > SNAP_BYTES:
            self.rejected.malformed += len(packets)
            return []
        fits = (quoted + inner + 8 <= length) & (packets[:, start] == (3 if family == 4 else 1))
        if family == 4:
            fits &= (packets[:, quoted] == 0x45) & (packets[:, quoted + 9] == _TCP)
        else:
            fits &= (packets[:, quoted] >> 4 == 6) & (packets[:, quoted + 6] == _TCP)
        said = said_by_code[packets[:, start + 1]]
        fits &= said != 255
        self.rejected.malformed += int(len(fits) - fits.sum())
        whole = length <= SNAP_BYTES
        good = checked(packets, headers, length, start, _PSEUDO_ICMP[family]) | ~whole
        self.rejected.checksum += int((fits & ~good).sum())
        rows = chosen_rows(fits & good, packets)
        packets, headers, said = packets[rows], headers[rows], said[rows]
        address = addresses(family, packets, quoted + (16 if family == 4 else 24))
        source_port, port = number16(packets, quoted + inner), number16(packets, quoted + inner + 2)
        cookie = self._cookie(family, address, port, source_port)
        genuine = number32(packets, quoted + inner + 4) == cookie
        self.rejected.forged += int(len(genuine) - genuine.sum())
        return _answers(Answers(family, address, port, source_port, said, headers[:, HEADER_INTERFACE]), genuine)

    def _cookie(
        self,
        family: int,
        address: "NDArray[np.uint32] | NDArray[np.uint64]",
        port: "NDArray[np.uint32]",
        source_port: "NDArray[np.uint32]",
    ) -> "NDArray[np.uint32]":
        of = self.cookies.of_v4 if family == 4 else self.cookies.of_v6
        return of(address, port, source_port)  # type: ignore[arg-type] # the family says which of the two it is


def _answers(found: Answers, genuine: "NDArray[np.bool_]") -> list[Answers]:
    if not genuine.any():
        return []
    return [
        Answers(
            found.family,
            found.address[genuine],
            found.port[genuine],
            found.source_port[genuine],
            found.said[genuine],
            found.interface[genuine],
        )
    ]
