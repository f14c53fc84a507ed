import math
from ipaddress import ip_address

import pytest

from scanner.core.endpoint import Endpoint
from scanner.core.outage import QUIETS_S
from scanner.core.ports import Transport
from scanner.probes import lifeline
from scanner.probes.gaps import Gaps
from scanner.probes.lifeline import QUIET_S, Lifeline
from tests.probes.test_gaps import Hands

KNOWN = [Endpoint(ip_address(f"127.0.0.{host}"), 6379) for host in (1, 2)]


class Network:
    """Answers while it is up; every question takes a second of the clock."""

    def __init__(self):
        self.clock = Hands()
        self.up = True
        self.asked = []
        self.gaps = Gaps(self.clock)
        self.line = Lifeline(self.check, self.gaps)

    async def check(self, endpoint):
        self.asked.append(endpoint)
        self.clock.now_s += 1
        return self.up


@pytest.fixture
def network():
    one = Network()
    for endpoint in KNOWN:
        one.line.answered(endpoint, one.clock.now_s)
    return one


async def test_nobody_is_asked_while_answers_come(network):
    await network.line.look()
    assert not network.asked


async def test_a_canary_that_answers_ends_the_doubt(network):
    network.clock.now_s += QUIET_S
    await network.line.look()
    assert network.asked
    assert not network.line.down
    assert not network.gaps.touched(0, 1_000)


async def test_a_lost_network_holds_everything_back_and_what_was_asked_meanwhile_does_not_count(network):
    lost_s = network.clock.now_s
    network.up = False
    network.clock.now_s += QUIET_S
    for _ in range(3):
        await network.line.look()
    assert network.line.down
    network.up = True
    network.clock.now_s += QUIETS_S[0]
    await network.line.look()
    assert not network.line.down
    assert network.line.outages == 1
    await network.line.wait()
    assert network.gaps.touched(lost_s + 1, lost_s + 2)
    assert not network.gaps.touched(network.clock.now_s, network.clock.now_s + 1)


async def test_a_network_that_never_comes_back_is_given_up_and_that_time_does_not_count(network):
    network.up = False
    network.clock.now_s += QUIET_S
    while network.line.down or len(network.asked) <= len(KNOWN):
        network.clock.now_s += 1
        await network.line.look()
    assert not network.line.outages
    assert len(network.asked) == len(KNOWN) * (len(QUIETS_S) + 2)
    assert network.gaps.touched(network.clock.now_s - 1, network.clock.now_s)
    asked = len(network.asked)
    await network.line.look()
    assert len(network.asked) == asked


async def test_a_round_waits_for_the_network(network, monkeypatch):
    async def later(_):
        network.up = len(network.asked) > 8
        network.clock.now_s += 1

    monkeypatch.setattr(lifeline.asyncio, "sleep", later)
    network.up = False
    await network.line.ready()
    assert network.up
    assert not network.line.down


async def test_who_was_heard_over_udp_is_no_canary(network):
    lonely = Lifeline(network.check, network.gaps)
    lonely.answered(Endpoint(ip_address("127.0.0.1"), 53, Transport.UDP), 0.0)
    network.clock.now_s += 100
    await lonely.look()
    assert not network.asked


@pytest.mark.parametrize(("hosts", "there"), [(2, True), (3, False)])
async def test_many_hosts_that_are_silent_for_good_are_not_waited_for_again(hosts, there, monkeypatch):
    async def no_time(_):
        network.clock.now_s += 1

    monkeypatch.setattr(lifeline.asyncio, "sleep", no_time)
    network = Network()
    for host in range(hosts):
        network.line.answered(Endpoint(ip_address(f"127.0.0.{host + 1}"), 6379), network.clock.now_s)
    network.up = False
    assert await network.line.ready() is there
    assert await network.line.ready() is there


async def test_a_ban_that_every_question_renews_is_outlived(monkeypatch):
    async def later(seconds):
        network.clock.now_s += seconds

    class Banning(Network):
        banned_until_s = math.inf

        async def check(self, endpoint):
            there = self.clock.now_s >= self.banned_until_s
            self.banned_until_s = 0.0 if there else self.clock.now_s + 60.0
            return there

    monkeypatch.setattr(lifeline.asyncio, "sleep", later)
    network = Banning()
    network.line.answered(KNOWN[0], network.clock.now_s)
    assert await network.line.ready()
    assert network.line.outages == 1


@pytest.mark.parametrize(("back_s", "waited_s"), [(0, 0), (9, 9), (1_000, 60)])
async def test_a_round_waits_for_this_machine_s_own_link(network, monkeypatch, back_s, waited_s):
    async def later(seconds):
        network.clock.now_s += seconds

    began_s = network.clock.now_s
    monkeypatch.setattr(lifeline.asyncio, "sleep", later)
    monkeypatch.setattr(lifeline, "has_route", lambda _: network.clock.now_s >= began_s + back_s)
    await network.line.way_to([one.address for one in KNOWN])
    assert network.clock.now_s == began_s + waited_s
    assert not network.asked
    await network.line.way_to([])


async def test_whoever_waits_for_the_link_is_let_go_when_the_run_is_stopped(network, monkeypatch):
    async def later(_):
        network.line.release()

    monkeypatch.setattr(lifeline.asyncio, "sleep", later)
    monkeypatch.setattr(lifeline, "has_route", lambda _: False)
    await network.line.way_to([KNOWN[0].address])
