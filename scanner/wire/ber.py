"""ASN.1's Basic Encoding Rules, as far as LDAP and SNMP use them: definite lengths, tags of one byte.

ITU-T X.690
"""

from typing import NamedTuple

from scanner.core.errors import Malformed

SEQUENCE, INTEGER, OCTETS, NULL, OID, ENUMERATED = 0x30, 0x02, 0x04, 0x05, 0x06, 0x0A
_MOST_ITEMS = 2_000


class Item(NamedTuple):
    """One tag and its content."""

    tag: int
    content: bytes

    @property
    def number(self) -> int:
        """The content as a signed whole number; raises Malformed for an empty or a huge one."""
        if not 0 < len(self.content) <= 16:
            raise Malformed("not a number of BER")
        return int.from_bytes(self.content, "big", signed=True)


def encode(tag: int, *contents: bytes) -> bytes:
    """Return a tag with its contents, joined."""
    content = b"".join(contents)
    if len(content) < 0x80:
        return bytes([tag, len(content)]) + content
    size = (len(content).bit_length() + 7) // 8
    return bytes([tag, 0x80 | size]) + len(content).to_bytes(size, "big") + content


def parse_length(data: bytes, place: int) -> tuple[int, int] | None:
    """Return (length, place behind it), None while bytes are missing; raises Malformed for what LDAP never sends."""
    if place >= len(data):
        return None
    first = data[place]
    if first < 0x80:
        return first, place + 1
    size = first & 0x7F
    if not 1 <= size <= 4:
        raise Malformed("an indefinite or a huge length")
    if place + 1 + size > len(data):
        return None
    return int.from_bytes(data[place + 1 : place + 1 + size], "big"), place + 1 + size


def parse_item(data: bytes, place: int = 0) -> tuple[Item, int]:
    """Return the item that begins at a place, and the place behind it; raises Malformed when it is not whole."""
    if place >= len(data) or data[place] & 0x1F == 0x1F:
        raise Malformed("no tag of one byte")
    found = parse_length(data, place + 1)
    if found is None or found[1] + found[0] > len(data):
        raise Malformed("an item longer than what holds it")
    length, start = found
    return Item(data[place], data[start : start + length]), start + length


def parse_items(data: bytes) -> list[Item]:
    """Return all items of a sequence's content; raises Malformed when it is not exactly that."""
    items: list[Item] = []
    place = 0
    while place < len(data):
        if len(items) >= _MOST_ITEMS:
            raise Malformed("too many items")
        item, place = parse_item(data, place)
        items.append(item)
    return items


def encode_oid(dotted: str) -> bytes:
    """Return an object identifier with its tag."""
    first, second, *rest = map(int, dotted.split("."))
    content = bytearray([40 * first + second])
    for number in rest:
        digits = [number & 0x7F]
        while number := number >> 7:
            digits.append(0x80 | number & 0x7F)
        content += bytes(reversed(digits))
    return encode(OID, bytes(content))
