"""Protocol Buffers on the wire: bytes in, field numbers and values out (protobuf.dev/programming-guides/encoding)."""

from scanner.core.errors import Malformed


def fields(data: bytes) -> list[tuple[int, int | bytes]]:
    """Return (field number, value) of a message in order: numbers for varints, bytes for the rest.

    Raises Malformed for anything else.
    """
    found: list[tuple[int, int | bytes]] = []
    place = 0
    while place < len(data):
        key, place = _varint(data, place)
        number, kind = key >> 3, key & 7
        if kind == 0:
            value, place = _varint(data, place)
            found.append((number, value))
            continue
        size = {1: 8, 5: 4}.get(kind)
        if kind == 2:
            size, place = _varint(data, place)
        if size is None or number == 0 or place + size > len(data):
            raise Malformed("not Protocol Buffers")
        found.append((number, data[place : place + size]))
        place += size
    return found


def _varint(data: bytes, place: int) -> tuple[int, int]:
    number = 0
    for shift in range(0, 70, 7):
        if place >= len(data):
            break
        number |= (data[place] & 0x7F) << shift
        place += 1
        if data[place - 1] < 0x80:
            return number, place
    raise Malformed("not Protocol Buffers")
