"""What a worker does with jobs, good and hostile; the server is one in memory, the scans are real, on loopback."""

import asyncio
import json
import socket
from contextlib import ExitStack
from dataclasses import replace

import pytest

from scanner.cluster import names
from scanner.cluster.messages import Done, Job, Refusal, Refused, read_alive, read_outcome
from scanner.cluster.names import ANYWHERE, Chunk
from scanner.cluster.own_scope import OwnScope
from scanner.cluster.run_plan import RunPlan, encode_plan
from scanner.cluster.terms import Terms
from scanner.cluster.worker import MOST_TRIES, Worker, as_bytes
from scanner.core.errors import Malformed, SetupError, StoreError
from scanner.core.plan import Pace
from scanner.core.report import RunStatus
from scanner.net.clock import loop_s
from scanner.probes.registry import load_registry
from scanner.report.read import parse_report
from tests.cluster.plans import plan_of
from tests.report import samples
from tests.support.exchange import LoopClock, MemoryExchange, until
from tests.support.jumping import jumping

RUN = "0123456789abcdef"
REGISTRY = load_registry().select(("redis",))
SCOPE = OwnScope(plan_of("127.0.0.0/8", ports="1-65535").space)


@pytest.fixture
def ports():
    with ExitStack() as held:
        opened = [held.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(3)]
        yield sorted(listener.getsockname()[1] for listener in opened)


class Bench:
    """One worker and what it is given."""

    def __init__(self, scope=SCOPE, **terms):
        self.exchange = MemoryExchange()
        self.leaving = asyncio.Event()
        self.said = []
        held = Terms(scope, REGISTRY, **terms)
        self.worker = Worker(self.exchange, held, "w-1", ANYWHERE, self.leaving, self.said.append)

    async def offer(self, plan, index=1, count=1, data=None, lease_s=30.0):
        parcel = await self.exchange.store(RUN, data or encode_plan(RunPlan(plan, names=False)))
        await self.exchange.open(RUN)
        chunk = Chunk(RUN, ANYWHERE, index)
        await self.exchange.offer(chunk, Job(count, parcel, lease_s).encode())
        return chunk

    async def outcomes(self, number):
        """Serve until so many outcomes were told."""
        heard = await self.exchange.hear(f"exposure.outcome.{RUN}.")
        async with asyncio.TaskGroup() as group:
            serving = group.create_task(self.worker.serve())
            for _ in range(number):
                await heard.queue.get()
            # The job goes once its outcome is told.
            await until(lambda: not self.exchange.jobs)
            self.leaving.set()
            await serving
        return [read_outcome(text) for _, text in self.exchange.outcomes]


async def load(bench, done):
    return parse_report(await bench.exchange.load(RUN, done.report), "it")


def plan_on(ports, **more):
    spec = ",".join(map(str, (*ports, *(port ^ 1 for port in ports))))
    return plan_of("127.0.0.1", ports=spec, identify=False, services=("redis",), **more)


async def test_a_chunk_is_scanned_told_and_over(ports):
    bench = Bench()
    plan = plan_on(ports)
    for index in (1, 2):
        await bench.offer(plan, index, 2)
    outcomes = await bench.outcomes(2)
    reports = [await load(bench, outcome) for outcome in outcomes]
    assert sum(report.coverage.open for report in reports) == 3
    assert {report.run.status for report in reports} == {RunStatus.COMPLETE}
    assert {report.run.scope_sha256 for report in reports} == {plan.space.digest}
    assert bench.exchange.jobs == {}
    assert len(bench.worker._plans) == 1


async def test_whoever_is_there_is_seen(ports):
    bench = Bench()
    await bench.offer(plan_on(ports))
    await bench.outcomes(1)
    alive = [read_alive(data) for subject, data in bench.exchange.said if subject.startswith("exposure.alive.")]
    assert {one.worker for one in alive} == {"w-1"}


@pytest.mark.parametrize(
    ("plan", "why", "told"),
    [
        (plan_of("10.0.0.1", ports="80"), Refusal.OUT_OF_SCOPE, "10.0.0.1:80"),
        (plan_of("127.0.0.1", "8.8.8.8", ports="80"), Refusal.OUT_OF_SCOPE, "8.8.8.8:80"),
        (plan_of("127.0.0.1", ports="80", services=("nothing-known",)), Refusal.CANT, "no service"),
    ],
)
async def test_what_is_not_permitted_is_refused_and_nothing_is_sent(plan, why, told):
    bench = Bench()
    await bench.offer(plan)
    (refused,) = await bench.outcomes(1)
    assert isinstance(refused, Refused)
    assert (refused.why, refused.worker) == (why, "w-1")
    assert told in refused.detail
    assert bench.said
    assert bench.exchange.jobs == {}


@pytest.mark.parametrize(
    "data",
    [b"\xff", b"{}", json.dumps({"version": "0.0.0"}).encode(), encode_plan(RunPlan(plan_of("127.0.0.1"), None))[:-9]],
)
async def test_a_plan_that_is_none_is_refused(data):
    bench = Bench()
    await bench.offer(None, data=data)
    (refused,) = await bench.outcomes(1)
    assert refused.why is Refusal.UNREADABLE


