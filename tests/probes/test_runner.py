import asyncio
from ipaddress import IPv4Address

import pytest

from scanner.core.endpoint import Endpoint
from scanner.core.errors import TimedOut
from scanner.core.facts import Access
from scanner.core.unheard import Unheard
from scanner.probes.runner import Runner
from tests.support.jumping import jumping
from tests.support.look import LOOPBACK
from tests.support.probes import hello, serve_toy, toy
from tests.support.servers import forever, serving

HERE = IPv4Address("127.0.0.1")


async def look(probe, port):
    return await Runner((probe,), LOOPBACK).observe(Endpoint(HERE, port))


async def test_a_service_is_recognised_and_its_facts_kept():
    async with serving(serve_toy) as port:
        found = await look(toy(), port)
    assert found.probe.id == "toy"
    assert found.facts.access is Access.DATA
    assert not found.problems


async def test_cancellation_passes_through():
    async with serving(forever) as port:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await look(toy(), port)


@pytest.mark.parametrize("port", [515, 9100, 9107])
async def test_a_printer_is_left_alone(port):
    found = await Runner((toy(),), LOOPBACK).observe(Endpoint(HERE, port))
    assert found.facts is None
    assert "printer" in found.note


async def test_a_service_on_a_printers_port_is_asked_when_it_is_named_and_only_then(monkeypatch):
    async with serving(serve_toy) as port:
        monkeypatch.setattr("scanner.net.guard._JETDIRECT", range(port, port + 1))
        probe = toy(ports=(port,))
        quiet = await Runner((probe,), LOOPBACK).observe(Endpoint(HERE, port))
        named = await Runner((probe,), LOOPBACK, named=("toy",)).observe(Endpoint(HERE, port))
    assert quiet.facts is None
    assert "printer" in quiet.note
    assert named.facts.access is Access.DATA


async def test_who_answered_too_late_at_home_is_asked_once_more():
    asked = []

    async def late_at_first(talk):
        asked.append(None)
        facts = await hello(talk)
        if len(asked) == 1:
            raise TimedOut("no answer in time")
        return facts

    async def nobody(talk):
        await hello(talk)

    others = [toy(nobody, identifier=f"other-{number}") for number in range(4)]
    async with serving(serve_toy) as port:
        late = toy(late_at_first, ports=(port,))
        found = await Runner((late, *others), LOOPBACK).observe(Endpoint(HERE, port))
    assert found.facts.access is Access.DATA
    assert len(asked) == 2


async def test_who_is_always_late_is_given_up_after_the_second_time():
    asked = []

    async def always_late(talk):
        asked.append(None)
        await hello(talk)
        raise TimedOut("no answer in time")

    async with serving(serve_toy) as port:
        found = await look(toy(always_late, ports=(port,)), port)
    assert found.facts is None
    assert len(asked) == 2


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (MemoryError(), Unheard.LOCAL_FAULT),
        (RecursionError("deep"), Unheard.MALFORMED),
        (KeyError("x"), Unheard.MALFORMED),
    ],
)
async def test_whatever_is_raised_anywhere_is_that_endpoints_problem(monkeypatch, error, reason):
    async def broken(*_args, **_kwargs):
        raise error

    monkeypatch.setattr("scanner.probes.identify.identify", broken)
    found = await look(toy(), 1)
    assert found.unheard is reason
    assert [problem.kind for problem in found.problems] == ["probe-crashed"]


@jumping
async def test_a_port_at_home_that_says_nothing_is_not_heard_and_another_is_just_open():
    async with serving(forever) as port:
        at_home = await look(toy(ports=(port,)), port)
        elsewhere = await look(toy(), port)
    assert (at_home.unheard, at_home.decoy) == (Unheard.TIMED_OUT, None)
    assert (elsewhere.unheard, elsewhere.decoy) == (None, None)


@jumping
async def test_a_silent_port_is_waited_for_longer_in_a_late_round_and_asked_once_by_each_product_at_home():
    asked = []

    async def connection(reader, _writer):
        asked.append(None)
        await reader.read()

    counts = []
    async with serving(connection) as port:
        one, two = (toy(ports=(port,), identifier=name) for name in ("one", "two"))
        strangers = [toy(ports=(1,), identifier=f"stranger-{number}") for number in range(4)]
        for home, patience in (((one,), 1.0), ((one,), 3.0), ((one, two), 3.0)):
            asked.clear()
            found = await Runner((*home, *strangers), LOOPBACK).observe(Endpoint(HERE, port), patience=patience)
            assert found.unheard is Unheard.TIMED_OUT
            counts.append(len(asked))
    assert counts == [2, 1, 2]


async def test_a_port_that_accepts_no_connection_any_more_was_not_heard_by_anybody():
    async with serving(serve_toy) as port:
        pass
    assert (await look(toy(), port)).unheard is Unheard.REFUSED_LATER
