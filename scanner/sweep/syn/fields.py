"""Fields and checksums of many packets at once: rows of bytes in, one number a row out."""

import socket
import sys
from typing import TYPE_CHECKING, NamedTuple

from scanner.sweep.syn.rings import HEADER_STATUS, SNAP_BYTES, STATUS_CHECKSUM_PARTIAL, STATUS_CHECKSUM_VALID

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Pseudo(NamedTuple):
    """The pseudo header: bytes of the IP header that hold both addresses, and the protocol."""

    first: int
    last: int
    protocol: int


def checked(
    packets: "NDArray[np.uint8]",
    headers: "NDArray[np.uint32]",
    length: "NDArray[np.uint32]",
    start: int,
    pseudo: Pseudo | None,
) -> "NDArray[np.bool_]":
    """Tell which checksums hold: verified by the kernel, not yet computed by a local sender, or summed here."""
    import numpy as np

    status = headers[:, HEADER_STATUS]
    good: NDArray[np.bool_] = (status & (STATUS_CHECKSUM_PARTIAL | STATUS_CHECKSUM_VALID)) != 0
    if good.all():
        return good
    for whole in distinct(length[~good]):
        if whole > SNAP_BYTES or whole < start:
            continue
        rows = chosen_rows(~good & (length == whole), packets)
        total = words_sum(packets[rows], start, whole)
        if pseudo is not None:
            total += words_sum(packets[rows], pseudo.first, pseudo.last)
            total += np.uint64(socket.htons(pseudo.protocol) + socket.htons(whole - start))
        good[rows] = folded(total) == 0xFFFF
    return good


def chosen_rows(mask: "NDArray[np.bool_]", packets: "NDArray[np.uint8]") -> "NDArray[np.intp] | slice":
    """Return what to index packets with to keep the marked ones: everything without a copy where all are."""
    import numpy as np

    return slice(0, len(packets)) if mask.all() else np.flatnonzero(mask)


def distinct(values: "NDArray[np.uint32]") -> list[int]:
    """Return the values that occur, quickly where it is one."""
    import numpy as np

    if not len(values):
        return []
    first = int(values[0])
    return [first] if (values == first).all() else [int(value) for value in np.unique(values)]


def addresses(family: int, packets: "NDArray[np.uint8]", at: int) -> "NDArray[np.uint32] | NDArray[np.uint64]":
    """Return the addresses at a byte of IPv4 or IPv6 packets, in the shapes of Answers."""
    import numpy as np

    if family == 4:
        return number32(packets, at)
    return np.ascontiguousarray(packets[:, at : at + 16]).view(">u8").astype(np.uint64)


def number16(packets: "NDArray[np.uint8]", at: int) -> "NDArray[np.uint32]":
    """Return the 16-bit numbers at a byte, in host order."""
    import numpy as np

    return packets[:, at : at + 2].view(">u2")[:, 0].astype(np.uint32)


def number32(packets: "NDArray[np.uint8]", at: int) -> "NDArray[np.uint32]":
    """Return the 32-bit numbers at a byte, in host order."""
    import numpy as np

    return packets[:, at : at + 4].view(">u4")[:, 0].astype(np.uint32)


def words_sum(packets: "NDArray[np.uint8]", first: int, last: int) -> "NDArray[np.uint64]":
    """Sum the 16-bit words of bytes `first` to `last`, two at a time, in this machine's order.

    The order does not matter to a checksum (RFC 1071 section 2 B). An odd last byte counts as if a zero followed.
    """
    import numpy as np

    even = first + (last - first) // 4 * 4
    # numpy adds whole rows much faster than it adds along short ones.
    columns = np.ascontiguousarray(packets[:, first:even].view(np.uint32).T)
    total: NDArray[np.uint64] = columns.sum(axis=0, dtype=np.uint64)
    if last - even >= 2:
        total += packets[:, even : even + 2].view(np.uint16)[:, 0]
    if (last - even) % 2:
        total += packets[:, last - 1].astype(np.uint64) << np.uint64(0 if sys.byteorder == "little" else 8)
    return total


def folded(total: "NDArray[np.uint64]") -> "NDArray[np.uint64]":
    """Fold sums into 16 bits, carries added at the lower end (RFC 1071)."""
    import numpy as np

    for _ in range(4):
        total = (total & np.uint64(0xFFFF)) + (total >> np.uint64(16))
    return total
