"""A plan's space as numpy arrays: indexes to endpoints and back, a batch at a time.

IPv4 addresses are uint32 in host order; IPv6 addresses are pairs of uint64, upper half first.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from scanner.core.address import V4_FIRST, V4_LAST, is_v4, zone_of
from scanner.core.intervals import Intervals
from scanner.core.space import Block, Space

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_LOW_64 = (1 << 64) - 1
_LOW_128 = (1 << 128) - 1
_V4 = Intervals([(V4_FIRST, V4_LAST)])
NOT_PLANNED = -1


@dataclass(frozen=True, slots=True)
class Targets:
    """Endpoints of one family, side by side."""

    family: int
    """4 or 6."""
    index: "NDArray[np.int64]"
    """Their places in the space."""
    address: "NDArray[np.uint32] | NDArray[np.uint64]"
    """Shape (n,) for IPv4, (n, 2) for IPv6."""
    port: "NDArray[np.uint32]"
    zone: "NDArray[np.uint32] | None" = None
    """Interface index of each IPv6 address, 0 for none; None for IPv4."""

    def __len__(self) -> int:
        return len(self.index)

    def where(self, mask: "NDArray[np.bool_] | NDArray[np.intp] | slice") -> "Targets":
        """Return the chosen ones."""
        zone = None if self.zone is None else self.zone[mask]
        return Targets(self.family, self.index[mask], self.address[mask], self.port[mask], zone)

    def numbers(self) -> list[int]:
        """Return their places on the address line (core.address)."""
        if self.family == 4:
            numbers: list[int] = (self.address.astype("int64") + V4_FIRST).tolist()
            return numbers
        zones = self.zone.tolist() if self.zone is not None else [0] * len(self)
        return [zone << 128 | high << 64 | low for (high, low), zone in zip(self.address.tolist(), zones, strict=True)]


@dataclass(frozen=True, slots=True)
class _Run:
    """One address span of one block: indexes `first` and up, address by address, port by port."""

    first: int
    block: int
    start: int
    """Place of the first address on the address line."""


class Layout:
    """The arrays of one space; TCP only, ports are plain numbers."""

    def __init__(self, space: Space) -> None:
        import numpy as np

        self.space = space
        self._ports = [np.fromiter(block.ports.keys, dtype=np.uint32) for block in space.blocks]
        self._firsts = _firsts(space.blocks)
        self._runs = list(_runs(space.blocks, self._firsts))
        self._run_first = np.array([run.first for run in self._runs], dtype=np.int64)
        self._run_rank = np.array([space.addresses.rank(run.start) for run in self._runs], dtype=np.int64)
        self._run_ports = np.array([space.blocks[run.block].ports.size for run in self._runs], dtype=np.int64)
        self._v4 = [_V4Spans(block.addresses) for block in space.blocks]
        self._every_v4 = _V4Spans(space.addresses)
        self.families = tuple(sorted({4 if is_v4(run.start) else 6 for run in self._runs}))

    def targets(self, index: "NDArray[np.int64]") -> list[Targets]:
        """Return the endpoints at these indexes, grouped by family and block; the order inside a group is kept."""
        import numpy as np

        if len(self._runs) == 1:
            return [self._of_run(self._runs[0], index)]
        places = np.searchsorted(self._run_first, index, side="right") - 1
        if self._single_v4_block:
            return [self._of_v4_block(places, index)]
        return [self._of_run(self._runs[int(place)], index[places == place]) for place in np.unique(places)]

    def index_v4(self, address: "NDArray[np.uint32]", port: "NDArray[np.uint32]") -> "NDArray[np.int64]":
        """Return the indexes of IPv4 endpoints, NOT_PLANNED for others."""
        import numpy as np

        found = np.full(len(address), NOT_PLANNED, dtype=np.int64)
        for block, ports, first in zip(self._v4, self._ports, self._firsts, strict=True):
            if not block.size:
                continue
            rank, inside = block.rank(address)
            place = np.minimum(np.searchsorted(ports, port), len(ports) - 1)
            inside &= ports[place] == port
            found[inside] = first + rank[inside] * len(ports) + place[inside]
        return found

    def index_v6(self, number: int, port: int) -> int:
        """Return the index of one IPv6 endpoint by its place on the address line, NOT_PLANNED for any other."""
        for block, first in zip(self.space.blocks, self._firsts, strict=True):
            if number in block.addresses and port in block.ports.keys:
                return first + block.addresses.rank(number) * block.ports.size + block.ports.keys.rank(port)
        return NOT_PLANNED

    def rank_v4(self, address: "NDArray[np.uint32]") -> "NDArray[np.int64]":
        """Return the ranks of planned IPv4 addresses among all planned addresses."""
        return self._every_v4.rank(address)[0]

    def places(self, index: "NDArray[np.int64]") -> "tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]":
        """Return for each endpoint its address's rank among all, its port's place among the address's, and how many."""
        import numpy as np

        run = np.searchsorted(self._run_first, index, side="right") - 1
        ports = self._run_ports[run]
        rank, place = np.divmod(index - self._run_first[run], ports)
        return self._run_rank[run] + rank, place, ports

    @property
    def _single_v4_block(self) -> bool:
        return len(self._v4) == 1 and self.families == (4,)

    def _of_v4_block(self, places: "NDArray[np.intp]", index: "NDArray[np.int64]") -> Targets:
        import numpy as np

        ports = self._ports[0]
        rank, place = _divide(index - self._run_first[places], len(ports))
        address = self._v4[0].starts[places] + rank.astype(np.uint32)
        return Targets(4, index, address, ports[place])

    def _of_run(self, run: _Run, index: "NDArray[np.int64]") -> Targets:
        import numpy as np

        ports = self._ports[run.block]
        rank, place = _divide(index - run.first, len(ports))
        if is_v4(run.start):
            return Targets(4, index, rank.astype(np.uint32) + np.uint32(run.start - V4_FIRST), ports[place])
        low = np.uint64(run.start & _LOW_64) + rank.astype(np.uint64)
        carried = low < np.uint64(run.start & _LOW_64)
        high = np.uint64((run.start & _LOW_128) >> 64) + carried.astype(np.uint64)
        zone = np.full(len(index), zone_of(run.start), dtype=np.uint32)
        return Targets(6, index, np.stack((high, low), axis=1), ports[place], zone)


