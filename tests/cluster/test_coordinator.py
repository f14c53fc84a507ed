"""What the coordinator makes of outcomes, silence and hostile words; the server is one in memory, time jumps."""

import asyncio

import pytest

from scanner.cluster.coordinator import Coordinator
from scanner.cluster.messages import Alive, Count, Done, Refusal, Refused, read_job
from scanner.cluster.names import ANYWHERE, Chunk, alive_subject, chunk_of_job
from scanner.cluster.run_plan import decode_plan
from scanner.cluster.worker import as_bytes
from scanner.core.plan import Expected, Shard
from scanner.core.ports import Transport
from scanner.core.problem import ProblemKind
from scanner.core.report import Coverage, RunStatus, ScanReport
from scanner.probes.live import Live
from scanner.targets.shard import shard_positions
from tests.cluster.plans import numbers, plan_of
from tests.report import samples
from tests.support.exchange import LoopClock, MemoryExchange, until
from tests.support.jumping import jumping

RUN = "0123456789abcdef"
CLOCK = LoopClock()
PLAN = plan_of("127.0.0.0/29", ports="6379-6506", seed=7)


def coordinator(exchange, *vantages, plan=PLAN, **more):
    said = []
    made = Coordinator(
        exchange=exchange,
        plan=plan,
        names=None,
        run=RUN,
        vantages=vantages or (ANYWHERE,),
        lease_s=4.0,
        patience_s=12.0,
        live=Live(),
        say=said.append,
        clock=CLOCK,
        **more,
    )
    return made, said


def report_of(chunk, count, findings=(), status=RunStatus.COMPLETE, unscanned=0, **run):
    size = len(shard_positions(PLAN.space.size, Shard(index=chunk.index, count=count)))
    rows = tuple(samples.row_of(one) for one in findings)
    fields = {
        "shard": f"{chunk.index}/{count}",
        "scope_sha256": PLAN.space.digest,
        "endpoints_total": PLAN.space.size,
        "seed": 7,
        "status": status,
        "id": f"{chunk.vantage}-{chunk.index}",
    }
    return ScanReport(
        run=samples.run(**{**fields, **run}),
        coverage=Coverage(
            addresses=8,
            ports=128,
            endpoints_planned=size,
            open=len(rows),
            asked=len(rows),
            answered=len(rows),
            closed=size - len(rows) - unscanned,
            unscanned=unscanned,
            hosts_alive=1,
        ),
        endpoints=rows,
        findings=tuple(findings),
    )


class Hand:
    """Plays workers by hand."""

    def __init__(self, exchange, vantage=ANYWHERE):
        self.exchange, self.vantage = exchange, vantage

    async def take(self):
        queue = await self.exchange.queue(self.vantage)
        message = (await queue.fetch(1, timeout=60))[0]
        return message, chunk_of_job(message.subject), read_job(message.data)

    async def work(self, chunks=4, findings=lambda chunk: ()):
        """Take that many chunks and do them; return their numbers."""
        indices = []
        for _ in range(chunks):
            message, chunk, job = await self.take()
            await self.done(message, chunk, report_of(chunk, job.count, findings(chunk)))
            indices.append(chunk.index)
        return indices

    async def done(self, message, chunk, report, worker="w-1"):
        parcel = await self.exchange.store(RUN, as_bytes(report))
        await self.exchange.tell_outcome(chunk, message, worker, Done(worker, parcel).encode())
        await message.ack_sync()

    async def alive(self, chunk=None, count=None, worker="w-1"):
        said = Alive(worker, self.vantage, chunk, count or Count())
        await self.exchange.say(alive_subject(self.vantage, worker), said.encode())


async def both(made, play):
    async with asyncio.TaskGroup() as group:
        running = group.create_task(made.scan())
        playing = group.create_task(play)
        report = await running
        playing.cancel()
    return report


FOUND = samples.finding("127.0.0.1", 6379)


