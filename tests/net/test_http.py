"""The broken HTTP servers of the world: each ends in time, within memory, as a TalkError or a bounded answer."""

import asyncio
import time
import zlib
from ipaddress import IPv4Address

import pytest

from scanner.core import errors
from scanner.core.endpoint import Endpoint
from scanner.core.intervals import Intervals
from scanner.core.quirk import Cut
from scanner.core.scope import Scope
from scanner.core.sends import Verb, get, head, post_read
from scanner.net.budget import Budget
from scanner.net.guard import Guard
from scanner.net.http import HttpExchanges, Request, asks_for_tls
from scanner.net.http_view import HttpView
from scanner.wire.http1 import BODY_BYTES
from tests.support.jumping import jumping
from tests.support.look import LOOPBACK
from tests.support.servers import forever, server_context, serving

HERE = IPv4Address("127.0.0.1")
OK = b"HTTP/1.1 200 OK\r\n"
SENDS = (get("/"), get("/other"), head("/"), post_read("/read", b"{}", why="a read"))


def exchanges(port, *, limit_s=5.0, limit_bytes=1 << 20, use_tls=False, scope=LOOPBACK, **place):
    endpoint = Endpoint(HERE, port, **place)
    return HttpExchanges(endpoint, scope, Budget(time.monotonic() + limit_s, limit_bytes), use_tls=use_tls)


async def ask(serve, path="/", *, tls=None, **options):
    async with serving(serve, tls=tls) as port:
        made = exchanges(port, **options)
        try:
            return await HttpView(made, Guard("test", SENDS, made.endpoint)).get(path)
        finally:
            await made.close()


def answers(data, *, then=None):
    async def serve(reader, writer):
        while True:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(data)
            await writer.drain()
            if then is not None:
                await then(reader, writer)

    return serve


async def flood(reader, writer):
    while True:
        writer.write(b"A" * 65_536)
        await writer.drain()


async def test_an_answer_is_read_with_its_headers():
    answer = await ask(answers(OK + b"Server: x\r\nContent-Length: 2\r\n\r\nhi"))
    assert (answer.status, answer.body, answer.header("Server")) == (200, b"hi", "x")
    assert answer.complete


async def test_the_scanner_names_itself_and_asks_for_no_compression():
    heard = []

    async def note(reader, writer):
        heard.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(OK + b"Content-Length: 0\r\n\r\n")

    await ask(note)
    request = heard[0].decode().lower()
    assert "user-agent: exposure-scanner/" in request
    assert "accept-encoding: identity" in request
    assert "cookie" not in request


async def test_the_targets_name_is_the_host_and_a_base_path_goes_in_front():
    heard = []

    async def note(reader, writer):
        heard.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(OK + b"Content-Length: 0\r\n\r\n")

    await ask(note, "/other", host="docker.example", base_path="/engine")
    assert heard[0].startswith(b"GET /engine/other HTTP/1.1\r\nHost: docker.example:")


async def test_equal_requests_share_one_answer():
    count = 0

    async def note(reader, writer):
        nonlocal count
        while await reader.readuntil(b"\r\n\r\n"):
            count += 1
            writer.write(OK + b"Content-Length: 0\r\n\r\n")

    async with serving(note) as port:
        made = exchanges(port)
        for _ in range(3):
            await made.fetch(Request(Verb.GET, "/"))
        await made.fetch(Request(Verb.HEAD, "/"))
        await made.close()
    assert count == 2


async def test_a_body_beyond_the_cap_is_cut_and_said_so():
    answer = await ask(answers(OK + b"Connection: close\r\n\r\n", then=flood))
    assert answer.cut is Cut.SIZE
    assert len(answer.body) == BODY_BYTES


async def test_a_redirect_is_a_fact_and_is_not_followed():
    answer = await ask(answers(b"HTTP/1.1 302 F\r\nLocation: http://127.0.0.9/x\r\nContent-Length: 0\r\n\r\n"))
    assert (answer.status, answer.header("location")) == (302, "http://127.0.0.9/x")


async def test_a_compressed_bomb_is_cut_at_the_cap():
    bomb = zlib.compress(b"\0" * 50_000_000, 9)
    data = OK + b"Content-Encoding: deflate\r\nContent-Length: %d\r\n\r\n" % len(bomb) + bomb
    answer = await ask(answers(data))
    assert (len(answer.body), answer.cut) == (BODY_BYTES, Cut.SIZE)


