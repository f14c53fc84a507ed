"""In which order endpoints are looked at: positions of a shard, laid over the planned space."""

from bisect import bisect_right
from itertools import accumulate
from typing import NamedTuple, Protocol

from scanner.core.intervals import Intervals
from scanner.core.plan import Shard
from scanner.core.space import Space


class Spot(NamedTuple):
    """One endpoint's place in the order."""

    position: int
    address: int
    key: int
    """Port key (core.ports): a UDP port stands 65,536 above its number."""


class Permutation(Protocol):
    """A shuffle of 0 to size - 1 that is computed, never stored."""

    def at(self, index: int) -> int:
        """Return where an index goes."""


class Straight:
    """The order of the space itself."""

    def at(self, index: int) -> int:
        """Return the index."""
        return index


class Order:
    """The endpoints of one shard by position: 0 to size - 1, each planned endpoint once over all shards."""

    def __init__(self, space: Space, permutation: Permutation, shard: Shard) -> None:
        self.size = max(0, -(-(space.size - (shard.index - 1)) // shard.count))
        self._index_of = permutation.at
        self._first = shard.index - 1
        self._step = shard.count
        self._blocks = [(block.addresses, tuple(block.ports.keys)) for block in space.blocks]
        self._ends = list(accumulate(block.size for block in space.blocks))

    def at(self, position: int) -> Spot:
        """Return the endpoint at a position."""
        return self.draw(position, 1)[0]

    def draw(self, position: int, count: int) -> list[Spot]:
        """Return up to `count` endpoints from a position on."""
        last = min(position + count, self.size)
        indexes = [self._index_of(self._first + place * self._step) for place in range(position, last)]
        if len(self._blocks) == 1:
            addresses, keys = self._blocks[0]
            return _spots(position, indexes, addresses, keys)
        found: list[Spot] = []
        for offset, index in enumerate(indexes):
            place = bisect_right(self._ends, index)
            addresses, keys = self._blocks[place]
            found += _spots(position + offset, [index - (self._ends[place - 1] if place else 0)], addresses, keys)
        return found


def _spots(position: int, indexes: list[int], addresses: Intervals, keys: tuple[int, ...]) -> list[Spot]:
    ports = len(keys)
    if len(addresses.spans) == 1:
        first = addresses.spans[0][0]
        return [
            Spot(place, first + index // ports, keys[index % ports]) for place, index in enumerate(indexes, position)
        ]
    return [
        Spot(place, addresses.at(index // ports), keys[index % ports]) for place, index in enumerate(indexes, position)
    ]
