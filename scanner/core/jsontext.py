"""The one reader of JSON that anybody but this process wrote: within limits of size and depth. Names the types."""

import json
import math
from typing import TypeAlias

from scanner.core.count import counted
from scanner.core.errors import Malformed

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"

LIMIT_BYTES = 256 * 1024
"""Longest JSON text that is read from a peer, in bytes."""
DEEPEST = 64
"""Most arrays and objects inside each other: whatever walks a value calls itself as often."""


def parse_json(data: bytes | str, limit_bytes: int = LIMIT_BYTES, *, strict: bool = True) -> Json:
    """Return the value of a JSON text (RFC 8259); not `strict`, strings may hold control characters as they are.

    Raises Malformed for anything else: bad UTF-8, more than DEEPEST levels, a 4,301-digit number, more than
    `limit_bytes`.
    """
    if len(data) > limit_bytes:
        raise Malformed(f"JSON of {counted(len(data), 'byte')} is longer than {limit_bytes}")
    try:
        value: Json = json.loads(data, strict=strict, parse_constant=_nothing, parse_float=_finite)
    except (ValueError, RecursionError, MemoryError) as error:
        raise Malformed(f"not JSON: {type(error).__name__}") from error
    if _is_deep(value):
        raise Malformed(f"JSON of more than {DEEPEST} levels")
    return value


def parse_json_at(text: str, at: int) -> tuple[Json, int]:
    """Return the JSON value that begins at a place in a text, and where it ends; raises Malformed as parse_json does.

    For files of values that stand beside each other without being one JSON text; the caller limits the text.
    """
    try:
        value, end = _DECODER.raw_decode(text, at)
    except (ValueError, RecursionError, MemoryError) as error:
        raise Malformed(f"not JSON: {type(error).__name__}") from error
    if _is_deep(value):
        raise Malformed(f"JSON of more than {DEEPEST} levels")
    return value, end


def as_object(value: Json) -> dict[str, Json]:
    """Return the value if it is an object, else an empty one: for reading optional fields of a stranger's answer."""
    return value if isinstance(value, dict) else {}


def as_list(value: Json) -> list[Json]:
    """Return the value if it is an array, else an empty one."""
    return value if isinstance(value, list) else []


def as_text(value: Json) -> str | None:
    """Return the value if it is a non-empty string, else None."""
    return value if isinstance(value, str) and value else None


def as_int(value: Json) -> int | None:
    """Return the value if it is a whole number (not a boolean), else None."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _is_deep(value: Json) -> bool:
    level = [value]
    for _ in range(DEEPEST):
        nodes = (node.values() if isinstance(node, dict) else node for node in level if isinstance(node, list | dict))
        level = [inner for node in nodes for inner in node if isinstance(inner, list | dict)]
        if not level:
            return False
    return True


def _nothing(_name: str) -> None:
    """Read NaN and Infinity, which Python's and other servers write, as null: reports can't hold them."""
    return


def _finite(text: str) -> float | None:
    value = float(text)
    return None if math.isinf(value) else value


_DECODER = json.JSONDecoder(parse_constant=_nothing, parse_float=_finite)
