"""The three ways in which the body of an HTTP/1.1 response ends, read in pieces (RFC 9112 section 6.3).

What a peer announces is only compared, never allocated.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from scanner.core.number import LARGEST, parse_number
from scanner.core.quirk import Quirk
from scanner.wire.http_head import Head

_MOST_CHUNKS = 16_384
_CHUNK_LINE_BYTES = 4_096
_NO_SIZE = {b"{", b"[", b"<"}
"""How JSON and HTML begin, and no size of a chunk."""
_TRAILER_BYTES = 16_384


class Body(Protocol):
    """Takes bytes, gives the part that belongs to the body."""

    done: bool
    """Whether the body is whole."""
    self_ending: bool
    """Whether the peer says where it ends, so that another answer may follow on the same connection."""
    broken: bool
    """Whether the bytes follow no rule any more; what was returned before counts."""
    leftover: bytes
    """What came behind the end."""

    def feed(self, data: bytes) -> bytes:
        """Return the content in a piece."""

    def may_end(self, *, closed: bool) -> bool:
        """Tell whether the body is whole if nothing more comes, after a close or in silence."""


@dataclass(slots=True)
class Sized:
    """A body of an announced length; of several lengths any may be the true one."""

    lengths: Sequence[int]
    done: bool = False
    self_ending: bool = True
    broken: bool = False
    leftover: bytes = b""
    _got: int = 0

    def __post_init__(self) -> None:
        """Expect the longest."""
        self.self_ending = len(self.lengths) == 1
        self.done = max(self.lengths) == 0

    def feed(self, data: bytes) -> bytes:
        """Return what is within the length."""
        wanted = max(self.lengths) - self._got
        content, self.leftover = data[:wanted], data[wanted:]
        self._got += len(content)
        self.done = self._got == max(self.lengths)
        return content

    def may_end(self, *, closed: bool) -> bool:
        """Tell whether one of the lengths is reached."""
        del closed
        return self._got in self.lengths


@dataclass(slots=True)
class UntilClose:
    """A body that the end of the connection ends."""

    done: bool = False
    self_ending: bool = False
    broken: bool = False
    leftover: bytes = b""

    def feed(self, data: bytes) -> bytes:
        """Return all of it."""
        return data

    def may_end(self, *, closed: bool) -> bool:
        """Tell that any close is as good as another, and that a silence may be a pause."""
        return closed


@dataclass(slots=True)
class Chunked:
    """A body in chunks, each with its size in front (RFC 9112 section 7.1); extensions and trailers are dropped."""

    done: bool = False
    self_ending: bool = True
    broken: bool = False
    leftover: bytes = b""
    _buffer: bytearray = field(default_factory=bytearray)
    _left: int = 0
    """Bytes of the current chunk that have not come yet."""
    _between: bool = False
    """Whether the line end behind a chunk is due."""
    _last: bool = False
    """Whether the chunk of size 0 has come and only trailers are due."""
    _chunks: int = 0
    _began: bool = False
    _plain: bool = False
    """Whether there are no chunks at all: a proxy undid them and left the header."""

    def feed(self, data: bytes) -> bytes:
        """Return the content of the chunks."""
        if not self._began and data:
            self._began, self._plain = True, data[:1] in _NO_SIZE
        if self._plain:
            self.self_ending = False
            return data
        self._buffer += data
        content: list[bytes] = []
        at = 0
        while not (self.done or self.broken):
            if self._left:
                piece = bytes(self._buffer[at : at + self._left])
                content.append(piece)
                at += len(piece)
                self._left -= len(piece)
                self._between = True
                if self._left:
                    break
                continue
            end = self._buffer.find(b"\n", at)
            if end < 0:
                waiting = len(self._buffer) - at
                self.broken = waiting > (_TRAILER_BYTES if self._last else _CHUNK_LINE_BYTES)
                break
            self._take_line(bytes(self._buffer[at:end]).strip())
            at = end + 1
        del self._buffer[:at]
        if self.done:
            self.leftover = bytes(self._buffer)
        return b"".join(content)

    def may_end(self, *, closed: bool) -> bool:
        """Tell whether the last chunk has come: a missing end of the trailers harms nobody."""
        return self._last or (self._plain and closed)

    def _take_line(self, line: bytes) -> None:
        """Take the line behind a chunk, one with a size, or a trailer."""
        if self._between and not self._last:
            self._between = False
            self.broken = bool(line)
            return
        self._chunks += 1
        self.broken = self._chunks > _MOST_CHUNKS
        if self._last:
            self.done = not line
            return
        text = line.partition(b";")[0].strip()
        size = parse_number(text.lstrip(b"0") or text[:1], base=16)
        self.broken = self.broken or size is None
        self._left = size or 0
        self._last = size == 0


def body_of(head: Head, *, to_head: bool) -> tuple[Body | None, tuple[Quirk, ...]]:
    """Return how the body of an answer ends, None when there is none, and what that forgives; `to_head`: asked HEAD."""
    if to_head or head.status in {204, 304} or head.status < 200:
        return None, ()
    told = head.values("content-length")
    if "chunked" in head.values("transfer-encoding"):
        return Chunked(), (Quirk.LENGTH_BESIDE_CHUNKS,) if told else ()
    if not told:
        return UntilClose(), ()
    told = [text.removeprefix("+") for text in told]
    if not all(text.isascii() and text.isdigit() for text in told):
        return UntilClose(), (Quirk.UNREADABLE_LENGTH,)
    # What is too long for a number is longer than anything that is read.
    lengths = sorted({LARGEST if (length := parse_number(text)) is None else length for text in told})
    if len(lengths) > 1:
        return Sized(lengths), (Quirk.CONFLICTING_LENGTHS,)
    return Sized(lengths), (Quirk.REPEATED_LENGTH,) if len(told) > 1 else ()
