import asyncio

from scanner.core.event import PortEvent, PortState
from scanner.core.ports import Transport
from scanner.core.report import Problem
from scanner.sweep.delegate import delegate
from tests.sweep.jobs import make_job, make_plan

EVENT = PortEvent(7, 80, Transport.TCP, PortState.OPEN, None)


class Part:
    """An engine that finds one port and has a fixed tally."""

    name = "part"

    def __init__(self):
        self.jobs = []

    async def sweep(self, job):
        self.jobs.append(job)
        tally = job.tally
        tally.planned, tally.open, tally.closed, tally.filtered, tally.unscanned = 10, 1, 2, 3, 4
        tally.unscanned_list = ["10.0.0.9:80: why"]
        tally.closed_list = ["10.0.0.9:81"]
        tally.alive, tally.hosts_alive, tally.estimated_loss = {7, 8}, 3, 0.3
        tally.problems = [Problem("local-error", "sweep", "both"), Problem("local-error", "sweep", "part")]
        await job.events.put([EVENT])
        job.events.close()


def test_a_part_is_added_to_the_whole_and_its_ports_are_handed_over():
    async def go():
        job = make_job(make_plan("10.0.0.0/29", [80]))
        whole = job.tally
        whole.planned, whole.open, whole.closed, whole.estimated_loss = 8, 6, 0, 0.0
        whole.alive, whole.hosts_alive = {7}, 1
        whole.problems = [Problem("local-error", "sweep", "both")]
        space, part = make_plan("10.0.1.0/30", [81]).space, Part()
        await delegate(job, space, part)
        job.events.close()
        return job, part.jobs[0], [event async for batch in job.events for event in batch]

    job, inner, found = asyncio.run(go())
    assert found == [EVENT]
    assert inner.plan.space.size == 4
    assert (inner.stop, inner.clock, inner.ledger) == (job.stop, job.clock, None)
    whole = job.tally
    assert (whole.planned, whole.open, whole.closed, whole.filtered, whole.unscanned) == (18, 7, 2, 3, 4)
    assert (whole.unscanned_list, whole.closed_list) == (["10.0.0.9:80: why"], ["10.0.0.9:81"])
    # 7 was met by both, 8 by the part alone, and the part met one more that it does not name.
    assert (whole.alive, whole.hosts_alive) == ({7, 8}, 3)
    assert round(whole.estimated_loss, 6) == 0.1
    assert [problem.detail for problem in whole.problems] == ["both", "part"]
