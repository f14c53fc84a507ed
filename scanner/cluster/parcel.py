"""Plans and reports on their way: compressed, cut into parts that a message holds, and checked by their digest."""

import hashlib
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

from scanner.core.errors import Malformed
from scanner.core.jsontext import Json
from scanner.report.field import Field

PART_BYTES = 256 << 10
"""Length of a part; a server takes messages of 1 MiB unless it is told otherwise."""
LIMIT_BYTES = 256 << 20
"""Longest plan or report, in bytes, before it is compressed; as long as a report that is read from a file."""
MOST_PARTS = LIMIT_BYTES // PART_BYTES
_DIGITS = frozenset("0123456789abcdef")


@dataclass(frozen=True, slots=True)
class Parcel:
    """What names a plan or a report, and says how much of it to read."""

    sha256: str
    """Over its parts, in order."""
    size: int
    """Length in bytes when it is unpacked."""
    parts: int

    def to_json(self) -> dict[str, Json]:
        """Return it as it stands in a message."""
        return {"sha256": self.sha256, "size": self.size, "parts": self.parts}


def read_parcel(field: Field) -> Parcel:
    """Return the parcel that a message names; raises UsageError."""
    sha256 = field["sha256"].text()
    if len(sha256) != 64 or not set(sha256) <= _DIGITS:
        field["sha256"].fail("a SHA-256 in hex")
    return Parcel(sha256, field["size"].whole(0, LIMIT_BYTES), field["parts"].whole(1, MOST_PARTS))


def pack(data: bytes) -> tuple[Parcel, Sequence[bytes]]:
    """Return a parcel and its parts; raises Malformed when the data is longer than may be sent."""
    if len(data) > LIMIT_BYTES:
        raise Malformed(f"{len(data)} bytes are more than may be sent")
    packed = zlib.compress(data, 6)
    parts = [packed[at : at + PART_BYTES] for at in range(0, len(packed), PART_BYTES)]
    return Parcel(hashlib.sha256(packed).hexdigest(), len(data), len(parts)), parts


def unpack(parcel: Parcel, parts: Sequence[bytes]) -> bytes:
    """Return what was packed; raises Malformed when anything differs from what the parcel says."""
    if any(len(part) > PART_BYTES for part in parts):
        raise Malformed("a part is longer than parts are")
    packed = b"".join(parts)
    if hashlib.sha256(packed).hexdigest() != parcel.sha256:
        raise Malformed("the parts do not have the digest that was announced")
    reader = zlib.decompressobj()
    try:
        data = reader.decompress(packed, parcel.size + 1)
    except zlib.error as error:
        raise Malformed("the parts can't be decompressed") from error
    if len(data) != parcel.size or not reader.eof or reader.unused_data:
        raise Malformed("the parts do not have the length that was announced")
    return data