def only_first(chunk):
    return [FOUND] if chunk.index == 1 else []


@jumping
async def test_all_chunks_together_are_the_run():
    exchange = MemoryExchange()
    made, said = coordinator(exchange)
    proven = []
    made.proven = proven.append
    report = await both(made, Hand(exchange).work(findings=only_first))
    assert report.run.status is RunStatus.COMPLETE
    assert (report.coverage.endpoints_planned, report.coverage.open) == (PLAN.space.size, 1)
    assert report.findings == (FOUND,)
    assert proven == [FOUND]
    assert exchange.forgotten == [RUN]
    assert "4 of 4 done" in said[-1]


@jumping
async def test_what_workers_are_told_is_the_plan():
    exchange = MemoryExchange()
    made, _ = coordinator(exchange)

    async def play():
        message, _, job = await Hand(exchange).take()
        told = decode_plan(await exchange.load(RUN, job.plan))
        assert (told.plan.space, told.plan.seed, job.count, job.lease_s) == (PLAN.space, 7, 4, 4.0)
        await message.nak()
        await Hand(exchange).work()

    assert (await both(made, play())).run.status is RunStatus.COMPLETE


@jumping
async def test_without_a_worker_nothing_is_clean():
    exchange = MemoryExchange()
    made, said = coordinator(exchange, "office", "dmz")
    report = await made.scan()
    assert report.run.status is RunStatus.INCOMPLETE
    assert report.coverage.unscanned == report.coverage.endpoints_planned == 2 * PLAN.space.size
    assert {one.kind for one in report.problems} == {ProblemKind.CHUNK_UNDONE}
    assert "no worker of office was heard for 12 s" in said[0]
    assert exchange.jobs == {}


@jumping
async def test_one_vantage_point_that_is_silent_leaves_its_part_unscanned():
    exchange = MemoryExchange()
    made, _ = coordinator(exchange, "office", "dmz")
    report = await both(made, Hand(exchange, "office").work(findings=only_first))
    assert report.run.status is RunStatus.INCOMPLETE
    assert report.coverage.unscanned == PLAN.space.size
    assert report.findings[0].reached_from == ("office",)
    assert report.endpoints[0].reached_from == ("office",)


@jumping
async def test_outside_makes_a_finding_more_urgent():
    exchange = MemoryExchange()
    made, _ = coordinator(exchange, "internet", outside=frozenset({"internet"}))
    low = samples.finding("127.0.0.1", 6379, priority=samples.finding().severity.LOW)
    report = await both(made, Hand(exchange, "internet").work(findings=lambda chunk: [low] if chunk.index == 1 else []))
    assert "internet" in report.findings[0].priority_reasons[-1]


@jumping
async def test_a_refused_chunk_is_unscanned_and_says_who_refused_and_why():
    exchange = MemoryExchange()
    made, _ = coordinator(exchange)
    hand = Hand(exchange)

    async def play():
        message, chunk, _ = await hand.take()
        refused = Refused("w-9", Refusal.OUT_OF_SCOPE, "127.0.0.1:6379 is not in this worker's own scope")
        await exchange.tell_outcome(chunk, message, "w-9", refused.encode())
        await message.ack_sync()
        await hand.work(3)

    report = await both(made, play())
    assert report.run.status is RunStatus.INCOMPLETE
    assert report.coverage.unscanned == PLAN.space.size // 4
    assert {one.kind for one in report.problems} == {ProblemKind.CHUNK_UNDONE, ProblemKind.WORKER_REFUSED}
    assert any("w-9" in one.detail and "own scope" in one.detail for one in report.problems)