async def test_tls_is_found_behind_a_plain_hint_and_observed():
    async with serving(answers(OK + b"Content-Length: 0\r\n\r\n"), tls=server_context("inside.example")) as port:
        made = exchanges(port)
        assert (await made.fetch(Request(Verb.GET, "/"))).status == 200
        assert made.scheme == "https"
        assert made.tls is not None
        assert made.tls.names == ("inside.example",)
        await made.close()


async def test_plain_is_found_behind_a_tls_hint():
    async def strict(reader, writer):
        if await reader.readexactly(3) == b"GET":
            await answers(OK + b"Content-Length: 0\r\n\r\n")(reader, writer)

    answer = await ask(strict, use_tls=True)
    assert answer.status == 200


async def test_a_page_that_demands_tls_is_no_answer_of_the_product():
    page = b"Client sent an HTTP request to an HTTPS server.\n"

    async def refuse(reader, writer):
        await reader.read(1)
        writer.write(b"HTTP/1.0 400 Bad Request\r\n\r\n" + page)
        await writer.drain()

    with pytest.raises(errors.Malformed):
        await ask(refuse)


async def close_after(reader, writer):
    raise ConnectionResetError


async def endless_interim(reader, writer):
    while True:
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n" * 100)
        await writer.drain()
        await asyncio.sleep(0)


async def endless_header(reader, writer):
    writer.write(OK + b"X: ")
    while True:
        writer.write(b"a" * 65_536)
        await writer.drain()


async def many_headers(reader, writer):
    writer.write(OK)
    while True:
        writer.write(b"".join(b"X%d: y\r\n" % number for number in range(1000)))
        await writer.drain()


async def drip(reader, writer):
    # The head comes at once: on a busy machine a byte at a time would use up the time before the body begins.
    writer.write(OK + b"Content-Length: 500\r\n\r\nx")
    while True:
        await writer.drain()
        await asyncio.sleep(0.01)
        writer.write(b"x")


async def garbage(reader, writer):
    writer.write(bytes(range(256)) * 16)
    await writer.drain()
    await forever(reader, writer)


async def banner(reader, writer):
    writer.write(b"SSH-2.0-OpenSSH_9.6\r\n")
    await writer.drain()
    await forever(reader, writer)


async def echo(reader, writer):
    while data := await reader.read(65_536):
        writer.write(data)
        await writer.drain()


async def close_at_once(reader, writer):
    return


@pytest.mark.parametrize(
    "serve",
    [
        forever,
        endless_interim,
        endless_header,
        many_headers,
        garbage,
        banner,
        echo,
        close_at_once,
        flood,
        answers(b"HTTP/9.9 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n", then=forever),
        answers(b"ICY 200 OK\r\n\r\n"),
        answers(b"\x15\x03\x01\x00\x02\x02\x16", then=close_after),
    ],
)
async def test_every_broken_server_ends_as_a_talk_error(serve):
    with pytest.raises(errors.TalkError):
        await ask(serve, limit_s=0.5)


def cut_at(data, then):
    return answers(OK + data, then=then)


