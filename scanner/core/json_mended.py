"""Mends a JSON text that is whole but damaged on its way: prefixes against script inclusion, trailing words, depth.

What a parser refuses is not empty: a list of pods behind `)]}',` shows pods.
"""

import re
from itertools import islice

from scanner.core.jsontext import DEEPEST

_PREFIX = re.compile(rb"\s*(?:\)\]\}'?,?|while\s*\(1\);|for\s*\(;;\);|(?:/\*\*/)?[A-Za-z_$][\w.$]{0,63}\()\s*")
"""What keeps a text from being run as a script, and JSONP's call around it."""
_STRING = rb'"[^"\\]*(?:\\.[^"\\]*)*"'
_TOKEN = re.compile(rb'%b(?:[^"\[\]{}]*%b){0,100}|[\[\]{}]|"' % (_STRING, _STRING), re.DOTALL)
"""Many strings with no bracket between them are one token: to look at each takes longest in a text of short ones."""
_NUMBER = re.compile(rb"-?[0-9]+(?:[.eE][0-9.eE+-]*)?")
_ALL_BUT_NUMBERS = bytes(byte if byte in b"0123456789.eE+-" else 0x20 for byte in range(256))
_LONGEST_NUMBER = 4_000
_MOST_TOKENS = 8_000
"""More brackets than lists and objects of a kilobyte each have in three times the longest text."""


def mend(data: bytes) -> bytes | None:
    """Return the JSON object or list without what stands around it, None when there is no whole one.

    Deeper than DEEPEST levels there is null, a number of more than 4,000 digits too, and a comma behind the last item
    is left out. Linear in the length of the text, of which only so much is walked through.
    """
    start = _start(data)
    pieces: list[bytes] = []
    depth = 0
    at = start
    for token in islice(_TOKEN.finditer(data, start), _MOST_TOKENS):
        first = data[token.start()]
        if token[0] == b'"':
            # A string without an end; to look for ends behind each further quote takes the square of its length.
            return None
        depth += (first in b"[{") - (first in b"]}")
        if depth == DEEPEST and first in b"[{":
            pieces += _between(data, at, token.start()), b"null"
        elif depth == DEEPEST - 1 and first in b"]}":
            at = token.end()
        elif depth < DEEPEST and first in b"]}":
            pieces.append(_without_comma(_between(data, at, token.start())))
            at = token.start()
        if depth <= 0:
            return b"".join((*pieces, data[at : token.end()])) if depth == 0 and first in b"]}" else None
    return None


def _start(data: bytes) -> int:
    prefix = _PREFIX.match(data)
    return prefix.end() if prefix else len(data) - len(data.lstrip())


def _between(data: bytes, start: int, end: int) -> bytes:
    piece = data[start:end]
    if len(piece) < _LONGEST_NUMBER:
        return piece
    # To look for long runs first is much quicker than to try a number at every place.
    longest = max(map(len, piece.translate(_ALL_BUT_NUMBERS).split()), default=0)
    return piece if longest < _LONGEST_NUMBER else _NUMBER.sub(_short, piece)


def _short(number: re.Match[bytes]) -> bytes:
    return number[0] if len(number[0]) < _LONGEST_NUMBER else b"null"


def _without_comma(piece: bytes) -> bytes:
    shorter = piece.rstrip()
    return shorter[:-1] if shorter.endswith(b",") else piece
