"""BSON documents, as far as answers of MongoDB need them: bytes in, values out (https://bsonspec.org/spec.html)."""

import struct
from collections.abc import Callable, Mapping
from typing import TypeAlias

from scanner.core.errors import Malformed

Value: TypeAlias = "str | int | float | bool | bytes | Document | list[Value] | None"
Document: TypeAlias = "dict[str, Value]"

_DEEPEST = 20


def _nothing(_: bytes) -> None:
    return None


_FIXED: Mapping[int, tuple[int, Callable[[bytes], Value]]] = {
    0x01: (8, lambda data: struct.unpack("<d", data)[0]),
    0x06: (0, _nothing),
    0x07: (12, lambda data: data),
    0x08: (1, lambda data: data != b"\0"),
    0x09: (8, lambda data: int.from_bytes(data, "little", signed=True)),
    0x0A: (0, _nothing),
    0x10: (4, lambda data: int.from_bytes(data, "little", signed=True)),
    0x11: (8, lambda data: int.from_bytes(data, "little")),
    0x12: (8, lambda data: int.from_bytes(data, "little", signed=True)),
    0x13: (16, lambda data: data),
    0x7F: (0, _nothing),
    0xFF: (0, _nothing),
}


def encode(document: Mapping[str, int | str | bool]) -> bytes:
    """Return a flat document of 32-bit integers, strings and booleans."""
    body = b""
    for name, value in document.items():
        key = name.encode() + b"\0"
        if isinstance(value, bool):
            body += b"\x08" + key + bytes([value])
        elif isinstance(value, int):
            body += b"\x10" + key + struct.pack("<i", value)
        else:
            text = value.encode() + b"\0"
            body += b"\x02" + key + struct.pack("<i", len(text)) + text
    return struct.pack("<i", len(body) + 5) + body + b"\0"


def decode(data: bytes, start: int = 0) -> Document:
    """Return the document that begins at `start`; raises Malformed for anything else."""
    try:
        return _document(data, start, len(data), 0)[0]
    except (IndexError, struct.error, ValueError) as error:
        raise Malformed(f"not BSON: {type(error).__name__}") from None


def _document(data: bytes, start: int, limit: int, depth: int) -> tuple[Document, int]:
    end = start + _length(data, start, limit, 5)
    if depth > _DEEPEST or data[end - 1] != 0:
        raise ValueError("depth or end")
    found: Document = {}
    place = start + 4
    while data[place] != 0:
        kind = data[place]
        name_end = data.index(b"\0", place + 1, end)
        name = data[place + 1 : name_end].decode("utf-8", "replace")
        found[name], place = _value(kind, data, name_end + 1, end, depth)
        if place >= end:
            raise ValueError("end")
    return found, end


def _value(kind: int, data: bytes, place: int, limit: int, depth: int) -> tuple[Value, int]:
    if kind in _FIXED:
        size, read = _FIXED[kind]
        if place + size > limit:
            raise ValueError("cut")
        return read(data[place : place + size]), place + size
    if kind in {0x02, 0x0D, 0x0E}:
        length = _length(data, place, limit, 1, extra=4)
        return data[place + 4 : place + 3 + length].decode("utf-8", "replace"), place + 4 + length
    if kind == 0x03:
        return _document(data, place, limit, depth + 1)
    if kind == 0x04:
        items, end = _document(data, place, limit, depth + 1)
        return list(items.values()), end
    if kind == 0x05:
        length = _length(data, place, limit, 0, extra=5)
        return data[place + 5 : place + 5 + length], place + 5 + length
    if kind == 0x0B:
        middle = data.index(b"\0", place, limit)
        return None, data.index(b"\0", middle + 1, limit) + 1
    raise ValueError(f"type {kind}")


def _length(data: bytes, place: int, limit: int, least: int, extra: int = 0) -> int:
    length: int = struct.unpack_from("<i", data, place)[0]
    if length < least or place + extra + length > limit:
        raise ValueError("length")
    return length
