import asyncio
import threading
from dataclasses import replace
from ipaddress import ip_address

import pytest

from scanner.core.address import to_number
from scanner.core.errors import SetupError
from scanner.core.event import PortEvent, PortState
from scanner.core.finding import Status
from scanner.core.intervals import Intervals
from scanner.core.plan import ScanPlan, Target
from scanner.core.ports import PortSet, Transport
from scanner.core.report import RunStatus
from scanner.core.scope import Scope
from scanner.core.space import Block, Space
from scanner.core.unheard import Unheard
from scanner.net.reverse import PATIENCE_S, ReverseNames
from scanner.pipeline import scan
from scanner.probes.live import Live
from scanner.probes.runner import Runner
from scanner.targets.special import Reach
from tests.support.probes import serve_toy, toy
from tests.support.servers import forever, serving
from tests.tickets.stage import JumpingClock

HERE = to_number(ip_address("127.0.0.1"))
ONE = Intervals([(HERE, HERE)])


def plan_for(*ports, addresses=ONE):
    return ScanPlan(
        targets=(Target(text="here", addresses=addresses, name="me"),),
        scope=Scope(addresses),
        space=Space([Block(addresses, PortSet.of(ports))]),
        seed=1,
    )


class Found:
    """An engine that finds every planned port open."""

    name = "found"

    def __init__(self, *, crash=None, lose=0):
        self.crash = crash
        self.lose = lose

    async def sweep(self, job):
        tally, space = job.tally, job.plan.space
        tally.planned = space.size
        for index in range(space.size - self.lose):
            address, port = space.at(index)
            tally.open += 1
            tally.alive.add(address)
            await job.events.put([PortEvent(address, port, Transport.TCP, PortState.OPEN, None)])
        if self.crash:
            raise self.crash
        tally.unscanned = self.lose
        job.events.close()


def runner(probe=None, scope=None):
    return Runner((probe or toy(),), scope or Scope(ONE))


async def test_an_open_port_becomes_a_finding_with_its_proof():
    async with serving(serve_toy) as port:
        report = await scan(plan_for(port), Found(), runner())
    assert report.run.status is RunStatus.COMPLETE
    assert [row.status for row in report.endpoints] == [Status.EXPOSED]
    (finding,) = report.findings
    assert finding.endpoint.name == "me"
    assert finding.proof[0].sent == "HELLO"
    assert report.coverage.balanced


async def test_a_finding_is_told_while_others_are_still_asked(monkeypatch):
    monkeypatch.setattr("scanner.probes.asking.GRACE_S", 0.05)
    asked, told = asyncio.Event(), asyncio.Event()
    found = []

    async def hang(reader, writer):
        asked.set()
        await forever(reader, writer)

    def hear(finding):
        found.append(finding)
        told.set()

    live = Live()
    async with serving(serve_toy) as quick, serving(hang) as slow, asyncio.TaskGroup() as group:
        plan = plan_for(quick, slow)
        running = group.create_task(scan(plan, Found(), runner(toy(deadline_s=60)), live=live, proven=hear))
        async with asyncio.timeout(5):
            await asked.wait()
            await told.wait()
        assert not running.done()
        live.stop.set()
    assert running.result().findings == tuple(found)


async def test_many_endpoints_and_a_small_channel_lose_nothing():
    async with serving(serve_toy) as port:
        everywhere = Intervals([(HERE, HERE + 299)])
        engine = Found()
        report = await scan(plan_for(port, addresses=everywhere), engine, runner(scope=Scope(everywhere)))
    assert len(report.endpoints) == 300
    assert sum(row.status is Status.EXPOSED for row in report.endpoints) == 1


async def test_a_stage_that_crashes_still_leaves_a_marked_report():
    async with serving(serve_toy) as port:
        report = await scan(plan_for(port), Found(crash=ValueError("\x1b[2Joops")), runner())
    assert report.run.status is RunStatus.INCOMPLETE
    assert [problem.kind for problem in report.problems] == ["stage-crashed"]
    assert "\x1b" not in report.problems[0].detail
    assert report.coverage.balanced


async def test_what_this_machine_lacks_is_raised_as_it_is():
    with pytest.raises(SetupError, match="no raw sockets"):
        await scan(plan_for(1), Found(crash=SetupError("no raw sockets")), runner())


async def test_what_was_not_looked_at_makes_the_run_incomplete():
    async with serving(serve_toy) as port:
        report = await scan(plan_for(port, 1), Found(lose=1), runner())
    assert report.run.status is RunStatus.INCOMPLETE
    assert report.coverage.unscanned == 1


