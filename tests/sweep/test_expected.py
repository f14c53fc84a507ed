"""Waiting for what must be open, on a clock that jumps, and missing what was not."""

import asyncio
from dataclasses import replace
from ipaddress import ip_address

import pytest

from scanner.core.address import to_number
from scanner.core.intervals import Intervals
from scanner.core.plan import Expected, ScanPlan, Shard
from scanner.core.ports import Transport
from scanner.core.scope import Scope
from scanner.core.space import Space
from scanner.net.clock import Clock
from scanner.net.connect_check import ConnectResult
from scanner.sweep import expected as module
from scanner.sweep.engine import Tally
from scanner.sweep.expected import missed, wait_until_open

NUMBER = to_number(ip_address("127.0.0.1"))
STREAM = (NUMBER, 6379, Transport.TCP)
DATAGRAM = (NUMBER, 53, Transport.UDP)
CACHE = Expected("127.0.0.1:6379 (cache)", (STREAM,))
NAMES = Expected("127.0.0.1:53 (names)", (DATAGRAM,))
PLAN = ScanPlan(targets=(), scope=Scope(), space=Space(), seed=1, expected=(CACHE, NAMES))


class Jumping(Clock):
    def __init__(self):
        object.__setattr__(self, "passed", [])

    def now_s(self):
        return 100.0 + sum(self.passed)

    async def sleep(self, seconds):
        self.passed.append(seconds)


@pytest.fixture
def waited(monkeypatch):
    async def waited(wait_s, ready_at_s, *, stop=False):
        clock, stopped, tries = Jumping(), asyncio.Event(), []
        if stop:
            stopped.set()

        async def check(address, port, scope, timeout_s, audit=None):
            tries.append((str(address), port))
            ready = clock.now_s() >= 100.0 + ready_at_s
            return ConnectResult.ACCEPTED if ready else ConnectResult.REFUSED

        monkeypatch.setattr(module, "connect_check", check)
        await wait_until_open((CACHE, NAMES), wait_s, Scope(Intervals([(NUMBER, NUMBER)])), stop=stopped, clock=clock)
        return tries, sum(clock.passed)

    return waited


async def test_a_late_service_is_waited_for_and_no_longer(waited):
    tries, passed_s = await waited(60.0, 20.0)
    assert set(tries) == {("127.0.0.1", 6379)}
    assert (len(tries), passed_s) == (21, 20.0)


async def test_the_wait_is_bounded(waited):
    tries, passed_s = await waited(5.0, 20.0)
    assert passed_s <= 5.0
    assert len(tries) == 5


async def test_a_stop_ends_the_wait(waited):
    assert await waited(60.0, 20.0, stop=True) == ([], 0)


def test_what_did_not_accept_is_missed_and_silent_datagrams_are_not():
    kinds = [(problem.kind, problem.where) for problem in missed(PLAN, Tally(), ())]
    assert kinds == [("expected-closed", "127.0.0.1:6379 (cache)")]
    assert list(missed(PLAN, Tally(), {STREAM})) == []
    refused = Tally(closed_list=["127.0.0.1:53/udp"])
    assert [problem.where for problem in missed(PLAN, refused, {STREAM})] == ["127.0.0.1:53 (names)"]


def test_a_part_of_a_run_misses_only_what_refused_it():
    part = replace(PLAN, shard=Shard(index=1, count=2))
    assert list(missed(part, Tally(), ())) == []
    assert [problem.where for problem in missed(part, Tally(closed_list=["127.0.0.1:6379"]), ())] == [CACHE.where]
