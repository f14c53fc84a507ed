"""Frames of Cassandra's native protocol, versions 3 and 4: bytes in, values out.

https://github.com/apache/cassandra/blob/trunk/doc/native_protocol_v4.spec
"""

from typing import NamedTuple

from scanner.core.errors import Malformed
from scanner.core.talk import Talk

STARTUP, OPTIONS, QUERY = 0x01, 0x05, 0x07
ERROR, READY, AUTHENTICATE, SUPPORTED, RESULT = 0x00, 0x02, 0x03, 0x06, 0x08
_LONGEST = 1 << 18
_ONE = 1
_ROWS = 2
_GLOBAL_SPEC = 1
_TRACED, _PAYLOAD, _WARNING = 0x02, 0x04, 0x08
_BEFORE_BODY = _TRACED | _PAYLOAD | _WARNING


class Frame(NamedTuple):
    """One response."""

    version: int
    opcode: int
    body: bytes


def frame(version: int, opcode: int, body: bytes = b"") -> bytes:
    """Return a request on stream 0 without flags."""
    return bytes((version, 0, 0, 0, opcode)) + len(body).to_bytes(4, "big") + body


def string(text: str) -> bytes:
    """Return a [string]."""
    data = text.encode()
    return len(data).to_bytes(2, "big") + data


def startup(version: int) -> bytes:
    """Return a STARTUP that asks for no compression."""
    return frame(version, STARTUP, b"\0\x01" + string("CQL_VERSION") + string("3.0.0"))


def query(version: int, text: str) -> bytes:
    """Return a QUERY at consistency ONE without values."""
    data = text.encode()
    return frame(version, QUERY, len(data).to_bytes(4, "big") + data + _ONE.to_bytes(2, "big") + b"\0")


async def read_frame(talk: Talk) -> Frame:
    """Return the next response; raises Malformed when the bytes are none."""
    head = await talk.read_exactly(9)
    length = int.from_bytes(head[5:9], "big")
    if not head[0] & 0x80 or length > _LONGEST or head[2:4] != b"\0\0" or head[1] & ~_BEFORE_BODY:
        raise Malformed("not a frame of Cassandra")
    body = await talk.read_exactly(length) if length else b""
    return Frame(head[0] & 0x7F, head[4], _behind_notes(body, head[1]) if head[1] else body)


def _behind_notes(body: bytes, flags: int) -> bytes:
    """Return a body without what nobody asked for in front of it (section 2.2)."""
    reader = Reader(body)
    if flags & _TRACED:
        reader.take(16)
    if flags & _WARNING:
        for _ in range(reader.short()):
            reader.string()
    if flags & _PAYLOAD:
        for _ in range(reader.short()):
            reader.string(), reader.value()
    return reader.rest()


class Reader:
    """Reads the protocol's notations out of a body; raises Malformed at its end."""

    def __init__(self, body: bytes) -> None:
        self._body = body
        self._at = 0

    def take(self, count: int) -> bytes:
        """Return that many bytes."""
        if count < 0 or self._at + count > len(self._body):
            raise Malformed("a body of Cassandra that ends too early")
        self._at += count
        return self._body[self._at - count : self._at]

    def rest(self) -> bytes:
        """Return what has not been taken."""
        return self._body[self._at :]

    def short(self) -> int:
        """Return a [short]."""
        return int.from_bytes(self.take(2), "big")

    def int(self) -> int:
        """Return an [int]."""
        return int.from_bytes(self.take(4), "big", signed=True)

    def string(self) -> str:
        """Return a [string]."""
        return self.take(self.short()).decode("utf-8", "replace")

    def value(self) -> str | None:
        """Return a [bytes] as text, None for null."""
        length = self.int()
        return None if length < 0 else self.take(length).decode("utf-8", "replace")


def parse_supported(body: bytes) -> dict[str, list[str]]:
    """Return the [string multimap] of a SUPPORTED."""
    reader = Reader(body)
    return {reader.string(): [reader.string() for _ in range(reader.short())] for _ in range(min(reader.short(), 100))}


def parse_error(body: bytes) -> tuple[int, str]:
    """Return (code, message) of an ERROR."""
    reader = Reader(body)
    return reader.int(), reader.string()


def parse_text_rows(body: bytes, most: int = 200) -> list[list[str | None]]:
    """Return the rows of a RESULT whose columns are all text; an empty list for other results."""
    reader = Reader(body)
    if reader.int() != _ROWS:
        return []
    flags, columns = reader.int(), reader.int()
    if flags & ~_GLOBAL_SPEC or not 0 < columns < 50:
        raise Malformed("rows of Cassandra that were not asked for")
    if flags & _GLOBAL_SPEC:
        reader.string(), reader.string()
    for _ in range(columns):
        if not flags & _GLOBAL_SPEC:
            reader.string(), reader.string()
        reader.string()
        reader.short()
    return [[reader.value() for _ in range(columns)] for _ in range(min(reader.int(), most))]