@jumping
async def test_a_report_that_is_none_is_refused_and_a_later_one_counts():
    exchange = MemoryExchange()
    made, _ = coordinator(exchange)
    hand = Hand(exchange)

    async def play():
        message, chunk, job = await hand.take()
        lie = report_of(chunk, job.count, [samples.finding("10.0.0.1")])
        await hand.done(message, chunk, lie, worker="liar")
        again = Done("w-1", await exchange.store(RUN, as_bytes(report_of(chunk, job.count)))).encode()
        await exchange.tell_outcome(chunk, message, "w-1", again)
        await exchange.tell_outcome(chunk, message, "w-2", b"\xff nonsense")
        await hand.work(3)

    report = await both(made, play())
    assert report.coverage.unscanned == 0
    assert report.run.status is RunStatus.COMPLETE
    assert any("liar" in one.detail for one in report.problems)
    assert not report.findings


@jumping
async def test_one_chunk_that_is_done_twice_counts_once():
    exchange = MemoryExchange()
    made, _ = coordinator(exchange)
    hand = Hand(exchange)

    async def play():
        message, chunk, job = await hand.take()
        await hand.done(message, chunk, report_of(chunk, job.count, [FOUND]))
        await hand.done(message, chunk, report_of(chunk, job.count, [FOUND]), worker="w-2")
        await hand.work(3)

    report = await both(made, play())
    assert (report.coverage.open, len(report.findings), report.coverage.balanced) == (1, 1, True)
    assert report.coverage.endpoints_planned == PLAN.space.size


@jumping
async def test_a_stopped_run_tells_what_its_workers_had_seen_until_then():
    exchange = MemoryExchange()
    made, _ = coordinator(exchange, keep=True)
    hand = Hand(exchange)

    async def play():
        message, chunk, job = await hand.take()
        await hand.alive(chunk, Count(planned=256, open=1))
        await CLOCK.sleep(2)
        made.live.stop.set()
        await until(lambda: RUN not in exchange.opened)
        seen = report_of(chunk, job.count, [FOUND], RunStatus.INTERRUPTED, unscanned=200)
        await hand.done(message, chunk, seen)

    report = await both(made, play())
    assert report.run.status is RunStatus.INTERRUPTED
    assert report.findings == (FOUND,)
    assert report.coverage.unscanned == PLAN.space.size - 56
    assert ("exposure.stop." + RUN, b"") in exchange.said
    assert exchange.jobs == {}
    assert exchange.forgotten == []


@jumping
async def test_a_run_that_is_resumed_asks_only_for_what_is_missing_or_was_cut_short():
    exchange = MemoryExchange()
    first, _ = coordinator(exchange, keep=True)
    hand = Hand(exchange)

    async def play_first():
        for status in (RunStatus.COMPLETE, RunStatus.INTERRUPTED):
            message, chunk, job = await hand.take()
            await hand.done(message, chunk, report_of(chunk, job.count, only_first(chunk), status))
        message, chunk, _ = await hand.take()
        await exchange.tell_outcome(chunk, message, "w-9", Refused("w-9", Refusal.CANT, "no").encode())
        await message.ack_sync()
        await CLOCK.sleep(2)
        first.live.stop.set()
        await CLOCK.sleep(60)

    assert (await both(first, play_first())).run.status is RunStatus.INTERRUPTED
    second, _ = coordinator(exchange, keep=True)
    done = []

    async def play_second():
        done.extend(await hand.work(3))

    report = await both(second, play_second())
    assert sorted(done) == [2, 3, 4]
    assert report.run.status is RunStatus.COMPLETE
    assert report.findings == (FOUND,)
    assert exchange.forgotten == [RUN]


@jumping
async def test_what_the_queue_has_lost_is_offered_again():
    exchange = MemoryExchange()
    made, _ = coordinator(exchange)
    hand = Hand(exchange)

    async def play():
        message, _, _ = await hand.take()
        await message.ack_sync()
        await hand.work(4)

    assert (await both(made, play())).run.status is RunStatus.COMPLETE


