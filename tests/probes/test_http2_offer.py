"""Ports that speak HTTP/2 alone are named so, in clear text and behind TLS that has to negotiate it."""

import pytest

from tests.support.jumping import jumping
from tests.support.look import look_at
from tests.support.servers import listening, server_context

SETTINGS = b"\0\0\6\4\0\0\0\0\0" + b"\0\3\0\0\0\x64"
FAREWELL = b"\0\0\x08\7\0\0\0\0\0" + b"\0\0\0\0" + b"\0\0\0\1"
PREFACE = b"PRI * HTTP/2.0"


async def greets(reader, writer):
    writer.write(SETTINGS)
    await writer.drain()
    if (await reader.read(14)) != PREFACE:
        writer.write(FAREWELL)
        await writer.drain()


async def answers(reader, writer):
    if (await reader.read(14)) != PREFACE:
        writer.write(SETTINGS + FAREWELL)
        await writer.drain()


@pytest.mark.parametrize("serve", [greets, answers])
@pytest.mark.parametrize("tls", [False, True])
@jumping
async def test_its_first_frame_names_it(serve, tls):
    async with listening(serve, 0, tls=server_context() if tls else None) as place:
        seen = await look_at(*place)
    assert (seen.service, seen.facts, seen.decoy) == ("http2", None, None)
    assert "HTTP/2" in seen.note


async def test_a_server_that_wants_it_negotiated_and_closes_otherwise_is_named_too():
    context = server_context()
    context.set_alpn_protocols(["h2"])

    async def serve(reader, writer):
        if writer.get_extra_info("ssl_object").selected_alpn_protocol() == "h2":
            await greets(reader, writer)

    async with listening(serve, 0, tls=context) as place:
        seen = await look_at(*place)
    assert seen.service == "http2"


@jumping
async def test_a_tls_server_that_closes_and_negotiates_nothing_is_not():
    async def serve(reader, writer):
        await reader.read(1)

    async with listening(serve, 0, tls=server_context()) as place:
        seen = await look_at(*place)
    assert seen.service is None
