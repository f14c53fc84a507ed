"""Confirms 1,000 open endpoints of mixed services on 127.0.0.0/8: endpoints a second, and memory.

`python -m tests.bench.bench_probes [ENDPOINTS [SERVICES]]`. The services are the stand-ins in a process of their
own; everything else is the product: sweep, probes, rules. With SERVICES the same endpoints are confirmed in turn with a
catalogue of so many services and with the whole one: its size must not show.
"""

import asyncio
import multiprocessing
import resource
import statistics
import sys
import time
from collections.abc import Sequence
from ipaddress import IPv4Address
from multiprocessing.connection import Connection

from scanner.core.plan import Pace, ScanPlan
from scanner.core.report import ScanReport
from scanner.pipeline import scan
from scanner.probes.probing_processes import fitting_processes
from scanner.probes.registry import load_registry
from scanner.probes.runner import Runner
from scanner.standins.start import load, start
from scanner.sweep.connect.engine import ConnectEngine
from scanner.targets.permutation import Permutation
from scanner.targets.plan import resolve_targets

_TURNS = 5
_FIRST = int(IPv4Address("127.40.0.1"))


def serve(count: int, ready: Connection) -> None:
    """Start `count` stand-ins, each on an address of its own at its default port; report their endpoints."""
    asyncio.run(_serve(count, ready))


async def _serve(count: int, ready: Connection) -> None:
    kinds = [one for one in load() if one.serve is not None and one.case in {"open", "protected"}]
    places, running = [], []
    for number in range(count):
        one = kinds[number % len(kinds)]
        address = str(IPv4Address(_FIRST + number))
        running.append(await start(one, address, one.port))
        places.append((f"{address}:{one.port}", one.service, one.case))
    ready.send(places)
    await asyncio.Event().wait()


async def confirm(
    targets: Sequence[str], processes: int | None = None, services: Sequence[str] = ()
) -> tuple[ScanReport, float]:
    """Scan the endpoints, with some services or all; returns the report and the seconds that it took."""
    registry = load_registry().select(services)
    found = resolve_targets(targets, catalogue=registry.ports)
    plan = ScanPlan(targets=found.targets, scope=found.scope, space=found.space, seed=1, pace=Pace(rate=100_000.0))
    began = time.perf_counter()
    processes = fitting_processes(plan.space.size, audited=False) if processes is None else processes
    runner = Runner(registry.probes, plan.scope)
    report = await scan(plan, ConnectEngine(Permutation), runner, processes=processes)
    return report, time.perf_counter() - began


def beside(places: Sequence[tuple[str, str, str]], count: int) -> None:
    """Confirm the endpoints with `count` services and with all of them, in turn, and print the ratio of the medians."""
    needed = {service for _, service, _ in places}
    others = [probe.id for probe in load_registry().probes if probe.id not in needed and probe.opt_in is None]
    few = [*sorted(needed), *sorted(others)[: count - len(needed)]]
    targets = [place for place, _, _ in places]
    took: dict[bool, list[float]] = {True: [], False: []}
    for turn in range(2 * _TURNS):
        whole = bool(turn % 2)
        took[whole].append(asyncio.run(confirm(targets, services=() if whole else few))[1])
    all_s, few_s = statistics.median(took[True]), statistics.median(took[False])
    total = len(needed) + len(others)
    print(f"{few_s:.2f} s with {len(few)} services, {all_s:.2f} s with {total}: ratio {all_s / few_s:.2f}")  # noqa: T201


def main() -> None:
    """Run the bench and print its row."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000
    mine, theirs = multiprocessing.Pipe()
    server = multiprocessing.get_context("spawn").Process(target=serve, args=(count, theirs), daemon=True)
    server.start()
    try:
        places = mine.recv()
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        # The libraries are loaded once for each run of the product, whatever its size: not what is measured here.
        asyncio.run(confirm([place for place, _, _ in places[:50]]))
        cpu_before_s = time.process_time()
        report, took_s = asyncio.run(confirm([place for place, _, _ in places]))
        cpu_s = time.process_time() - cpu_before_s
        if len(sys.argv) > 2:
            beside(places, int(sys.argv[2]))
    finally:
        server.terminate()
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024 - before
    named = {str(row.endpoint): row for row in report.endpoints}
    wrong = [
        (place, service, case, named[place].service, named[place].status.value)
        for place, service, case in places
        if named[place].service != service or (case == "open") is not (named[place].status == "exposed")
    ]
    kinds = len({service for _, service, _ in places})
    print(  # noqa: T201 - a bench prints
        f"{count} endpoints of {kinds} services in {took_s:.2f} s: {count / took_s:.0f} a second, "
        f"{cpu_s:.2f} s of processor time, peak memory +{grown} MiB, {len(wrong)} misjudged"
    )
    for line in wrong[:10]:
        print("  misjudged:", *line)  # noqa: T201


if __name__ == "__main__":
    main()
