"""Runs the demo: every stand-in on a loopback address of its own, scanned like anything else."""

import asyncio
import sys
from contextlib import suppress
from typing import NamedTuple

from scanner.cli.demo import DemoOptions
from scanner.cli.outputs import Outputs
from scanner.cli.planning import make_engine, make_plan
from scanner.cli.scan_options import ScanOptions
from scanner.core.exit_code import ExitCode
from scanner.core.finding import Severity
from scanner.core.report import ScanReport
from scanner.pipeline import scan
from scanner.probes.registry import load_registry
from scanner.probes.runner import Runner
from scanner.report.fail_on import Gate, decide
from scanner.standins.standin import StandIn
from scanner.standins.start import Running, load, start

_FIRST_HOST = 2
_MOST_HOSTS = 40


class Placed(NamedTuple):
    """A stand-in that listens."""

    played: StandIn
    address: str
    running: Running

    @property
    def target(self) -> str:
        """Where it listens, as a target."""
        return f"{self.address}:{self.running.port}"


def run_demo(options: DemoOptions) -> ExitCode:
    """Play the services, scan them, print the report, and return the exit code that a real scan would have."""
    outputs = Outputs.resolve(options, options)
    report = asyncio.run(_play())
    outputs.write(report)
    return decide(report, Gate(Severity.LOW)).code


async def _play() -> ScanReport:
    shown = [one for one in load() if one.demo]
    placed: list[Placed] = []
    try:
        for one in shown:
            placed.append(await _place(one, placed))
            sys.stderr.write(f"stand-in: {placed[-1].target} plays {one.title}\n")
        sys.stderr.write("These are stand-ins inside this process, not servers of yours; the scan of them is real.\n")
        return await _scan(tuple(one.target for one in placed))
    finally:
        for listening in placed:
            listening.running.stop()


async def _place(one: StandIn, placed: list[Placed]) -> Placed:
    """Start a stand-in on the first loopback address where its own port is free, else on any free port."""
    first = _FIRST_HOST + len(placed)
    for host in range(first, first + _MOST_HOSTS):
        with suppress(OSError):
            return Placed(one, f"127.0.0.{host}", await start(one, f"127.0.0.{host}", one.port))
    return Placed(one, f"127.0.0.{first}", await start(one, f"127.0.0.{first}"))


async def _scan(targets: tuple[str, ...]) -> ScanReport:
    registry = load_registry()
    options = ScanOptions(targets=targets)
    plan, _ = make_plan(options, registry)
    runner = Runner(registry.probes, plan.scope)
    return await scan(plan, make_engine(plan, registry), runner, options={**options.recorded(), "demo": True})
