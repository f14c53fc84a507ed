"""Sequence numbers that prove an answer belongs to a SYN of this run, without remembering the SYN.

A cookie is AES-128 of (address, port, source port) under a key made for the run, cut to 32 bits: whoever has not seen
a SYN can't guess its cookie, and seeing many cookies does not help with the next.
"""

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

KEY_BYTES = 16


class Cookies:
    """The keyed function of one run; a batch costs about 10 ns an entry where the processor has AES."""

    def __init__(self, key: bytes | None = None) -> None:
        from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

        key = os.urandom(KEY_BYTES) if key is None else key
        # One block a target, or two chained by hand: a fixed-length CBC-MAC (FIPS 113), so ECB leaks nothing here.
        self._encryptor = Cipher(algorithms.AES(key), modes.ECB()).encryptor()  # noqa: S305 - see the line above

    def of_v4(
        self, address: "NDArray[np.uint32]", port: "NDArray[np.uint32]", source_port: "NDArray[np.uint32] | int"
    ) -> "NDArray[np.uint32]":
        """Return the cookies of IPv4 endpoints; all arguments in host order, shape (n,)."""
        import numpy as np

        block = np.zeros((len(address), 4), dtype=np.uint32)
        block[:, 0] = address
        block[:, 1] = port << np.uint32(16) | np.uint32(source_port)
        block[:, 3] = 4
        return self._encrypt(block)[:, 0]

    def of_v6(
        self, address: "NDArray[np.uint64]", port: "NDArray[np.uint32]", source_port: "NDArray[np.uint32] | int"
    ) -> "NDArray[np.uint32]":
        """Return the cookies of IPv6 endpoints; `address` has shape (n, 2): upper and lower half."""
        import numpy as np

        block = self._encrypt(np.ascontiguousarray(address).view(np.uint32).reshape(len(address), 4)).copy()
        block[:, 1] ^= port << np.uint32(16) | np.uint32(source_port)
        block[:, 3] ^= np.uint32(6)
        return self._encrypt(block)[:, 0]

    def _encrypt(self, block: "NDArray[np.uint32]") -> "NDArray[np.uint32]":
        import numpy as np

        return np.frombuffer(self._encryptor.update(block.reshape(-1).view(np.uint8).data), dtype=np.uint32).reshape(
            -1, 4
        )
