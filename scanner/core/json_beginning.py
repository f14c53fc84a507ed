"""Closes a JSON text that was cut off behind what is complete of it, so that a long list proves what it has shown.

An item of a list is there in full or not at all; an object outside of lists keeps the keys that had come.
"""

import re

from scanner.core.jsontext import LIMIT_BYTES

_TOKEN = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|[\[\]{},]|"', re.DOTALL)
_CLOSERS = bytes.maketrans(b"[{", b"]}")
_DEEPEST = 64


def close_beginning(data: bytes) -> bytes | None:
    """Return a whole JSON text made of the beginning of one, None when nothing of it is complete.

    Linear in the length of the text; deeper than 64 levels nothing is closed.
    """
    stack = bytearray()
    safe, still_open = 0, b""
    for token in _TOKEN.finditer(data, 0, LIMIT_BYTES - _DEEPEST):
        first = data[token.start()]
        if first == 0x22:
            if token.end() - token.start() == 1:
                # A string that was cut off.
                break
            continue
        if first in b"[{":
            if len(stack) >= _DEEPEST:
                break
            stack.append(first)
            continue
        end = token.start()
        if first in b"]}":
            if not stack:
                break
            stack.pop()
            end = token.end()
            if not stack:
                return data[:end]
        if _is_outside_of_items(stack):
            safe, still_open = end, bytes(stack)
    return data[:safe] + still_open[::-1].translate(_CLOSERS) if safe else None


def _is_outside_of_items(stack: bytearray) -> bool:
    """Tell whether no list stands above the innermost container: what is complete here counts."""
    return b"[" not in stack[:-1]
