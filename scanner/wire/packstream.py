"""PackStream values and Bolt's chunks: bytes in, values out (https://neo4j.com/docs/bolt/current/packstream/)."""

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from scanner.core.errors import Malformed
from scanner.core.talk import Talk

_LONGEST = 65_536
_DEEPEST = 10


@dataclass(frozen=True, slots=True)
class Structure:
    """A tagged structure, such as a message."""

    tag: int
    fields: tuple["Value", ...]


Value: TypeAlias = "str | int | float | bool | bytes | list[Value] | dict[str, Value] | Structure | None"


def encode(mapping: Mapping[str, str]) -> bytes:
    """Return a map of at most 15 short texts."""
    return bytes([0xA0 + len(mapping)]) + b"".join(_text(key) + _text(value) for key, value in mapping.items())


def chunked(message: bytes) -> bytes:
    """Return a message as one chunk and the end mark."""
    return struct.pack(">H", len(message)) + message + b"\0\0"


async def read_message(talk: Talk) -> bytes:
    """Return the next message without its chunk headers; raises Malformed beyond 64 KiB."""
    message = b""
    while True:
        length = int.from_bytes(await talk.read_exactly(2), "big")
        if length:
            message += await talk.read_exactly(length)
        elif message:
            return message
        if len(message) > _LONGEST:
            raise Malformed("a Bolt message too long to be an answer")


def parse(data: bytes, at: int = 0) -> tuple[Value, int]:
    """Return the value that begins at `at` and the place behind it; raises Malformed for anything else."""
    try:
        return _value(data, at, 0)
    except (IndexError, struct.error) as error:
        raise Malformed(f"not PackStream: {type(error).__name__}") from None


_NUMBERS = {0xC1: ">d", 0xC8: ">b", 0xC9: ">h", 0xCA: ">i", 0xCB: ">q"}
_CONSTANTS = {0xC0: None, 0xC2: False, 0xC3: True}
# Marker -> (kind, bytes of the length).
_SIZED = {
    0xCC: ("bytes", 1), 0xCD: ("bytes", 2), 0xCE: ("bytes", 4),
    0xD0: ("text", 1), 0xD1: ("text", 2), 0xD2: ("text", 4),
    0xD4: ("list", 1), 0xD5: ("list", 2), 0xD6: ("list", 4),
    0xD8: ("map", 1), 0xD9: ("map", 2), 0xDA: ("map", 4),
}  # fmt: skip
_TINY = {0x80: "text", 0x90: "list", 0xA0: "map", 0xB0: "structure"}


def _value(data: bytes, at: int, depth: int) -> tuple[Value, int]:
    marker = data[at]
    if depth > _DEEPEST:
        raise Malformed("PackStream nested too deep")
    if marker in _CONSTANTS:
        return _CONSTANTS[marker], at + 1
    if marker < 0x80 or marker >= 0xF0:
        return marker - 256 * (marker >= 0xF0), at + 1
    if marker in _NUMBERS:
        form = _NUMBERS[marker]
        number: int | float = struct.unpack_from(form, data, at + 1)[0]
        return number, at + 1 + struct.calcsize(form)
    if marker in _SIZED:
        kind, width = _SIZED[marker]
        return _sized(kind, int.from_bytes(data[at + 1 : at + 1 + width], "big"), data, at + 1 + width, depth)
    kind = _TINY.get(marker & 0xF0, "")
    return _sized(kind, marker & 0x0F, data, at + 1, depth)


def _sized(kind: str, size: int, data: bytes, at: int, depth: int) -> tuple[Value, int]:
    if size > len(data) - at + (kind == "structure"):
        raise Malformed("PackStream that ends too early")
    if kind == "text":
        return data[at : at + size].decode("utf-8", "replace"), at + size
    if kind == "bytes":
        return data[at : at + size], at + size
    if kind == "list":
        return _items(size, data, at, depth)
    if kind == "structure":
        tag = data[at]
        fields, end = _items(size, data, at + 1, depth)
        return Structure(tag, tuple(fields)), end
    if kind == "map":
        flat, end = _items(2 * size, data, at, depth)
        return {str(key): value for key, value in zip(flat[::2], flat[1::2], strict=True)}, end
    raise Malformed("an unknown PackStream marker")


def _items(count: int, data: bytes, at: int, depth: int) -> tuple[list[Value], int]:
    items: list[Value] = []
    for _ in range(count):
        item, at = _value(data, at, depth + 1)
        items.append(item)
    return items, at


def _text(text: str) -> bytes:
    data = text.encode()
    return (bytes([0x80 + len(data)]) if len(data) < 16 else b"\xd0" + bytes([len(data)])) + data
