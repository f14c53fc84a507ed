"""`make fuzz SECONDS=1800`: mutates what peers said to every parser, in turn, until the time is over."""

import argparse
import itertools
import sys
import time

from tests.fuzz.mutator import Mutator
from tests.fuzz.run import attempt
from tests.fuzz.targets import every_target

BURST_S = 0.2
"""How long one target is fuzzed before the next has its turn."""


def main() -> int:
    """Fuzz; returns 1 when anything was found."""
    parser = argparse.ArgumentParser(prog="make fuzz", description=__doc__)
    parser.add_argument("--seconds", type=float, default=300.0)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--target", default="", help="fuzz only targets whose name contains this")
    options = parser.parse_args()
    targets = [target for name, target in sorted(every_target().items()) if options.target in name]
    mutator, end_s = Mutator(options.seed), time.monotonic() + options.seconds
    known: set[tuple[str, str]] = set()
    tried = 0
    sys.stdout.write(f"{len(targets)} targets, seed {options.seed}\n")
    for target in itertools.cycle(targets):
        if time.monotonic() > end_s:
            break
        burst_end_s = time.monotonic() + BURST_S
        while time.monotonic() < burst_end_s:
            tried += 1
            failure = attempt(target, mutator.input(target.seeds, target.longest))
            where = (target.name, failure.what.partition(":")[0][:20]) if failure else None
            if failure and where and where not in known:
                known.add(where)
                sys.stdout.write(f"{target.name}: {failure.what}: {failure.save().name}\n")
                sys.stdout.flush()
    sys.stdout.write(f"{tried} inputs, {len(known)} failures\n")
    return 1 if known else 0


if __name__ == "__main__":
    sys.exit(main())
