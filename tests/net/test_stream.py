import asyncio
import time
from ipaddress import IPv4Address

import pytest

from scanner.core import errors
from scanner.core.endpoint import Endpoint
from scanner.core.intervals import Intervals
from scanner.core.scope import Scope
from scanner.core.sends import line
from scanner.net.budget import Budget
from scanner.net.dial import dial
from scanner.net.guard import Guard
from scanner.net.stream import Stream
from tests.support.look import LOOPBACK
from tests.support.servers import forever, server_context, serving

HERE = IPv4Address("127.0.0.1")


def stream(port, *, scope=LOOPBACK, limit_bytes=65_536, limit_s=5.0, idle_s=0.2, use_tls=False):
    endpoint = Endpoint(HERE, port)
    return Stream(
        endpoint,
        scope,
        Guard("test", [line(b"PING\r\n")], endpoint),
        Budget(time.monotonic() + limit_s, limit_bytes),
        use_tls=use_tls,
        idle_s=idle_s,
    )


async def pong(reader, writer):
    while await reader.readline():
        writer.write(b"+PONG\r\nmore")
        await writer.drain()


async def test_a_question_and_its_answer_in_any_portions():
    async with serving(pong) as port:
        talk = stream(port)
        await talk.send(b"PING\r\n")
        assert await talk.read_until(b"\r\n") == b"+PONG\r\n"
        assert await talk.read_exactly(2) == b"mo"
        assert await talk.read_some() == b"re"
        with pytest.raises(errors.TimedOut):
            await talk.read_some()
        talk.close()


async def test_what_is_not_declared_never_opens_a_connection():
    opened = []

    async def note(reader, writer):
        opened.append(1)

    async with serving(note) as port:
        with pytest.raises(errors.NotAllowed):
            await stream(port).send(b"FLUSHALL\r\n")
    assert not opened


async def test_outside_the_scope_nothing_is_dialled():
    with pytest.raises(errors.ScopeError):
        await stream(1, scope=Scope(Intervals())).send(b"PING\r\n")


async def test_a_closed_port_is_refused():
    async with serving(pong) as port:
        pass
    with pytest.raises(errors.Refused):
        await stream(port).send(b"PING\r\n")


async def test_a_peer_that_closes_gives_an_end_and_then_an_error():
    async def close(reader, writer):
        writer.write(b"bye")
        await writer.drain()

    async with serving(close) as port:
        talk = stream(port)
        assert await talk.read_some() == b"bye"
        assert await talk.read_some() == b""
        with pytest.raises((errors.ClosedEarly, errors.Reset)):
            await talk.read_exactly(1)
        talk.close()


async def test_an_endless_stream_is_cut_at_the_budget():
    async def flood(reader, writer):
        while True:
            writer.write(b"A" * 65_536)
            await writer.drain()

    async with serving(flood) as port:
        talk = stream(port, limit_bytes=100_000)
        with pytest.raises(errors.TooLarge):
            await talk.read_until(b"\n", limit=1 << 30)
        talk.close()


async def test_a_drip_ends_with_the_deadline():
    async def drip(reader, writer):
        while True:
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.02)

    async with serving(drip) as port:
        talk = stream(port, limit_s=0.3)
        with pytest.raises(errors.TimedOut):
            await talk.read_until(b"\n")
        talk.close()


async def test_tls_is_observed_and_an_expired_or_foreign_certificate_does_not_matter():
    async with serving(pong, tls=server_context()) as port:
        talk = stream(port, use_tls=True)
        await talk.send(b"PING\r\n")
        assert await talk.read_until(b"\r\n") == b"+PONG\r\n"
        assert talk.tls is not None
        assert talk.tls.version == "TLSv1.3"
        assert len(talk.tls.sha256) == 64
        talk.close()


async def test_plain_text_on_a_tls_port_is_a_tls_failure():
    async with serving(pong) as port:
        with pytest.raises(errors.TlsFailed):
            await stream(port, use_tls=True).send(b"PING\r\n")


async def test_a_server_that_never_shakes_hands_times_out():
    async with serving(forever) as port:
        with pytest.raises(errors.TimedOut):
            await stream(port, use_tls=True, limit_s=0.3).send(b"PING\r\n")


async def test_a_living_peer_acknowledges_what_it_does_not_answer():
    async with serving(forever) as port:
        talk = stream(port)
        assert not talk.unacknowledged
        await talk.send(b"PING\r\n")
        with pytest.raises(errors.TimedOut):
            await talk.read_some()
        assert not talk.unacknowledged
        talk.close()
        assert not talk.unacknowledged


@pytest.mark.parametrize(("accepted_after_s", "patience_s"), [(0.001, 0.1), (0.02, 0.2), (0.3, 0.4)])
async def test_a_prompt_peer_is_waited_for_ten_times_as_long_as_it_took_to_accept(
    monkeypatch, accepted_after_s, patience_s
):
    now_s = [0.0]

    async def dialled(*how, **more):
        now_s[0] += accepted_after_s
        return await dial(*how, **more)

    monkeypatch.setattr("scanner.net.stream.dial", dialled)
    async with serving(pong) as port:
        talk = stream(port, idle_s=0.4)
        talk.budget = Budget(5.0, 65_536, lambda: now_s[0])
        talk.prompt_s = 0.1
        await talk.agreed_protocol()
        talk.close()
    assert talk.idle_s == pytest.approx(patience_s)
