"""Which endpoint stands at which position: the keyed permutation, and who is there goes first.

On plans of many ports a host a few ports of every address come first. As soon as an address has answered, all of its
ports go before everything else that has not been taken yet, in a random order with those of the others that live;
what waits for silent addresses comes last, and nobody is skipped. A plan of few ports a host, a very large one and a
run that can be resumed keep to the permutation, which needs no memory and is the same in every part of the run.
"""

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from scanner.sweep.syn.bitmap import Bitmap
from scanner.sweep.syn.layout import Layout
from scanner.targets.permutation import Permutation

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

QUESTIONS = 3
"""Ports of an address that are asked before it has answered."""
_MANY_PORTS = 16
"""Ports a host on average, from which it pays to know first who lives."""
_MOST = 1 << 23
"""Endpoints that are kept in an order of their own; 8 bytes each."""
_AT_ONCE = 4_096
_TIMES_AS_LONG = 10
"""How many times as long as sorting took is waited before it is done again."""
_EVERY_S = 0.25
"""So that several hosts are taken together: their ports stand mixed, and none of them gets a burst."""


class SynOrder:
    """Positions 0 to size - 1 of a run, or of its shard, and the indexes in the layout that stand there."""

    def __init__(self, layout: Layout, seed: int, shard: range, *, sort: bool) -> None:
        """Take the positions of the permutation that are this run's, and whether they may be sorted by who lives."""
        self._layout = layout
        self._seed = seed
        self._shard = shard
        self._permutation = Permutation(layout.space.size, seed)
        self._sorted: NDArray[np.int64] | None = None
        self._front = 0
        """Positions before it are taken, or those of hosts that live."""
        self._alive = 0
        self._next_s = 0.0
        many = len(shard) >= _MANY_PORTS * layout.space.addresses.size > _MANY_PORTS
        if sort and many and len(shard) <= _MOST:
            self._sorted = self._few_first(self._permuted(0, len(shard)))

    def of(self, positions: "NDArray[np.uint64]") -> "NDArray[np.int64]":
        """Return what stands at positions."""
        import numpy as np

        if self._sorted is not None:
            return self._sorted[positions.astype(np.int64)]
        return self._permutation.of(positions + np.uint64(self._shard.start)).astype(np.int64)

    def part(self, first: int, count: int) -> "NDArray[np.int64]":
        """Return what stands at `count` positions from `first`."""
        return self._permuted(first, count) if self._sorted is None else self._sorted[first : first + count]

    def parts(self, first: int, count: int) -> "Iterator[NDArray[np.int64]]":
        """Yield what stands at `count` positions from `first`, some at a time."""
        for start in range(first, first + count, _AT_ONCE):
            yield self.part(start, min(_AT_ONCE, first + count - start))

    def sort(self, cursor: int, alive: Bitmap, hosts_alive: int, now_s: float) -> None:
        """Move the endpoints of hosts that live to the front of the positions that have not been taken: from `cursor`.

        `alive` has a bit for the rank of each address, `hosts_alive` are set.
        """
        import numpy as np

        if self._sorted is None or hosts_alive == self._alive or now_s < self._next_s:
            return
        began_s = time.perf_counter()
        front = max(cursor, self._front)
        rest = self._sorted[front:]
        lives = alive.has(self._layout.places(rest)[0])
        first = np.concatenate((self._sorted[cursor:front], rest[lives]))
        np.random.default_rng((self._seed & 0xFFFF_FFFF, hosts_alive)).shuffle(first)
        self._front = cursor + len(first)
        self._sorted[cursor:] = np.concatenate((first, rest[~lives]))
        # Nothing is sent or heard meanwhile: a large order is sorted the less often.
        self._alive = hosts_alive
        self._next_s = now_s + max(_EVERY_S, _TIMES_AS_LONG * (time.perf_counter() - began_s))

    def _permuted(self, first: int, count: int) -> "NDArray[np.int64]":
        import numpy as np

        return self._permutation.array(self._shard.start + first, count).astype(np.int64)

    def _few_first(self, index: "NDArray[np.int64]") -> "NDArray[np.int64]":
        import numpy as np

        host, place, ports = self._layout.places(index)
        # A different few at each address: one that has a certain port filtered everywhere says nothing about the rest.
        few = (place + host * 40_503 + self._seed % 65_521) % ports < QUESTIONS
        return np.concatenate((index[few], index[~few]))
