"""How a chunk under way ends; a real scan on loopback that never comes to its end by itself."""

import asyncio
from dataclasses import replace

import pytest

from scanner.cluster.chunk_scan import ChunkScan, Ending
from scanner.cluster.names import ANYWHERE, Chunk, stop_subject
from scanner.core.plan import Pace
from scanner.core.report import RunStatus
from scanner.net.clock import Clock
from scanner.probes.registry import load_registry
from tests.cluster.plans import plan_of
from tests.support.exchange import JobMessage, MemoryExchange, until

RUN = "0123456789abcdef"
SLOW = replace(plan_of("127.0.0.1", ports="1-1000"), pace=Pace(rate=0.1), identify=False)


@pytest.fixture
def exchange():
    exchange = MemoryExchange()
    exchange.opened.add(RUN)
    return exchange


def scan_of(exchange, lease_s=30.0, plan=SLOW, rate=None, most=None):
    chunk = Chunk(RUN, ANYWHERE, 1)
    return ChunkScan(
        exchange=exchange,
        message=JobMessage(exchange, chunk.job, b"", 1),
        chunk=chunk,
        count=1,
        plan=plan,
        reaches=(),
        registry=load_registry().select(("redis",)),
        worker="w-1",
        lease_s=lease_s,
        leaving=asyncio.Event(),
        rate=rate,
        most=most,
    )


async def ended(scan, act):
    async with asyncio.TaskGroup() as group:
        running = group.create_task(scan.run())
        await until(lambda: scan.live.tally.planned)
        await act()
        return await running


async def test_a_coordinator_that_calls_off_is_heard(exchange):
    scan = scan_of(exchange)

    async def act():
        await until(lambda: exchange.ears)
        await exchange.say(stop_subject(RUN))

    report = await ended(scan, act)
    assert scan.ending is Ending.STOPPED
    assert report.run.status is RunStatus.INTERRUPTED


async def test_a_run_that_is_over_ends_although_nobody_heard_it_called_off(exchange):
    scan = scan_of(exchange, lease_s=1.0)

    async def act():
        exchange.opened.clear()

    await ended(scan, act)
    assert scan.ending is Ending.STOPPED


async def test_a_worker_that_leaves_lets_go(exchange):
    scan = scan_of(exchange)

    async def act():
        scan.leaving.set()

    await ended(scan, act)
    assert scan.ending is Ending.LET_GO


async def test_a_worker_that_is_cut_off_lets_go_before_another_one_gets_the_chunk(exchange):
    scan = scan_of(exchange, lease_s=1.0)

    async def act():
        await until(lambda: scan.message.held)
        exchange.up = False

    await ended(scan, act)
    assert scan.ending is Ending.LET_GO


async def test_a_server_that_does_not_answer_holds_nobody_beyond_the_lease(exchange):
    scan = scan_of(exchange, lease_s=1.0)
    asked = asyncio.Event()

    async def never(run):
        asked.set()
        await asyncio.get_running_loop().create_future()

    exchange.is_open = never

    async def act():
        await asked.wait()

    await ended(scan, act)
    assert scan.ending is Ending.LET_GO


async def test_a_chunk_ends_although_the_client_of_nats_forgets_that_it_was_cancelled(exchange):
    scan = scan_of(exchange, plan=plan_of("127.0.0.1", ports="1-5", identify=False), lease_s=1.0)
    forgotten = 0

    class Deaf:
        """Takes the first cancellation for an answer, as asyncio.wait_for does when both come together."""

        async def sleep(self, seconds):
            nonlocal forgotten
            try:
                await asyncio.get_running_loop().create_future()
            except asyncio.CancelledError:
                forgotten += 1
                if forgotten > 1:
                    raise

        now_s = staticmethod(Clock().now_s)
        utc = staticmethod(Clock().utc)

    scan.clock = Deaf()
    assert (await scan.run()).run.status is not RunStatus.INTERRUPTED
    assert forgotten == 2


async def test_a_chunk_that_comes_to_its_end_is_whole_and_says_how_far_it_was(exchange):
    scan = scan_of(exchange, plan=plan_of("127.0.0.1", ports="1-5", identify=False), most=1_000.0)
    report = await scan.run()
    assert scan.ending is Ending.WHOLE
    assert report.run.status is not RunStatus.INTERRUPTED
    count = scan.alive().count
    assert (count.planned, count.open + count.closed + count.filtered) == (5, 5)
