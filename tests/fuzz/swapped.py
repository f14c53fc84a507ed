"""What peers said with a list, an object or nothing in place of one value after the other.

What a program looks for in a set, or takes as a key, must be known to be no list: `python -m tests.fuzz.swapped`.
"""

import re
import sys
from collections.abc import Iterator
from itertools import islice

from tests.fuzz.targets import Target, every_target

_VALUE = re.compile(rb'(?<=[:\[,])\s*("(?:[^"\\]|\\.){0,200}"|-?[0-9.]+|true|false|null|\[\]|\{\})')
_INSTEAD = (b"[[]]", b'{"a":{}}', b"null")


def swapped(seed: tuple[bytes, ...]) -> Iterator[tuple[bytes, ...]]:
    """Yield a seed with each of its JSON values replaced, one at a time."""
    for place, piece in enumerate(seed):
        for found in _VALUE.finditer(piece[:20_000]):
            for value in _INSTEAD:
                changed = piece[: found.start(1)] + value + piece[found.end(1) :]
                yield (*seed[:place], changed, *seed[place + 1 :])


def of_target(target: Target, most: int) -> Iterator[tuple[bytes, ...]]:
    """Yield at most so many inputs, from all seeds of a target alike."""
    ways = [swapped(seed) for seed in target.seeds]
    while ways and most > 0:
        for way in list(ways):
            one = next(way, None)
            if one is None:
                ways.remove(way)
            elif most > 0:
                most -= 1
                yield one


def main() -> int:
    """Try every target; returns 1 when one raised what it does not declare."""
    from tests.fuzz.run import attempt

    found: set[str] = set()
    for name, target in sorted(every_target().items()):
        for pieces in islice(of_target(target, 2_000), 2_000):
            failure = attempt(target, pieces, timed=False)
            if failure and name not in found:
                found.add(name)
                sys.stdout.write(f"{name}: {failure.what}: {failure.save().name}\n")
                sys.stdout.flush()
    sys.stdout.write(f"{len(found)} failures\n")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
