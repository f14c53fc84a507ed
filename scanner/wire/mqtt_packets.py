"""Control packets of MQTT: bytes in, values out (MQTT 3.1.1, OASIS, section 2)."""

from scanner.core.errors import Malformed
from scanner.core.talk import Talk

_MOST_PACKET_BYTES = 65_536


def parse_suback(body: bytes) -> tuple[int, ...]:
    """Return the return codes of the SUBACK to packet 1; raises Malformed."""
    if len(body) < 3 or body[:2] != b"\x00\x01" or any(code not in {0, 1, 2, 0x80} for code in body[2:]):
        raise Malformed("no SUBACK")
    return tuple(body[2:])


def parse_publish(body: bytes) -> tuple[bytes, bytes]:
    """Return topic and payload of a PUBLISH of quality 0; raises Malformed."""
    length = int.from_bytes(body[:2])
    if len(body) < 2 or len(body) < 2 + length:
        raise Malformed("no PUBLISH")
    return body[2 : 2 + length], body[2 + length :]


async def read_packet(talk: Talk) -> tuple[int, bytes]:
    """Return first byte and body of the next control packet; raises Malformed."""
    first = (await talk.read_exactly(1))[0]
    length = 0
    for shift in (0, 7, 14, 21):
        digit = (await talk.read_exactly(1))[0]
        length |= (digit & 0x7F) << shift
        if digit < 0x80:
            break
    else:
        raise Malformed("a remaining length of more than four bytes")
    if length > _MOST_PACKET_BYTES:
        raise Malformed("a control packet longer than any that was asked for")
    return first, await talk.read_exactly(length)
