"""Reads the head of an HTTP/1.x response as browsers do: bounded, and lenient where the world is (RFC 9112)."""

import re
from dataclasses import dataclass, field

from scanner.core.errors import Malformed
from scanner.core.number import parse_number
from scanner.core.quirk import Quirk

HEAD_BYTES = 128 * 1024
"""Longest head that is read: browsers take 256 KiB in all, servers send 16 KiB at most."""
_MOST_HEADERS = 2_000
_STATUS = re.compile(rb"(?:(?i:HTTP)/(\d{1,3})(?:\.(\d{1,3}))?|(?i:ICY))[ \t]+([1-9]\d\d)(?:[^\d].*)?", re.DOTALL)
_END = re.compile(rb"\r?\n\r?\n")
_LEADING = b"\r\n \t"
_MOST_LEADING = 16
_BEGINNINGS = (b"http/", b"<!doctype html", b"<html", b"icy ")
_CONTROL = re.compile(rb"[\x00-\x08\x0b-\x1f\x7f]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """A status and headers; names in lower case, values as text that holds no surrogates."""

    status: int
    version: tuple[int, int] = (1, 1)
    headers: tuple[tuple[str, str], ...] = ()
    quirks: tuple[Quirk, ...] = ()

    def values(self, name: str) -> list[str]:
        """Return the comma-separated values of all headers of a name, trimmed and in lower case."""
        found = [value for key, value in self.headers if key == name]
        return [part for one in ",".join(found).split(",") if (part := one.strip().lower())] if found else []

    @property
    def is_interim(self) -> bool:
        """Whether the real answer follows (RFC 9110 section 15.2); after 101 another protocol does."""
        return 100 <= self.status < 200 and self.status != 101

    @property
    def keeps_open(self) -> bool:
        """Whether the peer is willing to answer another request on the same connection."""
        options = self.values("connection")
        if "close" in options or self.status == 101 or self.version[0] != 1:
            return False
        return self.version[1] > 0 or "keep-alive" in options


@dataclass(slots=True)
class HeadReader:
    """Takes bytes until a head is whole."""

    leftover: bytes = b""
    """What follows the head, once it is whole."""
    _buffer: bytearray = field(default_factory=bytearray)
    _quirks: list[Quirk] = field(default_factory=list)
    _searched: int = 0
    _recognised: bool = False

    @property
    def got(self) -> bytes:
        """What has come of it so far."""
        return bytes(self._buffer)

    def feed(self, data: bytes) -> Head | None:
        """Return the head when it is whole; raises Malformed for what is no HTTP, and for too long a head."""
        self._buffer += data
        self._recognised = self._recognised or self._begun()
        if not self._recognised:
            return None
        if self._buffer[:1] == b"<":
            self.leftover = bytes(self._buffer)
            return Head(status=200, version=(0, 9), quirks=(*self._quirks, Quirk.NO_STATUS_LINE))
        # The blank line may have begun in the piece before.
        end = _END.search(self._buffer, max(0, self._searched - 3))
        if end is None:
            self._searched = len(self._buffer)
            if len(self._buffer) > HEAD_BYTES:
                raise Malformed(f"a head of more than {HEAD_BYTES} bytes")
            return None
        if end.end() > HEAD_BYTES:
            raise Malformed(f"a head of more than {HEAD_BYTES} bytes")
        self.leftover = bytes(self._buffer[end.end() :])
        return _parse(bytes(self._buffer[: end.start()]), self._buffer[end.start() : end.end()], self._quirks)

    def _begun(self) -> bool:
        """Tell whether enough has come to see that this is a response; raises Malformed when it is none."""
        if self._buffer.startswith(b"HTTP/1."):
            return True
        stripped = self._buffer.lstrip(_LEADING)
        leading = len(self._buffer) - len(stripped)
        if leading > _MOST_LEADING:
            raise Malformed("the answer is not HTTP")
        if not stripped:
            return False
        start = bytes(stripped[:16]).lower()
        if not start.startswith(_BEGINNINGS):
            if any(one.startswith(start) for one in _BEGINNINGS):
                return False
            raise Malformed("the answer is not HTTP")
        if leading:
            self._quirks.append(Quirk.LEADING_BYTES)
            self._buffer = stripped
        return True


def _parse(text: bytes, blank: bytes | bytearray, quirks: list[Quirk]) -> Head:
    if blank != b"\r\n\r\n" or text.count(b"\n") != text.count(b"\r\n"):
        quirks.append(Quirk.BARE_LINE_FEED)
    lines = text.split(b"\n")
    lines = [line.removesuffix(b"\r") for line in lines]
    if _CONTROL.search(b"".join(lines)):
        quirks.append(Quirk.CONTROL_BYTES)
    found = _STATUS.fullmatch(lines[0])
    if found is None:
        raise Malformed("the answer is not HTTP")
    # SHOUTcast's ICY is HTTP/1.0 by another name.
    version = (parse_number(found[1]) or 0, parse_number(found[2] or b"0") or 0) if found[1] else (1, 0)
    if version not in {(1, 0), (1, 1)} or not found[0].startswith(b"HTTP/1."):
        quirks.append(Quirk.ODD_VERSION)
    headers = tuple(
        (name.strip().lower().decode("ascii", "backslashreplace"), value.strip().decode("utf-8", "backslashreplace"))
        for name, value in _fields(lines[1:], quirks)
    )
    return Head(
        status=parse_number(found[3]) or 0, version=version, headers=headers, quirks=tuple(dict.fromkeys(quirks))
    )


def _fields(lines: list[bytes], quirks: list[Quirk]) -> list[tuple[bytes, bytes]]:
    """Return names and values as sent, folded lines joined."""
    fields: list[tuple[bytes, bytes]] = []
    for line in lines[:_MOST_HEADERS]:
        if line[:1] in {b" ", b"\t"} and fields:
            quirks.append(Quirk.FOLDED_HEADER)
            name, value = fields[-1]
            fields[-1] = name, value + b" " + line.strip()
            continue
        name, colon, value = line.partition(b":")
        if not colon:
            quirks.append(Quirk.NO_COLON)
            continue
        if name != name.strip():
            quirks.append(Quirk.SPACE_BEFORE_COLON)
        fields.append((name, value))
    return fields
