"""Inputs as long as the byte budget allows, of one thing over and over: what takes a parser quadratic time.

`python -m tests.fuzz.grown [TARGET]` tries all of them.
"""

import re
import sys
from collections.abc import Iterator

from tests.fuzz.targets import Target, every_target

_UNITS = (
    b"\0", b"\xff", b" ", b"\t", b"\n", b"\r\n", b"0", b"9", b"a", b"-", b".", b",", b":", b";", b"=", b"/", b"\\",
    b'"', b"'", b"#", b"%", b"*", b"+", b"$", b"<", b"<a ", b"<!--", b"<title>", b"(", b"[", b"{", b"[],", b"{},",
    b'"a",', b'{"a":', b'"\\u0041', b"a b ", b"a=b,", b"a: b\r\n", b"key value\n", b"\0\0\0\1", b"\0\1", b"\1\0\0\0",
    b"\x80\x80", b"*1\r\n", b"$1\r\na\r\n", b":1\r\n", b"1\r\na\r\n", b"0\r\n\r\n", "²".encode(), "é".encode(),
)  # fmt: skip
_PART = re.compile(rb"[^\r\n]*\r?\n|[^,{}\[\]]+[,}\]]")
_MOST_PARTS = 6
SEEDS = 1
"""Longest seeds of a target that are grown."""


def grown(seed: tuple[bytes, ...], longest: int) -> Iterator[tuple[bytes, ...]]:
    """Yield a seed's last piece with one thing repeated in its middle, up to the budget."""
    if not seed:
        return
    *before, last = seed
    last = last[:2_048]
    parts = list(dict.fromkeys(one for one in _PART.findall(last) if one.strip()))[:_MOST_PARTS]
    for unit in (*_UNITS, *parts, last or b"\0"):
        room = max(0, longest - len(last))
        middle = last.find(unit) + len(unit) if unit in parts else len(last) // 2
        yield (*before, last[:middle] + unit * (room // len(unit)) + last[middle:])


def main() -> int:
    """Try every target; returns 1 when one was too slow or raised what it does not declare."""
    from tests.fuzz.run import attempt

    wanted = sys.argv[1] if len(sys.argv) > 1 else ""
    found: set[str] = set()
    for name, target in sorted(every_target().items()):
        if wanted in name:
            for pieces in of_target(target, SEEDS):
                failure = attempt(target, pieces)
                if failure and name not in found:
                    found.add(name)
                    sys.stdout.write(f"{name}: {failure.what}: {failure.save().name}\n")
                    sys.stdout.flush()
        sys.stderr.write(f"{name}\n")
    sys.stdout.write(f"{len(found)} failures\n")
    return bool(found)


def of_target(target: Target, seeds: int) -> Iterator[tuple[bytes, ...]]:
    """Yield grown inputs of a target, from the longest of its seeds."""
    for seed in sorted(target.seeds, key=lambda one: sum(map(len, one)), reverse=True)[:seeds]:
        yield from grown(seed, target.longest)


if __name__ == "__main__":
    sys.exit(main())
