import asyncio
import time
from ipaddress import ip_address

import pytest

from scanner.core.endpoint import Endpoint
from scanner.core.errors import ClientCertificateWanted, Refused, TimedOut, TlsFailed
from scanner.net.budget import Budget
from scanner.net.clock import loop_s
from scanner.probes.contact import first_contact, first_request
from tests.support.jumping import jumping
from tests.support.look import LOOPBACK
from tests.support.servers import forever, listening, server_context


async def contact(serve, *, use_tls=False, tls=None, **how):
    async with listening(serve, 0, tls=tls) as (address, port):
        budget = Budget(loop_s() + 20, 1 << 20)
        return await first_contact(Endpoint(ip_address(address), port), LOOPBACK, budget, use_tls=use_tls, **how)


def says(*pieces, ask=True):
    async def serve(reader, writer):
        if ask:
            await reader.readuntil(b"\r\n\r\n")
        for piece in pieces:
            writer.write(piece)
            await writer.drain()

    return serve


def test_the_one_request_names_host_path_and_scanner():
    text = first_request(Endpoint(ip_address("fd00::1"), 8080, base_path="/x")).decode()
    assert text.startswith("GET /x/ HTTP/1.1\r\nHost: [fd00::1]:8080\r\nUser-Agent: exposure-scanner/")
    assert text.endswith("Accept-Encoding: identity\r\n\r\n")
    assert (
        "\r\nHost: box.example:80\r\n"
        in first_request(Endpoint(ip_address("10.0.0.5"), 80, host="box.example")).decode()
    )


async def test_a_greeting_is_heard_and_nothing_is_sent():
    sent = []

    async def serve(reader, writer):
        writer.write(b"SSH-2.0-x\r\n")
        await writer.drain()
        sent.append(await reader.read())

    found = await contact(serve)
    assert found.greeting == b"SSH-2.0-x\r\n"
    assert found.request == b""
    assert sent in ([], [b""])


async def test_http_is_read_whole_over_one_request():
    found = await contact(says(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nX: y\r\n\r\nab", b"cd"))
    assert (found.answer.status, found.answer.body, found.answer.cut) == (200, b"abcd", None)
    assert not found.wants_tls


async def test_http_inside_tls_shows_its_certificate():
    serve = says(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
    found = await contact(serve, use_tls=True, tls=server_context("box.example"))
    assert found.answer.status == 404
    assert found.tls.names == ("box.example",)


@pytest.mark.parametrize(
    "reply",
    [
        b"\x15\x03\x01\x00\x02\x02\x46",
        b"HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n",
        b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n",
        b"",
    ],
)
async def test_a_plain_contact_with_tls_is_recognised(reply):
    assert (await contact(says(reply))).wants_tls


async def test_a_real_tls_server_is_recognised_in_plain():
    assert (await contact(forever, tls=server_context())).wants_tls


@pytest.mark.parametrize("reply", [b"-ERR unknown\r\n", b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"])
async def test_other_answers_are_no_call_for_tls(reply):
    assert not (await contact(says(reply))).wants_tls


@jumping
async def test_silence_is_silence():
    found = await contact(forever)
    assert found.silent
    assert not found.wants_tls


async def test_a_plain_server_refuses_a_tls_hello():
    with pytest.raises(TlsFailed):
        await contact(says(b"-ERR\r\n", ask=False), use_tls=True)


@jumping
async def test_a_server_that_ignores_a_tls_hello_is_a_timeout_not_a_refusal():
    with pytest.raises(TimedOut):
        await contact(forever, use_tls=True)


async def test_nobody_there():
    async with listening(forever, 0) as (address, port):
        pass
    with pytest.raises(Refused):
        await first_contact(
            Endpoint(ip_address(address), port), LOOPBACK, Budget(time.monotonic() + 5, 1000), use_tls=False
        )


async def test_an_endless_greeting_is_cut():
    async def serve(reader, writer):
        while True:
            writer.write(b"x" * 1000 + b"\r\n")
            await writer.drain()

    found = await contact(serve)
    assert 0 < len(found.greeting) < 100_000


async def test_a_greeting_that_drips_is_not_waited_for():
    async def serve(reader, writer):
        while True:
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.05)

    found = await contact(serve)
    assert 1 <= len(found.greeting) <= 20


def test_a_demand_for_a_certificate_is_an_error_of_its_own():
    assert issubclass(ClientCertificateWanted, TlsFailed)
