"""One unary gRPC call over HTTP/2 with prior knowledge: bytes in, values out.

RFC 9113 (HTTP/2), RFC 7541 (HPACK) and github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md. Headers are written as
literals; of the answer's headers only two are looked for, as every encoder writes them: Huffman-coded. The
status may be written either way.
"""

from typing import NamedTuple

from scanner.core.errors import ClosedEarly, Malformed
from scanner.core.number import parse_number
from scanner.core.talk import Talk

_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
_DATA, _HEADERS, _RESET, _SETTINGS, _GO_AWAY = 0x0, 0x1, 0x3, 0x4, 0x7
_END_STREAM, _END_HEADERS = 0x1, 0x4
# Huffman codes of `application/grpc` and of `grpc-status` (RFC 7541, appendix B).
_GRPC = bytes.fromhex("1d75d0620d263d4c4d6564")
_STATUS = bytes.fromhex("9acac8b21234da8f")
_MOST_FRAMES = 50
_LONGEST = 65_536


class GrpcReply(NamedTuple):
    """What a call gave."""

    message: bytes | None
    """The response message, None when there was none."""
    status: int | None
    """The gRPC status code, None when the answer ended before it."""


def call(path: str, message: bytes) -> bytes:
    """Return the preface, empty settings and one request on stream 1."""
    name = path.encode()
    # Indexed `:method POST` and `:scheme http`, then literals without indexing.
    headers = b"\x83\x86\x04" + bytes([len(name)]) + name + b"\x01\x04grpc"
    headers += _literal(b"content-type", b"application/grpc") + _literal(b"te", b"trailers")
    data = b"\0" + len(message).to_bytes(4, "big") + message
    return (
        _PREFACE
        + _frame(_SETTINGS, 0, 0, b"")
        + _frame(_HEADERS, _END_HEADERS, 1, headers)
        + _frame(_DATA, _END_STREAM, 1, data)
    )


async def read_answer(talk: Talk) -> GrpcReply | None:
    """Return the answer to the one call, None when the peer speaks HTTP/2 and not gRPC.

    Raises Malformed when the bytes are no HTTP/2.
    """
    message, status, is_grpc, settled = b"", None, False, False
    for _ in range(_MOST_FRAMES):
        head = await talk.read_exactly(9)
        length, kind, flags = int.from_bytes(head[:3], "big"), head[3], head[4]
        if length > _LONGEST or (not settled and kind != _SETTINGS):
            raise Malformed("not HTTP/2")
        settled = True
        body = await talk.read_exactly(length) if length else b""
        if kind in {_RESET, _GO_AWAY}:
            raise ClosedEarly("the call was reset")
        if kind == _HEADERS:
            is_grpc = is_grpc or _GRPC in body
            status = parse_status(body) if status is None else status
        elif kind == _DATA and head[5:9] == b"\0\0\0\x01":
            message += body
        if kind in {_HEADERS, _DATA} and flags & _END_STREAM:
            return GrpcReply(message[5:] if len(message) > 5 else None, status) if is_grpc else None
    raise Malformed("HTTP/2 without an end")


def parse_status(headers: bytes) -> int | None:
    """Return the value of `grpc-status` in a header block, None when it is not there."""
    place = headers.find(_STATUS)
    if place < 0:
        return None
    place += len(_STATUS)
    length = headers[place] if place < len(headers) else 0
    value = headers[place + 1 : place + 1 + (length & 0x7F)]
    if len(value) < length & 0x7F:
        return None
    return _CODED_STATUS.get(value) if length & 0x80 else parse_number(value, most=99)


def _huffman(digits: str) -> bytes:
    bits = "".join(_DIGIT_CODES[int(digit)] for digit in digits)
    return int(bits.ljust(-(-len(bits) // 8) * 8, "1"), 2).to_bytes(-(-len(bits) // 8), "big")


_DIGIT_CODES = ("00000", "00001", "00010", "011001", "011010", "011011", "011100", "011101", "011110", "011111")
"""Huffman codes of the digits (RFC 7541, appendix B)."""
_CODED_STATUS = {_huffman(str(status)): status for status in range(100)}


def _literal(name: bytes, value: bytes) -> bytes:
    return b"\0" + bytes([len(name)]) + name + bytes([len(value)]) + value


def _frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
    return len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + payload
