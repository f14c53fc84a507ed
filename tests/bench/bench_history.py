"""How long a history of a million findings takes to grow and to answer: `python -m tests.bench.bench_history`."""

import argparse
import asyncio
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
from scanner.history.store.ask import runs
from scanner.history.store.open import Store
from scanner.history.store.place import read_place
from scanner.history.store.walk import Wanted, page
from tests.history.store.asked import questions
from tests.history.store.told import time_of
from tests.report import samples
from tests.serve.conftest import serving

NOW = "2031-01-01T00:00:00Z"
_FIRST = to_number(ip_address("10.0.0.0"))


def report_of(day: int, first: int, size: int, before: int) -> ScanReport:
    """Return a run that sees `size` findings on addresses of their own, and that of `before` earlier ones nine of ten
    refuse now: the tenth is out of its scope, and stays open.
    """
    found = []
    for number in range(first, first + size):
        host = str(ip_address("10.0.0.0") + number)
        severity = Severity(number % 5)
        found.append(replace(samples.finding(host), severity=severity, priority=severity, owner=f"team{number % 20}"))
    span = (_FIRST + max(0, first - before + before // 10), _FIRST + first + size - 1)
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
    options.add_argument("--store", default="", help="a history to go on with; without it, one that is thrown away")
    options.add_argument("--grow", action="store_true", help="add runs and ask nothing")
    asked = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        place = asked.store or str(Path(folder) / "bench.db")
        with Store(read_place(place)) as store:
            grow(store, asked.runs, asked.size)
            if not asked.grow:
                add_large(store, asked.runs, asked.size)
                ask_all(store, asked.runs + 1)
                asyncio.run(get_pages(store, asked.runs + 1))


def grow(store: Store, count: int, size: int) -> None:
    """Add runs until there are so many."""
    spent_s: list[float] = []
    with store.reading() as connection:
        begin = len(runs(connection))
    for day in range(begin, count):
        began_s = time.process_time()
        add_run(store, report_of(day, day * size, size, size), NOW)
        spent_s.append(time.process_time() - began_s)
        if (day + 1) % max(1, count // 4) == 0:
            mean_s = sum(spent_s[-10:]) / len(spent_s[-10:])
            _say(f"run {day + 1:,} of {size:,} findings: {mean_s:.2f} s of processor time, at most {_memory():.0f} MiB")


def add_large(store: Store, count: int, size: int) -> None:
    """Add a run of 10,000 findings, and one that sees them again."""
    large = report_of(count, count * size, 10_000, size)
    timed("a run of 10,000 new findings", lambda: add_run(store, large, NOW), times=1)
    later = replace(large.run, id="again", started=time_of(count + 1), ended=time_of(count + 1))
    timed("the same 10,000 seen again", lambda: add_run(store, replace(large, run=later), NOW), times=1)
    _say(f"memory at most {_memory():.0f} MiB")


def ask_all(store: Store, run: int) -> None:
    """Ask every question; `run` is the number of the run of 10,000."""
    with store.reading() as connection:
        (held,) = page(connection, Wanted(), size=1).rows
    last = time_of(run - 7)[:10], time_of(run - 90)[:10]
    for name, ask in questions(NOW, last[1], last[0], held.fingerprint, run + 1).items():
        with store.reading() as connection:
            timed(name, lambda ask=ask, connection=connection: ask(connection))


async def get_pages(store: Store, run: int) -> None:
    """Ask the server for every page, over a connection of its own each time."""
    with store.reading() as connection:
        (held,) = page(connection, Wanted(), size=1).rows
    paths = (
        "/", "/findings", "/findings?state=all", "/findings?state=gone&severity=high", "/findings?owner=team3",
        f"/findings?since={time_of(run - 7)[:10]}", "/findings?text=10.0.3.7", "/findings?text=redis",
        f"/findings/{held.fingerprint}", "/assets", "/runs", f"/runs/compare?earlier={run}&later={run + 1}",
        "/times?by=owner", "/accepted", "/metrics", "/api/v1/findings", "/api/v1/trend?since=400d",
    )  # fmt: skip
    async with serving(store) as served:
        for path in paths:
            spent_ms = []
            for _ in range(5):
                began_s = time.perf_counter()
                answer, text = await served.get(path)
                spent_ms.append(1_000 * (time.perf_counter() - began_s))
                if answer.status != 200:
                    raise SystemExit(f"{path}: {answer.status} {text[:200]}")
            _say(f"GET {path:36.36} {spent_ms[0]:9.1f} ms {min(spent_ms):9.1f} ms")


def timed(name, act, times=5):
    """Print how long something takes, the first time and at best."""
    spent_ms = []
    for _ in range(times):
        began_s = time.perf_counter()
        act()
        spent_ms.append(1_000 * (time.perf_counter() - began_s))
    _say(f"{name:34} {spent_ms[0]:9.1f} ms {min(spent_ms):9.1f} ms")


def _memory():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _say(line):
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
