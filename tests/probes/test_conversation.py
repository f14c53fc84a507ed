"""One probe at a time: nothing that a peer or a probe does gets out, and what was not heard is known."""

import asyncio
import socket
import ssl
import time
from contextlib import suppress
from dataclasses import replace
from ipaddress import IPv4Address

import pytest

from scanner.core.endpoint import Endpoint
from scanner.core.errors import Malformed, ScopeError, TimedOut
from scanner.core.facts import Access, Facts
from scanner.core.observation import Observation
from scanner.core.probe import tcp
from scanner.core.unheard import Unheard
from scanner.net.budget import Budget
from scanner.net.http import HttpExchanges
from scanner.probes.conversation import MOST_SILENT_CONNECTIONS, Conversation
from scanner.probes.decoy import Turn
from scanner.probes.runner import Runner
from tests.support.jumping import jumping
from tests.support.look import LOOPBACK
from tests.support.probes import hello, serve_toy, toy
from tests.support.servers import forever, server_context, serving

HERE = IPv4Address("127.0.0.1")


async def look(probe, port):
    return await Runner((probe,), LOOPBACK).observe(Endpoint(HERE, port))


def conversation(port=9, end_s=30.0, probes=(), now=time.monotonic):
    endpoint = Endpoint(HERE, port)
    exchanges = HttpExchanges(endpoint, LOOPBACK, Budget(now() + 9, 1 << 20))
    return Conversation(Observation(endpoint=endpoint), probes, LOOPBACK, now, now() + end_s, exchanges)


async def test_a_probe_that_raises_is_a_problem_and_not_the_end():
    async def crash(talk):
        raise ZeroDivisionError("\x1b[2Jboom")

    async with serving(serve_toy) as port:
        found = await Runner((toy(crash, identifier="bad"), toy()), LOOPBACK).observe(Endpoint(HERE, port))
    assert found.probe.id == "toy"
    assert [problem.kind for problem in found.problems] == ["probe-crashed"]
    assert "\x1b" not in found.problems[0].detail


async def test_a_probe_that_sends_what_it_did_not_declare_is_caught():
    async def overstep(talk):
        await talk.send(b"FLUSHALL\r\n")

    async with serving(serve_toy) as port:
        found = await look(toy(overstep), port)
    assert found.facts is None
    assert [problem.kind for problem in found.problems] == ["probe-overstepped"]


@pytest.mark.parametrize("error", [Malformed("x"), ConnectionResetError()])
async def test_a_talk_that_ends_badly_is_nobody(error):
    async def fail(talk):
        raise error

    async with serving(serve_toy) as port:
        assert (await look(toy(fail), port)).facts is None


async def test_whatever_a_probe_returns_is_cleaned():
    async def dirty(talk):
        await talk.send(b"HELLO\r\n")
        return Facts(
            product="\x1b]0;x\x07",
            evidence={"a\u202e": ["\x00" * 3, {"b": "\u200b"}]},
            traces={"image": ("x\r\ny",)},
        )

    async with serving(serve_toy) as port:
        facts = (await look(toy(dirty), port)).facts
    assert all(char.isprintable() for char in f"{facts.product}{facts.evidence}{facts.traces}")


@jumping
async def test_a_hanging_peer_costs_its_deadline_and_no_more():
    async with serving(forever) as port:
        found = await look(toy(deadline_s=0.3), port)
    assert found.facts is None


def demand_certificates(listener, context):
    """Accept clients with blocking sockets until none comes: asyncio's own server drops the alert that it owes."""
    listener.settimeout(2)
    with suppress(TimeoutError):
        while True:
            connection, _ = listener.accept()
            with connection, suppress(OSError):
                context.wrap_socket(connection, server_side=True).close()


async def test_a_demand_for_a_client_certificate_protects_where_the_product_is_at_home():
    context = server_context()
    context.verify_mode = ssl.CERT_REQUIRED
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        async with asyncio.TaskGroup() as group:
            group.create_task(asyncio.to_thread(demand_certificates, listener, context))
            probe = replace(toy(hello), ports=tcp(port, tls=True), mutual_tls_means_protected=True)
            found = await look(probe, port)
            elsewhere = await look(replace(probe, mutual_tls_means_protected=False), port)
    assert found.facts.access is Access.REFUSED
    assert elsewhere.facts is None


async def test_nobody_is_asked_twice_the_same_way():
    asked = []

    async def count(talk):
        asked.append(1)
        return await hello(talk)

    async with serving(serve_toy) as port:
        talk = conversation(port)
        assert await talk.ask_stream(toy(count), use_tls=False)
        assert not await talk.ask_stream(toy(count), use_tls=False)
    assert (len(asked), talk.seen.connections, talk.seen.facts.access) == (1, 1, Access.DATA)


async def test_a_silent_port_is_left_alone_and_who_was_left_is_not_heard():
    talk = conversation()
    talk.count(MOST_SILENT_CONNECTIONS - 1)
    assert not talk.over
    talk.count(1)
    assert talk.over
    probe = toy(ports=(9,))
    assert not await talk.ask_stream(probe, use_tls=False)
    assert talk.outcomes.unheard(talk.seen, [probe]) is Unheard.TIMED_OUT
    talk.responsive = True
    assert not talk.over


async def test_an_endpoint_that_takes_too_long_is_given_up_and_said_so():
    now = 100.0
    talk = conversation(now=lambda: now)
    assert not talk.over
    now = 130.0
    assert talk.over
    assert "took too long" in talk.seen.note


async def test_what_forbids_sending_gets_out():
    async def outside(talk):
        raise ScopeError("x")

    with pytest.raises(ScopeError):
        await conversation().ask_stream(toy(outside), use_tls=False)


@pytest.mark.parametrize(("home", "late"), [((9,), True), ((10,), False)])
async def test_only_who_lives_there_can_be_late(home, late):
    async def slow(talk):
        raise TimedOut("x")

    talk = conversation()
    assert not await talk.ask_stream(toy(slow, ports=home), use_tls=False)
    assert talk.late is late


async def test_an_answer_that_came_before_the_question_is_a_decoy_s():
    async def eager(reader, writer):
        writer.write(b"TOY\r\n" * 3)
        await writer.drain()
        await forever(reader, writer)

    async def patient(talk):
        await talk.read_until(b"\r\n")
        await talk.send(b"HELLO\r\n")
        return Facts(access=Access.DATA, product="Toy") if await talk.read_until(b"\r\n") else None

    async with serving(eager) as port:
        talk = conversation(port)
        assert await talk.ask_stream(toy(patient), use_tls=False)
    assert "before it is asked" in talk.seen.decoy


def test_what_was_said_is_what_makes_a_port_mute_or_not():
    talk = conversation()
    assert talk.mute
    talk.turns.append(Turn(b"x", b""))
    assert talk.mute
    talk.turns.append(Turn(b"x", b"y"))
    assert not talk.mute


def test_the_first_reason_for_suspicion_and_the_last_note_stay():
    talk = conversation()
    for text in (None, "first", "second"):
        talk.flag(text)
    talk.note("a")
    talk.note("b")
    assert (talk.seen.decoy, talk.seen.note) == ("first", "b")


def test_a_lock_is_the_product_s_own_only_where_it_says_so():
    for means, access in ((True, Access.REFUSED), (False, None)):
        talk = conversation()
        talk.demand_for_certificate([replace(toy(), mutual_tls_means_protected=means)])
        assert talk.locked
        assert talk.over
        assert (talk.seen.facts.access if talk.seen.facts else None) is access
        assert talk.seen.locked
