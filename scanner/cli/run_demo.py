"""Runs the demo: every stand-in on a loopback address of its own, scanned like anything else."""

import asyncio
import sys

from scanner.cli.asked import Asked
from scanner.cli.outputs import Outputs
from scanner.cli.planning import make_engine, make_plan
from scanner.core.finding import Severity
from scanner.core.report import ScanReport
from scanner.pipeline import scan
from scanner.probes.registry import load_registry
from scanner.probes.runner import Runner
from scanner.report.gate import Gate, decide
from scanner.standins.standin import StandIn
from scanner.standins.start import Running, load, start

_FIRST_HOST = 2
_MOST_HOSTS = 250


def run_demo(form: str, output: tuple[str, ...], *, color: bool) -> int:
    """Play the services, scan them, print the report, and return the exit code that a real scan would have."""
    outputs = Outputs.resolve(Asked(form=form, output=output, color=color))
    report = asyncio.run(_play())
    outputs.write(report)
    return int(decide(report, Gate(Severity.LOW)).code)


async def _play() -> ScanReport:
    shown = [one for one in load() if one.demo]
    placed: list[tuple[StandIn, str, Running]] = []
    try:
        for one in shown:
            address = await _place(one, placed)
            sys.stderr.write(f"stand-in: {address}:{one.port} plays {one.title}\n")
        sys.stderr.write("These are stand-ins inside this process, not servers of yours; the scan of them is real.\n")
        return await _scan(tuple(f"{address}:{one.port}" for one, address, _ in placed))
    finally:
        for _, _, running in placed:
            running.stop()


async def _place(one: StandIn, placed: list[tuple[StandIn, str, Running]]) -> str:
    """Start a stand-in on the first loopback address where its own port is free."""
    first = _FIRST_HOST + len(placed)
    for host in range(first, _MOST_HOSTS):
        address = f"127.0.0.{host}"
        try:
            placed.append((one, address, await start(one, address, one.port)))
        except OSError:
            continue
        return address
    raise OSError(f"no free loopback address for port {one.port}")


async def _scan(targets: tuple[str, ...]) -> ScanReport:
    registry = load_registry()
    asked = Asked(targets=targets)
    plan, _ = make_plan(asked, registry)
    runner = Runner(registry.probes, plan.scope)
    return await scan(plan, make_engine(plan, registry), runner, options={**asked.recorded(), "demo": True})
