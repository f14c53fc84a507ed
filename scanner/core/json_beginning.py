"""Closes a JSON text that was cut off behind what is complete of it, so that a long list proves what it has shown.

An item of a list is there in full or not at all; an object outside of lists keeps the keys that had come.
"""

import re
from itertools import islice

from scanner.core.jsontext import LIMIT_BYTES

_TOKEN = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|[\[\]{},]|"', re.DOTALL)
_CLOSERS = bytes.maketrans(b"[{", b"]}")
_DEEPEST = 64
_MOST_TOKENS = 15_000
"""Strings, brackets and commas that are walked through: a few milliseconds. What stands behind them is cut off too."""
_QUOTE, _LIST = b'"['


def close_beginning(data: bytes) -> bytes | None:
    """Return a whole JSON text made of the beginning of one, None when nothing of it is complete.

    Linear in the length of the text; deeper than 64 levels nothing is closed.
    """
    stack = bytearray()
    lists = safe = 0
    still_open = b""
    for token in islice(_TOKEN.finditer(data, 0, LIMIT_BYTES - _DEEPEST), _MOST_TOKENS):
        start, end = token.span()
        first = data[start]
        if first == _QUOTE:
            if end - start == 1:
                # A string that was cut off.
                break
            continue
        if first in b"[{":
            if len(stack) >= _DEEPEST:
                break
            stack.append(first)
            lists += first == _LIST
            continue
        if first in b"]}":
            if not stack:
                break
            lists -= stack.pop() == _LIST
            if not stack:
                return data[:end]
        else:
            end = start
        # No list stands above the innermost container: what is complete here counts.
        if not lists or (lists == 1 and stack[-1:] == b"["):
            safe, still_open = end, bytes(stack)
    return data[:safe] + still_open[::-1].translate(_CLOSERS) if safe else None
