"""The same scan gives the same answer: ten whole runs over the stand-ins are compared, finding by finding."""

from contextlib import ExitStack

import pytest

from scanner.core.plan import Pace, ScanPlan
from scanner.pipeline import scan
from scanner.probes.registry import load_registry
from scanner.probes.runner import Runner
from scanner.standins.start import load, start
from scanner.sweep.connect.engine import ConnectEngine
from scanner.targets.plan import resolve_targets
from tests.fleet.server import new_address

pytestmark = pytest.mark.slow

RUNS = 10


async def test_ten_runs_over_the_stand_ins_say_the_same():
    registry = load_registry().select(())
    with ExitStack() as running:
        targets = []
        for one in load():
            if one.serve is not None and one.port >= 1024:
                address = new_address()
                listening = await start(one, address, one.port)
                running.callback(listening.stop)
                targets.append(f"{address}:{listening.port}")
        found = resolve_targets(targets, catalogue=registry.ports)
        answers = [await answer(found, registry, seed) for seed in range(RUNS)]
    assert len(answers[0][0]) == len(targets)
    assert answers[0][1]
    assert all(one == answers[0] for one in answers)


async def answer(found, registry, seed):
    """Return all that a run says of its endpoints and findings, whatever the order that the seed gives."""

    plan = ScanPlan(targets=found.targets, scope=found.scope, space=found.space, seed=seed, pace=Pace(rate=10_000.0))
    report = await scan(plan, ConnectEngine(), Runner(registry.probes, plan.scope))
    rows = {
        (str(row.endpoint), row.status, row.service, row.version, row.access, row.decoy) for row in report.endpoints
    }
    return rows, {(finding.fingerprint, finding.severity, finding.detail) for finding in report.findings}