async def test_a_plan_that_is_not_the_announced_one_is_refused():
    bench = Bench()
    chunk = await bench.offer(plan_of("127.0.0.1", ports="80"))
    (key,) = bench.exchange.parts
    other = encode_plan(RunPlan(plan_of("127.0.0.2", ports="80"), None))
    parcel = await bench.exchange.store(RUN, other)
    bench.exchange.parts[key] = bench.exchange.parts.pop((RUN, parcel.sha256))
    (refused,) = await bench.outcomes(1)
    assert refused.why is Refusal.UNREADABLE
    assert chunk.outcome == bench.exchange.outcomes[0][0]


async def test_a_job_that_is_none_is_refused():
    bench = Bench()
    await bench.exchange.open(RUN)
    await bench.exchange.offer(Chunk(RUN, ANYWHERE, 1), b"nonsense")
    (refused,) = await bench.outcomes(1)
    assert refused.why is Refusal.UNREADABLE


async def test_a_job_of_a_run_that_nobody_wants_is_not_worth_an_answer():
    bench = Bench()
    chunk = Chunk(RUN, ANYWHERE, 1)
    await bench.exchange.offer(chunk, b"nonsense")
    async with asyncio.TaskGroup() as group:
        serving = group.create_task(bench.worker.serve())
        await until(lambda: not bench.exchange.jobs)
        bench.leaving.set()
        await serving
    assert bench.exchange.outcomes == []


async def test_a_chunk_that_never_came_to_an_end_is_set_aside():
    bench = Bench()
    chunk = await bench.offer(plan_of("127.0.0.1", ports="80"))
    bench.exchange.jobs[chunk.job][2] = MOST_TRIES
    (refused,) = await bench.outcomes(1)
    assert refused.why is Refusal.SET_ASIDE


async def test_a_run_that_is_over_is_not_begun(ports):
    bench = Bench()
    chunk = await bench.offer(plan_on(ports))
    bench.exchange.opened.clear()
    async with asyncio.TaskGroup() as group:
        serving = group.create_task(bench.worker.serve())
        await until(lambda: not bench.exchange.jobs)
        bench.leaving.set()
        await serving
    assert bench.exchange.outcomes == []
    assert chunk.job not in bench.exchange.jobs


def silent_plan():
    """Return a plan that takes until somebody ends it: at so low a rate that it never comes to its end."""
    return replace(plan_of("127.0.0.1", ports="1-1000"), pace=Pace(rate=0.1), identify=False, services=("redis",))


async def begun(bench):
    """Return once a chunk is under way."""
    await until(lambda: bench.worker._busy is not None and bench.worker._busy.live.tally.planned)


async def test_a_worker_that_can_keep_no_account_ends_and_its_chunk_goes_to_another():
    bench = Bench()
    chunk = await bench.offer(silent_plan())

    async def recorded(scan):
        raise StoreError("the disk is full")

    bench.worker.recorded = recorded
    with pytest.raises(StoreError, match="disk is full"):
        await bench.worker.serve()
    assert bench.exchange.outcomes == []
    assert bench.exchange.jobs[chunk.job][3] is False


async def test_a_worker_that_leaves_gives_its_chunk_back():
    bench = Bench()
    chunk = await bench.offer(silent_plan())
    async with asyncio.TaskGroup() as group:
        serving = group.create_task(bench.worker.serve())
        await begun(bench)
        bench.leaving.set()
        await serving
    assert bench.exchange.outcomes == []
    assert bench.exchange.jobs[chunk.job][3] is False
    assert json.loads(bench.exchange.records[RUN][0]) == []


@jumping
@pytest.mark.slow
async def test_a_worker_ends_with_one_line_when_it_has_not_reached_its_server_for_five_minutes():
    bench = Bench()
    bench.worker.clock = LoopClock()
    began_s = loop_s()

    async def go_and_come():
        for up in (False, True, False):
            bench.exchange.up = bench.exchange.connected = up
            await bench.worker.clock.sleep(200)

    async with asyncio.TaskGroup() as group:
        group.create_task(go_and_come())
        with pytest.raises(SetupError, match="not reached for 5 minutes"):
            await bench.worker.serve()
    # It may have met the server for the last time a moment before the server went.
    assert 690 <= loop_s() - began_s < 710


async def test_a_run_that_is_called_off_stops_at_once_and_tells_what_was_seen():
    bench = Bench()
    await bench.offer(silent_plan())
    async with asyncio.TaskGroup() as group:
        serving = group.create_task(bench.worker.serve())
        await begun(bench)
        await bench.exchange.say(names.stop_subject(RUN))
        await until(lambda: bench.exchange.outcomes)
        bench.leaving.set()
        await serving
    done = read_outcome(bench.exchange.outcomes[0][1])
    assert isinstance(done, Done)
    assert (await load(bench, done)).run.status is RunStatus.INTERRUPTED


def test_a_report_is_sent_as_the_json_that_everybody_reads():
    report = samples.full_report()
    assert parse_report(as_bytes(report), "it").findings == report.findings


def test_a_report_that_is_too_long_is_not_sent(monkeypatch):
    monkeypatch.setattr("scanner.cluster.worker.LIMIT_BYTES", 100)
    with pytest.raises(Malformed, match="cut the run finer"):
        as_bytes(samples.full_report())
