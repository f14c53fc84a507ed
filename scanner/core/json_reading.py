"""Reads a peer's JSON as far as it goes: what was cut, broken off or framed on its way still shows what it shows."""

from typing import NamedTuple

from scanner.core.errors import Malformed
from scanner.core.json_beginning import close_beginning
from scanner.core.json_mended import mend
from scanner.core.jsontext import LIMIT_BYTES, Json, parse_json


class JsonRead(NamedTuple):
    """A value, and whether it is all that was sent."""

    value: Json
    whole: bool


def read_json(body: bytes, *, complete: bool) -> JsonRead:
    """Return what a body holds as JSON; of one that breaks off whole items of a list, and the keys that had come.

    One name that is not UTF-8 (RFC 8259 section 8.1) spoils no list. Raises Malformed when nothing can be read.
    """
    if complete:
        try:
            return JsonRead(parse_json(body), whole=True)
        except Malformed:
            pass
    text = body.decode("utf-8", "replace").encode()
    mended = mend(text[: 3 * LIMIT_BYTES])
    if mended is not None:
        try:
            return JsonRead(parse_json(mended, 3 * LIMIT_BYTES, strict=False), whole=complete)
        except Malformed:
            pass
    closed = close_beginning(text) if text.lstrip()[:1] in {b"{", b"["} else None
    if closed is None:
        raise Malformed("not JSON: nothing of it is complete")
    return JsonRead(parse_json(mend(closed) or closed, strict=False), whole=False)
