"""The endpoints of one shard in the order in which they are tried."""

from bisect import bisect_right
from itertools import accumulate, repeat
from typing import NamedTuple, Protocol

from scanner.core.intervals import Intervals
from scanner.core.space import Space

_WORTH_NUMPY = 50_000
"""Below this many endpoints, computing their order takes less time than importing numpy."""


class Slot(NamedTuple):
    """One endpoint and its place in the order."""

    position: int
    address: int
    key: int
    """Port key (core.ports): a UDP port stands 65,536 above its number."""


class Shuffle(Protocol):
    """A shuffle that is computed, never stored; scanner.targets.permutation has it."""

    @property
    def size(self) -> int:
        """How many endpoints the shard has."""

    def at(self, position: int) -> int:
        """Return the index in the space at a position."""

    def batch(self, first: int, count: int) -> list[int]:
        """Return the indexes at many positions."""


class Order:
    """Position 0 to size - 1, each planned endpoint of the shard once."""

    def __init__(self, space: Space, shuffle: Shuffle) -> None:
        self.size = shuffle.size
        self._shuffle = shuffle
        keys: dict[Intervals, tuple[int, ...]] = {}
        self._blocks = [
            (block.addresses, keys.setdefault(block.ports.keys, tuple(block.ports.keys))) for block in space.blocks
        ]
        self._ends = list(accumulate(block.size for block in space.blocks))

    def at(self, position: int) -> Slot:
        """Return the endpoint at a position."""
        return self._slots(position, [self._shuffle.at(position)])[0]

    def draw(self, position: int, count: int) -> list[Slot]:
        """Return up to `count` endpoints from a position on."""
        last = min(position + count, self.size)
        if self.size < _WORTH_NUMPY:
            return self._slots(position, [self._shuffle.at(place) for place in range(position, last)])
        return self._slots(position, self._shuffle.batch(position, last - position))

    def _slots(self, position: int, indexes: list[int]) -> list[Slot]:
        if len(self._blocks) == 1:
            return _lay_out(position, indexes, *self._blocks[0])
        found: list[Slot] = []
        for place, index in enumerate(indexes, position):
            number = bisect_right(self._ends, index)
            before = self._ends[number - 1] if number else 0
            found += _lay_out(place, [index - before], *self._blocks[number])
        return found


def _lay_out(position: int, indexes: list[int], addresses: Intervals, keys: tuple[int, ...]) -> list[Slot]:
    ports = len(keys)
    if len(addresses.spans) == 1:
        first = addresses.spans[0][0]
        numbers = [first + index // ports for index in indexes]
    else:
        numbers = [addresses.at(index // ports) for index in indexes]
    places = range(position, position + len(indexes))
    # tuple.__new__ makes a Slot three times as fast as Slot() does: this runs for every endpoint.
    return list(
        map(tuple.__new__, repeat(Slot), zip(places, numbers, [keys[index % ports] for index in indexes], strict=True))
    )
