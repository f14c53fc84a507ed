"""A run that dies at any moment goes on where it was: every port once, every finding once."""

import asyncio
import json
import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from scanner.core.address import to_address
from scanner.history.resume import ResumableRun
from scanner.history.run_identity import identify
from scanner.sweep.connect.engine import ConnectEngine
from scanner.sweep.engine import Checkpoint, Sweep
from tests.sweep.jobs import assert_balanced, make_job, make_plan

pytestmark = pytest.mark.slow

PORT = 47_011
ROOT = Path(__file__).parents[2]


class Died(Exception):
    """The process is gone."""


class Dying:
    """A ledger whose process dies after some commits: what was not committed is lost."""

    def __init__(self, run: ResumableRun, commits: int) -> None:
        self._run = run
        self._left = commits

    def restore(self) -> Checkpoint:
        return self._run.restore()

    def commit(self, checkpoint: Checkpoint) -> None:
        if self._left == 0:
            raise Died
        self._left -= 1
        self._run.commit(checkpoint)


async def sweep_and_finish(job: Sweep, run: ResumableRun) -> None:
    """Sweep, and keep a finding for each open port, as the probes would."""

    async def finish() -> None:
        async for batch in job.events:
            for event in batch:
                where = f"{to_address(event.address)}:{event.port}"
                run.finish(event, where, {f"open {where}": "found"})

    async with asyncio.TaskGroup() as group:
        group.create_task(ConnectEngine().sweep(job))
        group.create_task(finish())


@pytest.mark.parametrize("seed", range(6))
def test_a_run_that_dies_again_and_again_ends_like_one_that_does_not(tmp_path, network, listeners, seed):
    chance = random.Random(seed)
    opened = {f"{listeners(octet, PORT)[0]}:{PORT}" for octet in chance.sample(range(1, 255), 12)}
    plan = make_plan(network, range(PORT, PORT + 24), seed=seed)
    identity = identify(plan, version="1", probes="")
    lives = 0
    while True:
        run = ResumableRun(tmp_path / "run.db", identity)
        job = make_job(plan)
        job.ledger = Dying(run, chance.randrange(1, 4))
        lives += 1
        try:
            asyncio.run(sweep_and_finish(job, run))
        except* Died:
            pass
        else:
            break
        finally:
            found = run.findings()
            run.close()
    assert lives > 2
    assert set(found) == {f"open {where}" for where in opened}
    assert_balanced(job.tally)
    assert (job.tally.planned, job.tally.open, job.tally.closed) == (6_144, 12, 6_132)


def test_a_stopped_run_goes_on_where_it_was(tmp_path, network):
    plan = make_plan(network, range(1, 41), rate=4_000.0)
    identity = identify(plan, version="1", probes="")
    settled = 0
    for stop_after_s in (0.3, None):
        run = ResumableRun(tmp_path / "run.db", identity)
        job = make_job(plan)
        job.ledger = run

        async def go(job: Sweep, run: ResumableRun, stop_after_s: float | None) -> None:
            if stop_after_s is not None:
                asyncio.get_running_loop().call_later(stop_after_s, job.stop.set)
            await sweep_and_finish(job, run)

        before = settled
        asyncio.run(go(job, run, stop_after_s))
        run.close()
        assert_balanced(job.tally)
        settled = job.tally.settled
        assert settled > before
    assert job.tally.closed == 10_240
    assert job.tally.hosts_alive == len(job.tally.alive) == 256


def test_kill_9_loses_nothing_that_was_committed(tmp_path, network, listeners):
    opened = {f"{listeners(octet, PORT)[0]}:{PORT}" for octet in (1, 50, 99, 150, 254)}
    wanted = json.dumps({"path": str(tmp_path / "run.db"), "network": network, "ports": [PORT, PORT + 200]})
    chance = random.Random(5)
    kills = 0
    while True:
        child = subprocess.Popen(
            [sys.executable, "-m", "tests.history.one_part", wanted], cwd=ROOT, stdout=subprocess.PIPE
        )
        assert child.stdout is not None
        assert child.stdout.readline() == b"began\n"
        lines = 0 if kills >= 4 else chance.randrange(1, 12)
        for _ in range(lines):
            child.stdout.readline()
        if lines and child.poll() is None:
            os.kill(child.pid, signal.SIGKILL)
            kills += 1
        rest = child.stdout.read().splitlines()
        child.stdout.close()
        if child.wait() == 0:
            break
    assert kills >= 3
    result = json.loads(rest[-1])
    assert sorted(result["findings"]) == sorted(f"open {where}" for where in opened)
    assert result["open"] == 5
    assert result["closed"] == 256 * 200 - 5
