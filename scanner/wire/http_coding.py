"""Undoes the compression of an HTTP body, within a bound: gzip, deflate, br and zstd (RFC 9110 section 8.4).

We ask for none; proxies compress all the same.
"""

import zlib
from collections.abc import Callable
from io import BytesIO
from typing import NamedTuple

_MOST_MEMBERS = 64
"""Members of gzip that are read, and frames of zstd: thousands of tiny ones only burn time."""
_MOST_CODINGS = 2
_GZIP = b"\x1f\x8b"
_ZSTD_WINDOW_BYTES = 8 << 20
"""RFC 9659: what a decoder must support for HTTP, and no more."""

_FIRST_PRINTABLE = 0x20


class Content(NamedTuple):
    """What was in a coding."""

    data: bytes
    whole: bool = True
    """Whether its end came too: a close may cut what has no length."""


Undo = Callable[[bytes, int], Content]


class Undecodable(Exception):
    """The bytes are not in the coding that was announced, or nobody knows it."""


def decode(body: bytes, codings: list[str], limit: int) -> Content:
    """Return at most `limit` + 1 bytes of the content; a body that breaks off gives its beginning.

    Raises Undecodable when not even a first byte can be had.
    """
    wanted = [coding for coding in codings if coding not in {"identity", "chunked"}]
    if len(wanted) > _MOST_CODINGS:
        raise Undecodable
    content = Content(body)
    for coding in reversed(wanted):
        undo = _UNDO.get(coding)
        if undo is None:
            raise Undecodable
        if content.data:
            inner = undo(content.data, limit)
            content = Content(inner.data[: limit + 1], content.whole and inner.whole)
            if not (content.data or content.whole):
                raise Undecodable
    return content


def is_plain(body: bytes, codings: list[str]) -> bool:
    """Tell whether a body is the text that was never put into the codings announced for it: theirs are no text."""
    known = all(coding in _UNDO for coding in codings)
    return known and all(byte >= _FIRST_PRINTABLE or byte in b"\t\r\n" for byte in body[:64])


def _gzip(body: bytes, limit: int) -> Content:
    return _inflate_members(body, limit, wbits=31)


def _deflate(body: bytes, limit: int) -> Content:
    """Undo zlib's format, or the bare stream that some send under the same name."""
    try:
        return _inflate_members(body, limit, wbits=15)
    except Undecodable:
        return _inflate_members(body, limit, wbits=-15)


def _inflate_members(body: bytes, limit: int, *, wbits: int) -> Content:
    content = bytearray()
    whole = False
    for _ in range(_MOST_MEMBERS):
        inflater = zlib.decompressobj(wbits)
        try:
            content += inflater.decompress(body, limit + 1 - len(content))
        except zlib.error:
            if not content:
                raise Undecodable from None
            # Padding behind the last member is nobody's content.
            return Content(bytes(content), whole and not body.startswith(_GZIP))
        body, whole = inflater.unused_data, inflater.eof
        if not body or len(content) > limit:
            break
    return Content(bytes(content), whole and not body)


def _brotli(body: bytes, limit: int) -> Content:
    import brotli

    decompressor = brotli.Decompressor()
    try:
        data = bytes(decompressor.process(body, output_buffer_limit=limit + 1))
    except brotli.error:
        raise Undecodable from None
    return Content(data, decompressor.is_finished())


def _zstd(body: bytes, limit: int) -> Content:
    import zstandard

    content = bytearray()
    source = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW_BYTES)
    reader = source.stream_reader(BytesIO(body), read_across_frames=True)
    try:
        while len(content) <= limit and (piece := reader.read(limit + 1 - len(content))):
            content += piece
        # The reader does not tell an end from a break; what stays within the limit may be read twice.
        whole = len(content) <= limit
        for _ in range(_MOST_MEMBERS):
            if whole and body:
                frame = source.decompressobj()
                frame.decompress(body)
                body, whole = frame.unused_data, frame.eof
        whole = whole and not body
    except zstandard.ZstdError:
        if not content:
            raise Undecodable from None
        whole = False
    return Content(bytes(content), whole)


_UNDO: dict[str, Undo] = {
    "gzip": _gzip,
    "x-gzip": _gzip,
    "deflate": _deflate,
    "br": _brotli,
    "zstd": _zstd,
}
