"""The one way in which a number that a peer wrote becomes a number: `isdigit` takes `²`, and `int` takes `1_0`."""

import math
import re
from typing import Final

LARGEST: Final = (1 << 64) - 1
"""The largest number that is read: an unsigned 64-bit one, as counters and sizes of every protocol are."""

_DIGITS: Final = {10: re.compile(rb"[0-9]{1,20}"), 16: re.compile(rb"[0-9a-fA-F]{1,16}")}
_REAL: Final = re.compile(rb"[-+]?(?:[0-9]{1,400}(?:\.[0-9]{0,400})?|\.[0-9]{1,400})(?:[eE][-+]?[0-9]{1,4})?")


def parse_number(
    text: str | bytes | bytearray, *, base: int = 10, most: int = LARGEST, signed: bool = False
) -> int | None:
    """Return the whole number that the text is, None for anything else.

    Only ASCII digits count (RFC 5234's DIGIT, HEXDIG for base 16), at most 20 of them, with nothing around; a `-`
    before them only where the protocol has `signed` numbers. None too for a number beyond `most` on either side.
    """
    data = text.encode("utf-8", "replace") if isinstance(text, str) else text
    negative = signed and data.startswith(b"-")
    digits = data[1:] if negative else data
    if not _DIGITS[base].fullmatch(digits):
        return None
    number = int(digits, base)
    if number > most:
        return None
    return -number if negative else number


def parse_real(text: str | bytes) -> float | None:
    """Return the finite decimal fraction that the text is (`-1.5e3`), None for anything else, `nan` and `inf` too."""
    data = text.encode("utf-8", "replace") if isinstance(text, str) else text
    if not _REAL.fullmatch(data):
        return None
    value = float(data)
    return value if math.isfinite(value) else None
