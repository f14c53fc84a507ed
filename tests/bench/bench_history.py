"""How long a history of a million findings takes to grow and to answer: `python -m tests.bench.bench_history`."""

import argparse
import resource
import sys
import tempfile
import time
from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path

from scanner.core.address import to_number
from scanner.core.finding import Severity
from scanner.core.intervals import Intervals
from scanner.core.ports import PortSet
from scanner.core.report import EndpointRow, ScanReport
from scanner.core.space import Block, Space
from scanner.findings.run_coverage import space_words
from scanner.history.store.add import add_run
from scanner.history.store.ask import Wanted, assets, compared, count, findings, oldest, open_by_severity, runs, story
from scanner.history.store.figures import By, fix_times, trend
from scanner.history.store.life import Shows
from scanner.history.store.metrics import exposition
from scanner.history.store.open import Store
from scanner.history.store.place import read_place
from tests.history.store.told import NOW, time_of
from tests.report import samples

_FIRST = to_number(ip_address("10.0.0.0"))


def report_of(day: int, first: int, size: int, before: int) -> ScanReport:
    """Return a run that sees `size` findings on addresses of their own, and that `before` earlier ones refuse now."""
    found = []
    for number in range(first, first + size):
        host = str(ip_address("10.0.0.0") + number)
        severity = Severity(number % 5)
        found.append(replace(samples.finding(host), severity=severity, priority=severity, owner=f"team{number % 20}"))
    span = (_FIRST + max(0, first - before), _FIRST + first + size - 1)
    space = Space([Block(Intervals([span]), PortSet.of((6379,)))])
    run = samples.run(
        id=f"run-{day}", started=time_of(day % 3_000), ended=time_of(day % 3_000), options={"space": space_words(space)}
    )
    coverage = samples.coverage(endpoints_planned=size + before, open=size, closed=before, filtered=0)
    return ScanReport(
        run=run,
        coverage=coverage,
        endpoints=tuple(EndpointRow(endpoint=one.endpoint, service="redis") for one in found),
        findings=tuple(found),
    )


def main() -> None:
    """Fill a history, then print what each question takes."""
    options = argparse.ArgumentParser()
    options.add_argument("--runs", type=int, default=1_000)
    options.add_argument("--size", type=int, default=1_000)
    options.add_argument("--store", default="")
    asked = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        place = asked.store or str(Path(folder) / "bench.db")
        with Store(read_place(place)) as store:
            began_s = time.process_time()
            for day in range(asked.runs):
                add_run(store, report_of(day, day * asked.size, asked.size, asked.size), NOW)
            spent_s = time.process_time() - began_s
            _say(f"{asked.runs} runs of {asked.size} findings: {spent_s / asked.runs:.3f} s of processor time a run")
            large = report_of(asked.runs, asked.runs * asked.size, 10_000, asked.size)
            timed("a run of 10,000 findings", lambda: add_run(store, large, NOW))
            _say(f"memory at most {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")
            with store.reading() as connection:
                last = large.findings[0].fingerprint
                for name, ask in {
                    "open by severity": lambda: open_by_severity(connection),
                    "trend of 90 days": lambda: list(trend(connection, "2029-01-01", "2029-03-31")),
                    "fix times by severity": lambda: fix_times(connection, By.SEVERITY),
                    "fix times by owner": lambda: fix_times(connection, By.OWNER),
                    "oldest": lambda: list(oldest(connection, 10)),
                    "findings, first page": lambda: list(findings(connection, Wanted(), limit=50)),
                    "findings, open, page 20": lambda: page(connection, Wanted(shows=(Shows.OPEN,)), 950),
                    "findings of an owner": lambda: page(connection, Wanted(owner="team3"), 0),
                    "gone, high or graver": lambda: page(
                        connection, Wanted(shows=(Shows.GONE,), least=Severity.HIGH), 0
                    ),
                    "a text that is there": lambda: page(connection, Wanted(text="10.0.3.7"), 0),
                    "count of all": lambda: count(connection, Wanted()),
                    "one life": lambda: story(connection, last),
                    "runs": lambda: runs(connection, limit=200),
                    "two runs": lambda: compared(connection, asked.runs - 1, asked.runs, 2_000),
                    "assets": lambda: assets(connection, limit=500),
                    "metrics": lambda: exposition(connection, NOW),
                }.items():
                    timed(name, ask)


def page(connection, wanted, offset):
    """Ask as the page does: one page of rows, and how many there are."""
    return list(findings(connection, wanted, limit=50, offset=offset)), count(connection, wanted)


def timed(name, ask):
    """Print how long one question takes."""
    began_s = time.perf_counter()
    ask()
    _say(f"{name:28} {1_000 * (time.perf_counter() - began_s):9.1f} ms")


def _say(line):
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