@jumping
async def test_a_server_that_is_away_for_a_while_costs_nothing_but_time():
    exchange = MemoryExchange()
    made, _ = coordinator(exchange)
    hand = Hand(exchange)

    async def play():
        message, chunk, job = await hand.take()
        exchange.up = False
        await CLOCK.sleep(8)
        exchange.up = True
        await hand.done(message, chunk, report_of(chunk, job.count))
        await hand.work(3)

    assert (await both(made, play())).run.status is RunStatus.COMPLETE


@jumping
async def test_a_run_that_another_coordinator_has_ended_does_not_wait_for_ever():
    exchange = MemoryExchange()
    made, _ = coordinator(exchange)
    hand = Hand(exchange)

    async def play():
        message, chunk, job = await hand.take()
        await hand.done(message, chunk, report_of(chunk, job.count, [FOUND]))
        await CLOCK.sleep(2)
        await exchange.withdraw(RUN)
        for _ in range(1_000):
            await hand.alive()
            await CLOCK.sleep(1)

    report = await both(made, play())
    assert report.run.status is RunStatus.INCOMPLETE
    assert report.coverage.unscanned == PLAN.space.size * 3 // 4
    assert report.findings == (FOUND,)
    assert "another coordinator has ended it" in report.coverage.unscanned_list[0]


@jumping
async def test_a_flood_of_nonsense_keeps_nobody_from_stopping_and_is_told_once():
    exchange = MemoryExchange()
    made, said = coordinator(exchange)

    async def flood(run, after):
        if after == 3_000:
            made.live.stop.set()
        return after + 1, Chunk(RUN, ANYWHERE, 1).outcome, b"nonsense"

    exchange.next_outcome = flood
    report = await made.scan()
    assert report.run.status is RunStatus.INTERRUPTED
    assert len([line for line in said if "can't be read" in line]) == 1


@jumping
async def test_a_server_that_stays_away_ends_the_run_as_unscanned():
    exchange = MemoryExchange()
    made, _ = coordinator(exchange)

    async def play():
        await Hand(exchange).take()
        exchange.up = False
        await CLOCK.sleep(10_000)

    report = await both(made, play())
    assert report.run.status is RunStatus.INCOMPLETE
    assert report.coverage.unscanned == PLAN.space.size


@jumping
async def test_progress_is_what_is_done_and_what_workers_say():
    exchange = MemoryExchange()
    made, said = coordinator(exchange)
    hand = Hand(exchange)

    async def play():
        message, chunk, job = await hand.take()
        await hand.done(message, chunk, report_of(chunk, job.count, [FOUND]))
        await hand.alive(Chunk(RUN, ANYWHERE, 2 if chunk.index == 1 else 1), Count(planned=256, closed=100), "w-2")
        await exchange.say(alive_subject(ANYWHERE, "w-3"), b"\xffnonsense")
        await CLOCK.sleep(2.5)
        tally = made.live.tally
        assert (tally.planned, tally.open, tally.settled) == (PLAN.space.size, 1, 356)
        assert made.live.asked == 1
        made.live.stop.set()
        await CLOCK.sleep(100)

    await both(made, play())
    assert "worker w-2 is there" in said


@pytest.mark.parametrize("open_there", [True, False])
def test_what_had_to_be_open_is_missed_by_the_whole_run_alone(open_there):
    expected = (Expected("127.0.0.1:6379", tuple((n, 6379, Transport.TCP) for n in numbers("127.0.0.1", "127.0.0.1"))),)

    @jumping
    async def play():
        exchange = MemoryExchange()
        made, _ = coordinator(exchange, plan=plan_of("127.0.0.0/29", ports="6379-6506", seed=7, expected=expected))
        report = await both(made, Hand(exchange).work(findings=only_first if open_there else lambda chunk: ()))
        kinds = [one.kind for one in report.problems]
        assert (ProblemKind.EXPECTED_CLOSED in kinds) is not open_there
        assert (report.run.status is RunStatus.COMPLETE) is open_there

    play()
