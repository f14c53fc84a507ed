"""Undoes the compression of an HTTP body, within a bound: gzip, deflate, br and zstd (RFC 9110 section 8.4).

We ask for none; proxies compress all the same.
"""

import zlib
from collections.abc import Callable
from io import BytesIO

_MOST_MEMBERS = 64
"""gzip members that are read: thousands of tiny ones only burn time."""
_MOST_CODINGS = 2
_ZSTD_WINDOW_BYTES = 8 << 20
"""RFC 9659: what a decoder must support for HTTP, and no more."""

Undo = Callable[[bytes, int], bytes]


class Undecodable(Exception):
    """The bytes are not in the coding that was announced, or nobody knows it."""


def decode(body: bytes, codings: list[str], limit: int) -> bytes:
    """Return at most `limit` + 1 bytes of the content; a body that breaks off gives its beginning.

    Raises Undecodable when not even a first byte can be had.
    """
    wanted = [coding for coding in codings if coding not in {"identity", "chunked"}]
    if len(wanted) > _MOST_CODINGS:
        raise Undecodable
    for coding in reversed(wanted):
        undo = _UNDO.get(coding)
        if undo is None:
            raise Undecodable
        if body:
            body = undo(body, limit)
    return body


def _gzip(body: bytes, limit: int) -> bytes:
    return _inflate_members(body, limit, wbits=31)


def _deflate(body: bytes, limit: int) -> bytes:
    """Undo zlib's format, or the bare stream that some send under the same name."""
    try:
        return _inflate_members(body, limit, wbits=15)
    except Undecodable:
        return _inflate_members(body, limit, wbits=-15)


def _inflate_members(body: bytes, limit: int, *, wbits: int) -> bytes:
    content = bytearray()
    for _ in range(_MOST_MEMBERS):
        inflater = zlib.decompressobj(wbits)
        try:
            content += inflater.decompress(body, limit + 1 - len(content))
        except zlib.error:
            if not content:
                raise Undecodable from None
            break
        body = inflater.unused_data
        if not body or len(content) > limit:
            break
    return bytes(content)


def _brotli(body: bytes, limit: int) -> bytes:
    import brotli

    try:
        return bytes(brotli.Decompressor().process(body, output_buffer_limit=limit + 1))
    except brotli.error:
        raise Undecodable from None


def _zstd(body: bytes, limit: int) -> bytes:
    import zstandard

    content = bytearray()
    reader = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW_BYTES).stream_reader(
        BytesIO(body), read_across_frames=True
    )
    try:
        while len(content) <= limit and (piece := reader.read(limit + 1 - len(content))):
            content += piece
    except zstandard.ZstdError:
        if not content:
            raise Undecodable from None
    return bytes(content)


_UNDO: dict[str, Undo] = {
    "gzip": _gzip,
    "x-gzip": _gzip,
    "deflate": _deflate,
    "br": _brotli,
    "zstd": _zstd,
}
