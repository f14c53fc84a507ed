"""Replies of FTP: lines in, code and words out (RFC 959 section 4.2)."""

from scanner.core.errors import Malformed, TimedOut
from scanner.core.number import parse_number
from scanner.core.talk import Talk
from scanner.core.text import clean

NO_ANSWER = 0
"""Stands for the code of a reply that did not come."""
_LONGEST_LINE = 1_024
_MOST_LINES = 500


def parse_line(raw: bytes) -> tuple[int | None, bool, str]:
    """Return (code, whether it ends the reply, text) of one line; code None for a line inside a longer reply."""
    text = raw.rstrip(b"\r\n")
    code = parse_number(text[:3]) if len(text) >= 3 else None
    if code is not None and text[3:4] in {b" ", b"-", b""}:
        return code, text[3:4] != b"-", clean(text[4:], 200)
    return None, False, clean(text, 200)


async def read_reply(talk: Talk) -> tuple[int, list[str]]:
    """Return the code and the lines of one reply; raises Malformed."""
    lines: list[str] = []
    opened: int | None = None
    while len(lines) < _MOST_LINES:
        code, ends, text = parse_line(await talk.read_until(b"\n", _LONGEST_LINE))
        lines.append(text)
        if opened is None and code is None:
            raise Malformed("not a reply of FTP")
        if code is not None and ends and code == (opened or code):
            return code, lines
        opened = opened if opened is not None else code
    raise Malformed("a reply without an end")


async def read_late_reply(talk: Talk) -> tuple[int, list[str]]:
    """Wait twice: servers hold a refusal back for some seconds, to slow down those who guess."""
    try:
        return await read_reply(talk)
    except TimedOut:
        pass
    try:
        return await read_reply(talk)
    except TimedOut:
        return NO_ANSWER, ["no answer in time"]
