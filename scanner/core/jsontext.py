"""Reads JSON that a stranger wrote, within limits, and names the JSON types."""

import json
import math
from typing import NoReturn, TypeAlias

from scanner.core.errors import Malformed

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"

LIMIT_BYTES = 256 * 1024
"""Longest JSON text that is read, in bytes."""


def parse_json(data: bytes) -> Json:
    """Return the value of a JSON text (RFC 8259).

    Raises Malformed for anything else: bad UTF-8, NaN, a number beyond floating point (reports could not hold it),
    depth beyond the interpreter's, a 4,301-digit number, more than LIMIT_BYTES.
    """
    if len(data) > LIMIT_BYTES:
        raise Malformed(f"JSON of {len(data)} bytes is longer than {LIMIT_BYTES}")
    try:
        value: Json = json.loads(data, parse_constant=_refuse_constant, parse_float=_finite)
    except (ValueError, RecursionError, MemoryError) as error:
        raise Malformed(f"not JSON: {type(error).__name__}") from None
    return value


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


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _finite(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise ValueError(text)
    return value
