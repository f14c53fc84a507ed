"""The order of a run: a keyed permutation, so that no host gets a burst and the same seed gives the same order.

Each position is taken through a bijection of the b-bit words, b the bits of size - 1, and again as long as it falls
outside (cycle walking; Black and Rogaway, "Ciphers with Arbitrary Finite Domains", CT-RSA 2002). As 2**b is less than
twice the size, that takes less than two passes on average. The bijection alternates x ^= x >> k, multiplication by a
keyed odd number and addition of a key, all modulo 2**b: each is invertible. It spreads well; it is not a cipher.
"""

from dataclasses import dataclass, field
from hashlib import blake2b
from typing import TYPE_CHECKING

from scanner.core.plan import Shard
from scanner.targets.shard import shard_positions

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

LARGEST_SIZE = 1 << 64
_ROUNDS = 4


@dataclass(frozen=True, slots=True, init=False)
class Permutation:
    """A bijection of 0..size - 1, a pure function of size, seed and round."""

    size: int
    _mask: int = field(repr=False)
    _shifts: tuple[int, ...] = field(repr=False)
    _factors: tuple[int, ...] = field(repr=False)
    _terms: tuple[int, ...] = field(repr=False)

    def __init__(self, size: int, seed: int, round_number: int = 0) -> None:
        """Take a size up to 2**64, any seed and the number of the round; raises ValueError for other sizes."""
        if not 0 <= size <= LARGEST_SIZE:
            raise ValueError(f"a permutation has 0 to 2**64 places, not {size}")
        bits = max(1, (size - 1).bit_length())
        mask = (1 << bits) - 1
        stream = _key_words(size, seed, round_number)
        object.__setattr__(self, "size", size)
        object.__setattr__(self, "_mask", mask)
        # Half the word first, so that high bits reach low ones before the multiplication carries them back up.
        half = max(1, (bits + 1) // 2)
        third = max(1, (bits + 2) // 3)
        object.__setattr__(self, "_shifts", (half, third, half, third)[:_ROUNDS])
        object.__setattr__(self, "_factors", tuple(word & mask | 1 for word in stream[:_ROUNDS]))
        object.__setattr__(self, "_terms", tuple(word & mask for word in stream[_ROUNDS:]))

    def at(self, position: int) -> int:
        """Return the index that stands at a position; raises IndexError beyond the last."""
        if not 0 <= position < self.size:
            raise IndexError(position)
        index = self._mix(position)
        while index >= self.size:
            index = self._mix(index)
        return index

    def batch(self, first: int, count: int) -> list[int]:
        """Return the indexes at `count` positions from `first`, fewer at the end; as `at` gives them, but faster."""
        try:
            indexes: list[int] = self.array(first, count).tolist()
        except ImportError:
            return [self.at(position) for position in range(first, min(first + count, self.size))]
        return indexes

    def array(self, first: int, count: int) -> "npt.NDArray[np.uint64]":
        """Return the same as `batch` as a numpy array; raises ImportError where numpy is missing."""
        import numpy as np

        count = min(count, self.size - first)
        if count <= 0:
            return np.empty(0, dtype=np.uint64)
        return self.of(np.arange(count, dtype=np.uint64) + np.uint64(first))

    def of(self, positions: "npt.NDArray[np.uint64]") -> "npt.NDArray[np.uint64]":
        """Return the indexes at many positions, all below `size`; changes the array in place where that is enough."""
        import numpy as np

        self._mix_in_place(positions)
        if self.size == self._mask + 1:
            return positions
        limit = np.uint64(self.size - 1)
        outside = np.flatnonzero(positions > limit)
        while outside.size:
            walked = positions[outside]
            self._mix_in_place(walked)
            positions[outside] = walked
            outside = outside[walked > limit]
        return positions

    def _mix(self, value: int) -> int:
        mask = self._mask
        for shift, factor, term in zip(self._shifts, self._factors, self._terms, strict=True):
            value ^= value >> shift
            value = (value * factor + term) & mask
        return value

    def _mix_in_place(self, values: "npt.NDArray[np.uint64]") -> None:
        import numpy as np

        mask = np.uint64(self._mask)
        scratch = np.empty_like(values)
        for shift, factor, term in zip(self._shifts, self._factors, self._terms, strict=True):
            np.right_shift(values, np.uint64(shift), out=scratch)
            np.bitwise_xor(values, scratch, out=values)
            np.multiply(values, np.uint64(factor), out=values)
            np.add(values, np.uint64(term), out=values)
            np.bitwise_and(values, mask, out=values)


@dataclass(frozen=True, slots=True, init=False)
class PermutedOrder:
    """The order in which one shard visits its endpoints: every round visits the same ones, each in its own order."""

    positions: range
    """The part of the permuted order that the shard takes."""
    _whole: Permutation = field(repr=False)
    _seed: int = field(repr=False)

    def __init__(self, size: int, seed: int, shard: Shard | None = None) -> None:
        """Take the size of the space; raises ValueError beyond 2**64."""
        object.__setattr__(self, "_whole", Permutation(size, seed))
        object.__setattr__(self, "positions", shard_positions(size, shard or Shard()))
        object.__setattr__(self, "_seed", seed)

    @property
    def size(self) -> int:
        """How many endpoints the shard has; may exceed what `len()` can return."""
        return self.positions.stop - self.positions.start

    def at(self, position: int, round_number: int = 0) -> int:
        """Return the index in the space at a position, 0 to size - 1; raises IndexError beyond the last."""
        if not 0 <= position < self.size:
            raise IndexError(position)
        if round_number:
            position = Permutation(self.size, self._seed, round_number).at(position)
        return self._whole.at(self.positions.start + position)

    def batch(self, first: int, count: int, round_number: int = 0) -> list[int]:
        """Return the indexes at `count` positions from `first`, fewer at the end."""
        count = min(count, self.size - first)
        if count <= 0:
            return []
        if not round_number:
            return self._whole.batch(self.positions.start + first, count)
        inner = Permutation(self.size, self._seed, round_number)
        try:
            import numpy as np

            shuffled = inner.array(first, count)
            indexes: list[int] = self._whole.of(shuffled + np.uint64(self.positions.start)).tolist()
        except ImportError:
            return [self._whole.at(self.positions.start + place) for place in inner.batch(first, count)]
        return indexes


def _key_words(size: int, seed: int, round_number: int) -> list[int]:
    words: list[int] = []
    for number in range(2 * _ROUNDS):
        digest = blake2b(f"{seed}|{round_number}|{size}|{number}".encode(), digest_size=8).digest()
        words.append(int.from_bytes(digest))
    return words
