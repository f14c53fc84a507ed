"""Changes what a peer said: bits, lengths, numbers, depth, order; the same seed makes the same changes."""

import random
import re
from collections.abc import Sequence

LONGEST = 256 * 1024
"""Most bytes of one piece: an HTTP body (net/http.py); a line or a message of a stream ends at a quarter of it."""

_NASTY = (
    b"", b"\0", b"\xff", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\x80\0\0\0", b"\xff" * 8, b"\r\n", b"\r\n\r\n",
    b"-1", b"0", b"9" * 25, b"9" * 5_000, b"-" + b"9" * 400, b"1e999", b"NaN", b"Infinity", b"1_0", b"FFFFFFFFFFFFFFFF",
    "²".encode(), "१२".encode(), b"4611686018427387904", b'"\\ud800"', b"\xed\xa0\x80", b"\x1b[2J",
    b"null", b"true", b"[]", b"{}", b'""', b"[" * 600, b'{"a":' * 600, b"[" * 600 + b"]" * 600,
    b'{"a":' * 90 + b"1" + b"}" * 90, b"(" * 900, b"<a>" * 400,
)  # fmt: skip
_NUMBER = re.compile(rb"[0-9]+")
_VALUE = re.compile(rb'"(?:[^"\\]|\\.){0,200}"|[0-9]+|true|false|null|\[\]|\{\}')


class Mutator:
    """Makes new inputs out of known ones."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def input(self, seeds: Sequence[tuple[bytes, ...]], longest: int = LONGEST) -> tuple[bytes, ...]:
        """Return a changed copy of one of the seeds, sometimes with pieces of another."""
        pieces = list(self.random.choice(seeds))
        for _ in range(self.random.choice((1, 1, 1, 2, 3, 8))):
            if not pieces or self.random.random() < 0.1:
                self._order(pieces, seeds)
            else:
                place = self.random.randrange(len(pieces))
                pieces[place] = self.piece(pieces[place])[:longest]
        return tuple(pieces)

    def piece(self, data: bytes) -> bytes:
        """Return the bytes changed in one place."""
        chosen = self.random.randrange(10)
        at = self.random.randint(0, len(data))
        end = min(len(data), at + self.random.choice((1, 1, 2, 4, 8, 64)))
        match chosen:
            case 0:
                return data[:at]
            case 1:
                return data[:at] + self.random.choice(_NASTY) + data[at:]
            case 2:
                return data[:at] + self.random.choice(_NASTY) + data[end:]
            case 3:
                return data[:at] + data[end:]
            case 4:
                return data[:at] + self.random.randbytes(end - at) + data[end:]
            case 5 if data:
                place = self.random.randrange(len(data))
                return data[:place] + bytes([data[place] ^ (1 << self.random.randrange(8))]) + data[place + 1 :]
            case 6:
                start = self.random.randint(0, at)
                return data[:at] + data[start:at] * self.random.choice((1, 2, 10, 1_000)) + data[at:]
            case 7:
                return self._instead(_NUMBER, data)
            case 8:
                return self._instead(_VALUE, data)
        return data * self.random.choice((2, 3, 50, 2_000))

    def _instead(self, pattern: re.Pattern[bytes], data: bytes) -> bytes:
        found = list(pattern.finditer(data[:20_000]))
        if not found:
            return data + self.random.choice(_NASTY)
        one = self.random.choice(found)
        return data[: one.start()] + self.random.choice(_NASTY) + data[one.end() :]

    def _order(self, pieces: list[bytes], seeds: Sequence[tuple[bytes, ...]]) -> None:
        other = self.random.choice(seeds)
        if other and self.random.random() < 0.6:
            pieces.insert(self.random.randint(0, len(pieces)), self.random.choice(other))
        elif pieces:
            pieces.pop(self.random.randrange(len(pieces)))
