"""ONC RPC and XDR, the protocol of NFS and its helpers: calls out, results in.

RFC 5531 (RPC), RFC 4506 (XDR)
"""

from scanner.core.count import counted
from scanner.core.errors import Malformed
from scanner.core.talk import Talk

XID = b"\x4d\x53\x13\x57"
SUCCESS, NO_PROGRAM, NO_VERSION = 0, 1, 2
_LARGEST = 128 * 1024
_MOST_FRAGMENTS = 16


def call(program: int, version: int, procedure: int) -> bytes:
    """Return a call without arguments and without credentials (RFC 5531 section 9)."""
    return XID + b"".join(number.to_bytes(4, "big") for number in (0, 2, program, version, procedure, 0, 0, 0, 0))


def mark(message: bytes) -> bytes:
    """Return a message as one last fragment of a stream (RFC 5531 section 11)."""
    return (0x80000000 | len(message)).to_bytes(4, "big") + message


class Reader:
    """Takes XDR values from bytes, one behind the other; every method raises Malformed when they run out."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._place = 0

    @property
    def done(self) -> bool:
        """Whether nothing is left."""
        return self._place >= len(self._data)

    def number(self) -> int:
        """Return an unsigned number of four bytes."""
        return int.from_bytes(self._take(4), "big")

    def opaque(self, longest: int) -> bytes:
        """Return bytes that their length precedes, without the padding."""
        length = self.number()
        if length > longest:
            raise Malformed(f"{counted(length, 'byte')} where {longest} are the most")
        data = self._take(length)
        self._take(-length % 4)
        return data

    def _take(self, count: int) -> bytes:
        end = self._place + count
        if end > len(self._data):
            raise Malformed("an answer that ends too early")
        data = self._data[self._place : end]
        self._place = end
        return data


def parse_reply(message: bytes) -> tuple[int, Reader]:
    """Return (how the call was accepted, its results); raises Malformed for anything but a reply to our call."""
    reader = Reader(message)
    if message[:4] != XID or reader.number() < 0 or reader.number() != 1:
        raise Malformed("not a reply to this call")
    if reader.number() != 0:
        raise Malformed("a call that was denied")
    if reader.number() > 0xFFFF:
        raise Malformed("an unknown verifier")
    reader.opaque(400)
    return reader.number(), reader


async def ask(talk: Talk, message: bytes) -> tuple[int, Reader]:
    """Send a call over a stream and return how it was accepted, and its results; raises what the talk raises."""
    await talk.send(mark(message))
    whole = b""
    for _ in range(_MOST_FRAGMENTS):
        head = int.from_bytes(await talk.read_exactly(4), "big")
        size = head & 0x7FFFFFFF
        if not 0 < size <= _LARGEST - len(whole):
            raise Malformed("a fragment too long to be an answer")
        whole += await talk.read_exactly(size)
        if head & 0x80000000:
            return parse_reply(whole)
    raise Malformed("an answer in too many fragments")
