"""One bit an endpoint: what has been seen already, for millions of endpoints in a few megabytes."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_CLAIM_MASK = 0xFFFF


class Bitmap:
    """A bitmap over the indexes 0 to size - 1."""

    def __init__(self, size: int) -> None:
        import numpy as np

        self._bytes = np.zeros((size + 7) // 8, dtype=np.uint8)
        self._claims = np.zeros(_CLAIM_MASK + 1, dtype=np.intp)

    def has(self, index: "NDArray[np.int64]") -> "NDArray[np.bool_]":
        """Tell which of the indexes are marked."""
        import numpy as np

        bit = np.left_shift(np.uint8(1), (index & 7).astype(np.uint8))
        marked: NDArray[np.bool_] = (self._bytes[index >> 3] & bit) != 0
        return marked

    def discard(self, index: "NDArray[np.int64]") -> None:
        """Unmark the indexes."""
        import numpy as np

        np.bitwise_and.at(self._bytes, index >> 3, ~np.left_shift(np.uint8(1), (index & 7).astype(np.uint8)))

    def add(self, index: "NDArray[np.int64]") -> "NDArray[np.intp]":
        """Mark the indexes and return the places of those that are new; a repeated one is new once, where it is first.

        The first answer of a port counts: who completes a handshake and then resets it was open.
        """
        import numpy as np

        left = np.flatnonzero(~self.has(index))
        found = []
        while len(left):
            byte = index[left] >> 3
            # Of all that want the same byte, or hash alike, one wins a turn: then plain assignment can't lose a bit.
            claim = byte & _CLAIM_MASK
            # Of equal claims the last assignment stays, so the first comes last.
            self._claims[claim[::-1]] = left[::-1]
            winners = self._claims[claim] == left
            taken = left[winners]
            chosen = index[taken]
            self._bytes[chosen >> 3] |= np.left_shift(np.uint8(1), (chosen & 7).astype(np.uint8))
            found.append(taken)
            rest = left[~winners]
            left = rest[~self.has(index[rest])]
        return np.concatenate(found) if found else left