async def test_a_probe_that_crashes_makes_the_run_incomplete():
    async def crash(talk):
        raise KeyError("x")

    async with serving(serve_toy) as port:
        report = await scan(plan_for(port), Found(), runner(toy(crash)))
    assert report.run.status is RunStatus.INCOMPLETE
    assert [(row.status, row.reason) for row in report.endpoints] == [(Status.INCONCLUSIVE, Unheard.MALFORMED)]


async def test_the_first_ctrl_c_ends_in_a_report_marked_interrupted(monkeypatch):
    monkeypatch.setattr("scanner.probes.asking.GRACE_S", 0.05)
    live = Live()
    started = asyncio.Event()

    async def hang(reader, writer):
        started.set()
        await forever(reader, writer)

    async with serving(hang) as port, asyncio.TaskGroup() as group:
        running = group.create_task(scan(plan_for(port), Found(), runner(toy(deadline_s=60)), live=live))
        async with asyncio.timeout(5):
            await started.wait()
        live.stop.set()
        report = await running
    assert report.run.status is RunStatus.INTERRUPTED
    assert len(report.endpoints) == 1
    assert "interrupted" in report.endpoints[0].note


async def test_a_target_named_by_itself_that_never_answers_is_not_clean():
    both = Intervals([(HERE, HERE + 1)])
    plan = ScanPlan(
        targets=(Target(text="127.0.0.1", addresses=ONE), Target(text="gone", addresses=Intervals([(HERE + 1,) * 2]))),
        scope=Scope(both),
        space=Space([Block(both, PortSet.of([1]))]),
        seed=1,
    )

    class Half(Found):
        async def sweep(self, job):
            job.tally.planned, job.tally.closed, job.tally.filtered, job.tally.hosts_alive = 2, 1, 1, 1
            job.tally.alive.add(HERE)
            job.events.close()

    report = await scan(plan, Half(), runner(scope=Scope(both)))
    assert [(problem.kind, problem.where) for problem in report.problems] == [("target-silent", "gone")]
    assert report.run.status is RunStatus.INCOMPLETE


def named(name="db.example.org"):
    return ReverseNames((Reach.LOOPBACK,), lambda _: name)


async def test_the_reverse_dns_name_is_a_label_and_changes_nothing_else():
    async with serving(serve_toy) as port:
        plan = replace(plan_for(port), targets=(Target(text="127.0.0.1", addresses=ONE),))
        plain = await scan(plan, Found(), runner())
        labelled = await scan(plan, Found(), runner(), names=named())
    assert [row.reverse_dns for row in labelled.endpoints] == ["db.example.org"]
    assert [row.reverse_dns for row in plain.endpoints] == [None]
    assert [replace(row, reverse_dns=None) for row in labelled.endpoints] == list(plain.endpoints)
    # Fingerprint, address, name and URL of a finding among them.
    assert labelled.findings == plain.findings
    assert labelled.findings[0].endpoint.name is None
    assert labelled.coverage == plain.coverage


async def test_a_name_that_looks_like_a_target_is_not_scanned_and_the_users_own_name_stays():
    async with serving(serve_toy) as port:
        report = await scan(plan_for(port), Found(), runner(), names=named("localhost"))
    (row,) = report.endpoints
    assert (row.endpoint.name, row.endpoint.host, row.reverse_dns) == ("me", None, "localhost")
    assert report.coverage.addresses == 1


async def test_a_dead_resolver_neither_delays_nor_fails_a_scan():
    until = threading.Event()
    clock = JumpingClock()

    def dead(_address):
        until.wait(20)
        raise OSError("timed out")

    everywhere = Intervals([(HERE, HERE + 199)])
    try:
        async with serving(serve_toy) as port:
            report = await scan(
                plan_for(port, addresses=everywhere),
                Found(),
                runner(scope=Scope(everywhere)),
                clock=clock,
                names=ReverseNames((Reach.LOOPBACK,), dead),
            )
    finally:
        until.set()
    assert report.problems == ()
    assert len(report.endpoints) == 200
    assert clock.slept == [PATIENCE_S]


async def test_an_interrupted_run_waits_for_no_name():
    until, live, clock = threading.Event(), Live(), JumpingClock()
    live.stop.set()

    def late(_address):
        until.wait(20)
        return "late.example"

    try:
        async with serving(serve_toy) as port:
            names = ReverseNames((Reach.LOOPBACK,), late)
            report = await scan(plan_for(port), Found(), runner(), live=live, clock=clock, names=names)
    finally:
        until.set()
    assert report.run.status is RunStatus.INTERRUPTED
    assert clock.slept == []
