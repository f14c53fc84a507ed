"""One bit an endpoint: what has been seen already, for millions of endpoints in a few megabytes."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Marks:
    """A bitmap over the indexes 0 to size - 1."""

    def __init__(self, size: int) -> None:
        import numpy as np

        self._bytes = np.zeros((size + 7) // 8, dtype=np.uint8)

    def has(self, index: "NDArray[np.int64]") -> "NDArray[np.bool_]":
        """Tell which of the indexes are marked."""
        import numpy as np

        bit = np.left_shift(np.uint8(1), (index & 7).astype(np.uint8))
        marked: NDArray[np.bool_] = (self._bytes[index >> 3] & bit) != 0
        return marked

    def add(self, index: "NDArray[np.int64]") -> "NDArray[np.intp]":
        """Mark the indexes and return the places, in order, of those that are new; a repeated one is new once."""
        import numpy as np

        fresh: NDArray[np.intp] = np.flatnonzero(~self.has(index))
        if len(fresh) > 1:
            _, first = np.unique(index[fresh], return_index=True)
            fresh = fresh[np.sort(first)] if len(first) != len(fresh) else fresh
        chosen = index[fresh]
        bit = np.left_shift(np.uint8(1), (chosen & 7).astype(np.uint8))
        np.bitwise_or.at(self._bytes, chosen >> 3, bit)
        return fresh
