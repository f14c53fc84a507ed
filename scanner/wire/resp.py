"""RESP2 and RESP3, the protocol of Redis and its relatives: bytes in, values out.

https://redis.io/docs/latest/develop/reference/protocol-spec/
"""

from dataclasses import dataclass
from typing import TypeAlias

from scanner.core.errors import ClosedEarly, Malformed, TimedOut
from scanner.core.number import parse_number
from scanner.core.talk import Talk

MOST_BYTES = 256 * 1024
"""Longest reply that is read, in bytes."""
_MOST_ITEMS = 10_000
_DEEPEST = 8
_CRLF = b"\r\n"
_LINES = b"+,(#_"
_BULKS = b"$!="
_LISTS = {b"*": 1, b"~": 1, b">": 1, b"%": 2, b"|": 2}
"""How many values stand for one of their count."""
_ASIDE = b"|>"
"""Attributes and pushed messages come before a reply and are none."""


@dataclass(frozen=True, slots=True)
class ErrorReply:
    """An error that the server answered with, such as `NOAUTH Authentication required.`."""

    text: str

    def __str__(self) -> str:
        return self.text


Reply: TypeAlias = "str | bytes | int | list[Reply] | ErrorReply | None"
"""Simple strings are str, bulk strings bytes."""


def parse_reply(data: bytes, start: int = 0) -> tuple[Reply, int] | None:
    """Return the reply that begins at `start` and the place behind it, None while it is incomplete.

    Raises Malformed for anything that is not RESP or too large to be an answer to us.
    """
    found = _parse(data, start, 0)
    while found is not None and data[start : start + 1] in _ASIDE:
        start = found[1]
        found = _parse(data, start, 0)
    return found


async def read_replies(talk: Talk, count: int) -> list[Reply]:
    """Return up to `count` replies: fewer when the peer stops after at least one.

    Raises what the conversation raises when not even one came, Malformed when the bytes are not RESP.
    """
    data, place = b"", 0
    replies: list[Reply] = []
    while len(replies) < count:
        found = parse_reply(data, place)
        if found is not None:
            replies.append(found[0])
            place = found[1]
            continue
        try:
            more = await talk.read_some()
        except TimedOut as error:
            if replies:
                break
            raise TimedOut(str(error), data) from None
        if not more and replies:
            break
        if not more:
            raise ClosedEarly("closed before the reply was complete", data)
        data += more
        if len(data) > MOST_BYTES:
            raise Malformed("a RESP reply too long to be an answer")
    return replies


def as_arrays(lines: bytes) -> bytes:
    """Return commands in lines as arrays of bulk strings: not every proxy reads the former."""
    arrays = (line.split() for line in lines.split(_CRLF) if line)
    return b"".join(
        b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%b\r\n" % (len(word), word) for word in words) for words in arrays
    )


def beginning_of_bulk(data: bytes) -> bytes | None:
    """Return as much of a bulk string as came of one that broke off, None when none had begun."""
    head, found, begun = data.partition(_CRLF)
    return begun[:MOST_BYTES] if found and head[:1] in _BULKS and head[1:].isdigit() and begun else None


def _parse(data: bytes, start: int, depth: int) -> tuple[Reply, int] | None:
    if start >= len(data):
        return None
    kind = data[start : start + 1]
    if kind not in b"+-:" + _LINES + _BULKS and kind not in _LISTS:
        raise Malformed("not a RESP reply")
    end = data.find(_CRLF, start)
    if end < 0:
        if len(data) - start > 8_192:
            raise Malformed("a RESP line without an end")
        return None
    line, after = data[start + 1 : end], end + 2
    if kind in b"-" + _LINES:
        return _line(kind, line.decode("utf-8", "replace")), after
    number = _number(line)
    if kind == b":":
        return number, after
    if kind in _LISTS:
        return _array(data, after, number * _LISTS[kind], depth)
    return _bulk(data, after, number, kind)


def _line(kind: bytes, text: str) -> Reply:
    if kind == b"-":
        return ErrorReply(text)
    return None if kind == b"_" else text


def _bulk(data: bytes, after: int, length: int, kind: bytes) -> tuple[Reply, int] | None:
    if length < 0:
        return None, after
    if length > MOST_BYTES:
        raise Malformed("a RESP string too long to be an answer")
    if len(data) < after + length + 2:
        return None
    text = data[after : after + length]
    if kind == b"!":
        return ErrorReply(text.decode("utf-8", "replace")), after + length + 2
    # A verbatim string has its format before it: `txt:`.
    return text[4:] if kind == b"=" else text, after + length + 2


def _array(data: bytes, after: int, count: int, depth: int) -> tuple[Reply, int] | None:
    if count < 0:
        return None, after
    if count > _MOST_ITEMS or depth >= _DEEPEST:
        raise Malformed("a RESP array too large to be an answer")
    items: list[Reply] = []
    for _ in range(count):
        found = _parse(data, after, depth + 1)
        if found is None:
            return None
        items.append(found[0])
        after = found[1]
    return items, after


def _number(line: bytes) -> int:
    number = parse_number(line, signed=True)
    if number is None:
        raise Malformed("not a RESP number")
    return number