class _V4Spans:
    """The IPv4 spans of a set, for finding an address's rank among all its members."""

    def __init__(self, addresses: Intervals) -> None:
        import numpy as np

        spans = (addresses & _V4).spans
        self.size = sum(last - first + 1 for first, last in spans)
        self.starts = np.array([first - V4_FIRST for first, _ in spans], dtype=np.uint32)
        self._ends = np.array([last - V4_FIRST for _, last in spans], dtype=np.uint32)
        self._ranks = np.array([addresses.rank(first) for first, _ in spans], dtype=np.int64)

    def rank(self, address: "NDArray[np.uint32]") -> "tuple[NDArray[np.int64], NDArray[np.bool_]]":
        import numpy as np

        if len(self.starts) == 1:
            only = address.astype(np.int64) - int(self.starts[0])
            return only + self._ranks[0], (only >= 0) & (address <= self._ends[0])
        span = np.searchsorted(self.starts, address, side="right") - 1
        inside = (span >= 0) & (address <= self._ends[span])
        rank: NDArray[np.int64] = self._ranks[span] + address - self.starts[span]
        return rank, inside


def _divide(offset: "NDArray[np.int64]", by: int) -> "tuple[NDArray[np.int64], NDArray[np.int64]]":
    import numpy as np

    if by == 1:
        return offset, np.zeros(len(offset), dtype=np.int64)
    rank, rest = np.divmod(offset, by)
    return rank, rest


def _firsts(blocks: tuple[Block, ...]) -> list[int]:
    firsts, total = [], 0
    for block in blocks:
        firsts.append(total)
        total += block.size
    return firsts


def _runs(blocks: tuple[Block, ...], firsts: list[int]) -> "list[_Run]":
    runs = []
    for number, (block, block_first) in enumerate(zip(blocks, firsts, strict=True)):
        ports, first = block.ports.size, block_first
        for start, last in _families_apart(block.addresses):
            runs.append(_Run(first, number, start))
            first += (last - start + 1) * ports
    return runs


def _families_apart(addresses: Intervals) -> list[tuple[int, int]]:
    # A span may run across the edge of the IPv4 range or of a zone; cutting there keeps the order.
    spans = []
    for start, last in addresses.spans:
        edges = [edge for edge in (V4_FIRST, V4_LAST + 1) if start < edge <= last]
        starts = [start, *edges]
        spans += list(zip(starts, [*(edge - 1 for edge in edges), last], strict=True))
    return spans
