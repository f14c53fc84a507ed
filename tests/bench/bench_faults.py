"""What is heard when things go wrong: every run says found, inconclusive, not looked at, and never calls silence clean.

`python -m tests.bench.bench_faults [--rows] [--random RUNS] [--hosts COUNT] [--only WORD] [--engine NAME] [--rate N]
[--seed N]`, as root, in two network namespaces. `--rows` plays each fault once at a fixed moment, `--random` each RUNS
times at random moments of a scan at `--rate` attempts a second; a run that was over before its moment is no run.
A run fails when it calls itself complete and missed something, or when found + inconclusive + not looked at is less
than what is there. The exit code is 1 if any run failed.
"""

import argparse
import random
import sys

from tests.bench.fault_rows import ROWS
from tests.bench.fault_runs import HARMS, HEAD, REDIS, answering, begin, finish, mend, network, say
from tests.lab.namespaces import Lab, make_lab


def at_random(lab: Lab, options: argparse.Namespace) -> list[str]:
    """Play each harm so many times at random moments of a scan of open Redis; return what failed."""
    failed = []
    chance = random.Random(options.seed)
    hosts = options.hosts
    words = network(hosts), "-p", REDIS, "--engine", options.engine, "--rate", str(options.rate)
    with answering(lab, f"redis@0.0.0.0:{REDIS}"):
        scan = begin(lab, *words)
        scan.under_way(lab)
        whole, _ = finish(scan, hosts)
        say(whole.line(f"no fault, {options.engine}"))
        for name, (harm, (least_s, most_s)) in HARMS.items():
            if options.only not in name:
                continue
            for number in range(options.random):
                while True:
                    moment_s = chance.uniform(0.0, whole.took_s)
                    seconds = chance.uniform(least_s, most_s)
                    scan = begin(lab, *words)
                    scan.under_way(lab)
                    if scan.wait_until(moment_s):
                        break
                    finish(scan, hosts)
                note = harm(lab, scan, seconds)
                outcome, _ = finish(scan, hosts, f"at {moment_s:.1f} s: {note}")
                mend(lab)
                say(outcome.line(f"{name} {number + 1}"))
                if outcome.failed:
                    failed.append(f"{name} {number + 1}: {outcome.failed}")
    return failed


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", action="store_true")
    parser.add_argument("--random", type=int, default=0, metavar="RUNS")
    parser.add_argument("--hosts", type=int, default=1_024)
    parser.add_argument("--only", default="")
    parser.add_argument("--engine", default="connect", help="of the runs at random moments")
    parser.add_argument("--rate", type=int, default=100, help="of the runs at random moments")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    say(HEAD)
    failed: list[str] = []
    with make_lab() as lab:
        for row in ROWS if options.rows else ():
            if options.only in (row.__doc__ or ""):
                for outcome in row(lab, options.hosts):
                    say(outcome.line(row.__doc__ or row.__name__))
                    if outcome.failed:
                        failed.append(f"{row.__doc__}: {outcome.failed}")
                mend(lab)
        if options.random:
            failed += at_random(lab, options)
    say(f"{len(failed)} failed" if failed else "none failed")
    for line in failed:
        say(f"  {line}")
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
