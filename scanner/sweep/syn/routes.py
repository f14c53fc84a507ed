"""Where each planned address is sent: the kernel decides, once for every part of the plan that no route cuts."""

import fcntl
import socket
import struct
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scanner.core.address import V4_FIRST, V4_LAST, zone_of
from scanner.core.errors import SetupError
from scanner.core.intervals import Intervals
from scanner.sweep.kernel import Kernel, Route
from scanner.sweep.syn.layout import Targets
from scanner.sweep.syn.rings import NoRings

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_SIOCGIFHWADDR = 0x8927
_ARPHRD_ETHER, _ARPHRD_LOOPBACK = 1, 772
# Links that carry bare IP packets: none, PPP, raw IP, tunnels (linux/if_arp.h).
_ARPHRD_BARE = {65_534, 512, 519, 768, 769, 776, 778}
_LOW_128 = (1 << 128) - 1
MOST_PIECES = 100_000


@dataclass(frozen=True, slots=True)
class Piece:
    """Neighbouring planned addresses that all take the same route."""

    first: int
    """Place on the address line; so is `last`."""
    last: int
    route: Route


@dataclass(frozen=True, slots=True)
class Interface:
    """An interface of this machine."""

    index: int
    name: str
    mac: bytes | None
    """None for a link without Ethernet headers."""


class Routes:
    """The pieces of a plan in order, and which of them a batch of addresses falls into."""

    def __init__(self, pieces: Iterable[Piece]) -> None:
        import numpy as np

        self.pieces = sorted(pieces, key=_first)
        self._starts = [piece.first for piece in self.pieces]
        v4 = [(place, piece) for place, piece in enumerate(self.pieces) if V4_FIRST <= piece.first <= V4_LAST]
        self._v4_starts = np.array([piece.first - V4_FIRST for _, piece in v4], dtype=np.uint32)
        self._v4_places = np.array([place for place, _ in v4], dtype=np.int64)

    def of(self, targets: Targets) -> "NDArray[np.int64]":
        """Return the place of each target's piece; all must be planned."""
        import numpy as np

        if len(self.pieces) == 1:
            return np.zeros(len(targets), dtype=np.int64)
        if targets.family == 4:
            places: NDArray[np.int64] = self._v4_places[
                np.searchsorted(self._v4_starts, targets.address, side="right") - 1
            ]
            return places
        return np.array([self._place(number) for number in targets.numbers()], dtype=np.int64)

    def _place(self, number: int) -> int:
        return bisect_right(self._starts, number) - 1

    @property
    def local(self) -> Intervals:
        """The planned addresses that are this machine's own."""
        return Intervals((piece.first, piece.last) for piece in self.pieces if piece.route.local)


def find_routes(kernel: Kernel, addresses: Intervals) -> Routes:
    """Return the routes of all planned addresses; raises SetupError when the table is too finely cut."""
    pieces: list[Piece] = []
    for family, part in ((4, _v4(addresses)), (6, addresses - _v4(addresses))):
        if not part:
            continue
        cuts = sorted({edge for first, last in kernel.prefixes(family) for edge in (first, last + 1)})
        for first, last in _cut(part, cuts, family):
            if len(pieces) >= MOST_PIECES:
                raise SetupError("the routing table cuts the targets into over 100,000 parts; use --engine connect")
            pieces.append(Piece(first, last, kernel.route(family, _octets(family, first), zone_of(first))))
    return Routes(pieces)


def read_interface(index: int) -> Interface:
    """Return the interface with that index; raises NoRings for a link that packets can't be made for."""
    name = socket.if_indextoname(index)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        answer = fcntl.ioctl(sock, _SIOCGIFHWADDR, struct.pack("16s24x", name.encode()))
    kind = struct.unpack_from("H", answer, 16)[0]
    if kind == _ARPHRD_ETHER:
        return Interface(index, name, answer[18:24])
    if kind in _ARPHRD_BARE:
        return Interface(index, name, None)
    raise NoRings(f"{name}: links of type {kind} are not known to the raw sweep; use --engine connect")


def no_way(route: Route) -> str | None:
    """Return why nothing could be sent along a route; None where no host has the address."""
    if not route.interface and not route.broadcast:
        return "was not asked: this machine has no route to it"
    return "was not asked: the router on the way does not answer, or the link is down" if route.gateway else None


def _first(piece: Piece) -> int:
    return piece.first


def _v4(addresses: Intervals) -> Intervals:
    return addresses & Intervals([(V4_FIRST, V4_LAST)])


def _octets(family: int, number: int) -> bytes:
    return (number - V4_FIRST).to_bytes(4) if family == 4 else (number & _LOW_128).to_bytes(16)


def _cut(part: Intervals, cuts: list[int], family: int) -> Iterable[tuple[int, int]]:
    for first, last in part.spans:
        above = V4_FIRST if family == 4 else first & ~_LOW_128
        start = first
        place = bisect_right(cuts, start - above)
        while place < len(cuts) and cuts[place] + above <= last:
            yield start, cuts[place] + above - 1
            start = cuts[place] + above
            place += 1
        yield start, last
