import asyncio
import ipaddress

import pytest

from scanner.core.address import to_address
from scanner.core.event import PortState
from scanner.core.ports import Transport
from scanner.sweep.connect.engine import ConnectEngine
from scanner.sweep.connect.selector import EpollWatch, PollWatch
from tests.sweep.jobs import make_job, make_plan, run, sweep

PORT = 47_001
TURNS = 10_000
"""Of the event loop, in which nobody reads and a sweep that is not held back goes on."""


def addresses(events):
    return sorted(str(to_address(event.address)) for event in events)


@pytest.mark.parametrize("watch", [EpollWatch, PollWatch])
def test_finds_every_open_port_and_calls_the_rest_closed(network, listeners, watch):
    opened = sorted(listeners(octet, PORT)[0] for octet in (3, 77, 200))
    events, tally = sweep(ConnectEngine(watch=watch), make_plan(network, [PORT, PORT + 1]))
    assert addresses(events) == sorted(opened)
    assert {event.port for event in events} == {PORT}
    assert {event.state for event in events} == {PortState.OPEN}
    assert {event.transport for event in events} == {Transport.TCP}
    assert (tally.planned, tally.open, tally.closed, tally.unscanned) == (512, 3, 509, 0)
    assert tally.hosts_alive == 256


def test_shards_cover_everything_once(network, listeners):
    opened = sorted(listeners(octet, PORT)[0] for octet in range(20, 40))
    found = []
    planned = 0
    for index in range(1, 4):
        events, tally = sweep(ConnectEngine(), make_plan(network, [PORT], shard=(index, 3)))
        found += addresses(events)
        planned += tally.planned
    assert sorted(found) == sorted(opened)
    assert planned == 256


def test_nothing_outside_the_scope_is_contacted(network, listeners):
    listeners(3, PORT)
    listeners(200, PORT)
    inside = str(next(ipaddress.ip_network(network).subnets(new_prefix=25)))
    events, tally = sweep(ConnectEngine(), make_plan(network, [PORT], scope=[inside]))
    assert addresses(events) == [network.replace("0/24", "3")]
    assert tally.unscanned == 128


def test_ipv6_loopback_is_swept_like_any_other():
    events, tally = sweep(ConnectEngine(), make_plan("::1/128", [1, 2]))
    assert events == []
    assert tally.closed == 2


def test_stop_ends_the_sweep_and_counts_the_rest_as_unscanned(network):
    async def go():
        job = make_job(make_plan(network, range(1, 100), rate=200.0))
        async with asyncio.TaskGroup() as group:
            group.create_task(run(ConnectEngine(), job))
            asyncio.get_running_loop().call_later(0.2, job.stop.set)
        return job.tally

    tally = asyncio.run(go())
    assert 0 < tally.settled < tally.planned
    assert tally.unscanned == tally.planned - tally.settled


def test_a_full_channel_holds_the_sweep_back_and_loses_nothing(network, listeners):
    for octet in range(1, 60):
        listeners(octet, PORT)

    async def go():
        job = make_job(make_plan(network, [PORT, PORT + 1], max_in_flight=8), room=4)
        found = []
        async with asyncio.TaskGroup() as group:
            group.create_task(ConnectEngine().sweep(job))
            async with asyncio.timeout(20.0):
                while not job.events.crowded:  # noqa: ASYNC110 - a channel has no event for it
                    await asyncio.sleep(0)
            before = job.tally.settled
            for _ in range(TURNS):
                await asyncio.sleep(0)
            held = len(job.events), job.tally.settled - before
            async for batch in job.events:
                found += batch
        return found, held, job.tally

    found, (waiting, went_on), tally = asyncio.run(go())
    assert len(found) == 59
    assert waiting <= 4 + 8
    assert went_on <= 8, "more was asked than was in flight when the channel filled"
    assert tally.unscanned == 0