@pytest.mark.parametrize(
    ("serve", "cut"),
    [
        (drip, Cut.TIME),
        (cut_at(b"Content-Length: 100\r\n\r\nabc", close_after), Cut.CLOSED),
        (cut_at(b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nZZZ\r\n", forever), Cut.BROKEN),
        (cut_at(b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nabc", forever), Cut.TIME),
        (cut_at(b"Content-Length: 4611686018427387904\r\n\r\nabc", close_after), Cut.CLOSED),
        (cut_at(b"Content-Length: 99999999999999999999999\r\n\r\nabc", forever), Cut.TIME),
        (cut_at(b"Content-Length: -1\r\n\r\nabc", forever), Cut.TIME),
        (cut_at(b"Content-Length: 30000000000\r\n\r\n", flood), Cut.SIZE),
    ],
)
@jumping
async def test_an_answer_whose_body_does_not_end_well_is_a_cut_answer(serve, cut):
    answer = await ask(serve, limit_s=1.0)
    assert (answer.status, answer.cut) == (200, cut)
    assert len(answer.body) <= BODY_BYTES
    assert answer.body


async def test_a_byte_budget_cuts_a_body_and_does_not_lose_it():
    answer = await ask(cut_at(b"Content-Length: 30000000000\r\n\r\n" + b"a" * 1_000, flood), limit_bytes=4_000)
    assert (answer.status, answer.cut) == (200, Cut.SIZE)


def counted(*replies):
    """Serve each connection the replies in turn, then close it; notes how many connections were opened."""
    opened = []

    async def serve(reader, writer):
        opened.append(1)
        for reply in replies:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(reply)
            await writer.drain()

    return serve, opened


PAGE = OK + b"Content-Length: 2\r\n\r\nhi"


@pytest.mark.parametrize(
    ("replies", "connections"),
    [
        ((PAGE, PAGE, PAGE), 1),
        ((PAGE,), 3),
        ((PAGE.replace(b"Content", b"Connection: close\r\nContent"), PAGE), 3),
        ((PAGE + b"surplus", PAGE), 3),
        ((PAGE, PAGE), 2),
    ],
)
@pytest.mark.parametrize("tls", [False, True])
async def test_questions_share_a_connection_as_long_as_the_peer_keeps_it(replies, connections, tls):
    serve, opened = counted(*replies)
    async with serving(serve, tls=server_context() if tls else None) as port:
        made = exchanges(port, use_tls=tls)
        for path in ("/", "/a", "/b"):
            assert (await made.fetch(Request(Verb.GET, path))).body == b"hi"
        await made.close()
    assert len(opened) == connections


@pytest.mark.parametrize(
    ("location", "secure"),
    [
        ("https://127.0.0.1:{port}/", True),
        ("HTTPS://any.example:{port}", True),
        ("https://127.0.0.1/", False),
        ("https://127.0.0.1:1/", False),
        ("http://127.0.0.1:{port}/", False),
        ("https://x@127.0.0.1:{port}/", False),
        ("/login", False),
    ],
)
async def test_a_redirect_to_https_on_the_same_port_asks_for_tls(location, secure):
    """H24: nginx's error_page 497, Cockpit, Proxmox."""

    async def serve(reader, writer):
        if (await reader.readexactly(1)) != b"G":
            writer.transport.abort()
            return
        head = b"HTTP/1.1 301 Moved\r\nConnection: close\r\nContent-Length: 0\r\n"
        writer.write(head + b"Location: " + location.format(port=port).encode() + b"\r\n\r\n")
        await writer.drain()

    async with serving(serve) as port:
        made = exchanges(port)
        answer = await made.fetch(Request(Verb.GET, "/"))
        await made.close()
    assert answer.status == 301
    assert asks_for_tls(answer, made.endpoint) is secure


@pytest.mark.parametrize("path", ["/a b", "/a\r\nX: y", "/\u00fc", "/a\x00"])
async def test_a_target_that_would_break_out_of_its_line_is_not_sent(path):
    made = exchanges(1)
    with pytest.raises(errors.NotAllowed):
        await made.fetch(Request(Verb.GET, path))


async def test_one_proof_that_it_is_not_http_is_enough():
    opened = 0

    async def note(reader, writer):
        nonlocal opened
        opened += 1
        await banner(reader, writer)

    async with serving(note) as port:
        made = exchanges(port, limit_s=1.0)
        for path in ("/", "/other", "/"):
            with pytest.raises(errors.TalkError):
                await made.fetch(Request(Verb.GET, path))
        await made.close()
    assert opened <= 2


async def test_what_is_not_declared_is_not_asked():
    async with serving(forever) as port:
        made = exchanges(port)
        with pytest.raises(errors.NotAllowed):
            await HttpView(made, Guard("test", SENDS, made.endpoint)).get("/containers/json")
        assert made.requests_sent == 0
        await made.close()


async def test_outside_the_scope_nothing_is_dialled():
    opened = []

    async def note(reader, writer):
        opened.append(1)

    async with serving(note) as port:
        made = exchanges(port, scope=Scope(Intervals()))
        with pytest.raises(errors.ScannerError):
            await made.fetch(Request(Verb.GET, "/"))
        await made.close()
    assert not opened
