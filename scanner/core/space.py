"""All endpoints of a run as one range of indexes, without ever listing them."""

import hashlib
import json
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import accumulate

from scanner.core.interval_map import IntervalMap
from scanner.core.intervals import Intervals
from scanner.core.ports import PortSet


@dataclass(frozen=True, slots=True)
class Block:
    """Every address of a set crossed with every port of a set."""

    addresses: Intervals
    """Places on the address line (core.address)."""
    ports: PortSet

    @property
    def size(self) -> int:
        """How many endpoints the block holds."""
        return self.addresses.size * self.ports.size


@dataclass(frozen=True, slots=True, init=False)
class Space:
    """Disjoint blocks laid end to end: index 0 to size - 1 names each planned endpoint exactly once."""

    blocks: tuple[Block, ...]
    _ends: tuple[int, ...] = field(repr=False, compare=False)
    _index: IntervalMap[Block] | None = field(repr=False, compare=False)
    """Blocks by address, made when it is first asked for."""

    def __init__(self, blocks: Iterable[Block] = ()) -> None:
        """Take blocks that do not overlap; targets.plan makes them so."""
        kept = tuple(block for block in blocks if block.size)
        object.__setattr__(self, "blocks", kept)
        object.__setattr__(self, "_ends", tuple(accumulate(block.size for block in kept)))
        object.__setattr__(self, "_index", None)

    @property
    def size(self) -> int:
        """How many endpoints are planned."""
        return self._ends[-1] if self._ends else 0

    def holds(self, number: int, key: int) -> bool:
        """Tell whether an address number and a port key are planned together."""
        index = self._index
        if index is None:
            index = IntervalMap((block.addresses, block) for block in self.blocks)
            object.__setattr__(self, "_index", index)
        return any(key in block.ports.keys for block in index.at(number))

    @property
    def digest(self) -> str:
        """SHA-256 in hex over the planned endpoints: equal exactly where the plans are."""
        spans = [[list(block.addresses.spans), list(block.ports.keys.spans)] for block in self.blocks]
        return hashlib.sha256(json.dumps(spans, separators=(",", ":")).encode()).hexdigest()

    def at(self, index: int) -> tuple[int, int]:
        """Return (address number, port key) of an index; raises IndexError beyond the last."""
        if not 0 <= index < self.size:
            raise IndexError(index)
        place = bisect_right(self._ends, index)
        block = self.blocks[place]
        offset = index - (self._ends[place - 1] if place else 0)
        address, port = divmod(offset, block.ports.size)
        return block.addresses.at(address), block.ports.keys.at(port)

    @property
    def addresses(self) -> Intervals:
        """Every address that the plan touches."""
        return Intervals(span for block in self.blocks for span in block.addresses.spans)

    @property
    def ports(self) -> PortSet:
        """Every port that the plan touches on at least one address."""
        return PortSet(Intervals(span for block in self.blocks for span in block.ports.keys.spans))
