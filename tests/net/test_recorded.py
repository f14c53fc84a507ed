"""The account of one socket, whoever uses it: what went out, what came in, how it ended."""

import asyncio
import fcntl
import socket
import ssl
import termios
from array import array
from ipaddress import ip_address

import pytest
import trustme

from scanner.core.endpoint import Endpoint
from scanner.core.errors import StoreError, TalkError
from scanner.core.ports import Transport
from scanner.core.sends import datagram, get, line
from scanner.net.budget import Budget
from scanner.net.clock import Clock
from scanner.net.connect_check import connect_check
from scanner.net.datagram import Datagrams
from scanner.net.guard import Guard
from scanner.net.http import HttpExchanges
from scanner.net.http_view import HttpView
from scanner.net.stream import Stream
from tests.support.look import LOOPBACK
from tests.support.servers import forever, serving

HERE = ip_address("127.0.0.1")
PAGE = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"


class Account:
    """Keeps conversations in a list."""

    def __init__(self):
        self.under_way, self.over = [], []

    def demand(self):
        pass

    def opened(self, conversation):
        self.under_way.append(conversation)

    def closed(self, conversation):
        self.under_way.remove(conversation)
        self.over.append(conversation)


class Full(Account):
    def demand(self):
        raise StoreError("no room")


def budget():
    return Budget(Clock().now_s() + 5.0, 1 << 16)


async def answer_once(reader, writer):
    await reader.readexactly(4)
    writer.write(b"PONG!\n")
    await writer.drain()


async def page(reader, writer):
    while await reader.readuntil(b"\r\n\r\n"):
        writer.write(PAGE)


def stream(port, account, **more):
    endpoint = Endpoint(HERE, port)
    return Stream(endpoint, LOOPBACK, Guard("one", (line(b"PING"),), endpoint), budget(), audit=account, **more)


async def arrived(talk, size):
    """Return once that many bytes wait in the kernel (FIONREAD of tcp(7))."""
    waiting = array("i", [0])
    async with asyncio.timeout(5.0):
        while waiting[0] < size:
            await asyncio.sleep(0)
            fcntl.ioctl(talk._transport.get_extra_info("socket").fileno(), termios.FIONREAD, waiting)


async def settled(account):
    """Return the only conversation once its socket is closed: asyncio closes one turn later."""
    for _ in range(10):
        await asyncio.sleep(0)
    assert account.under_way == []
    (only,) = account.over
    return only


async def test_a_stream_is_counted_both_ways():
    account = Account()
    async with serving(answer_once) as port:
        talk = stream(port, account)
        await talk.send(b"PING")
        own = talk._transport.get_extra_info("socket").getsockname()[1]
        assert await talk.read_until(b"\n") == b"PONG!\n"
        assert [one.outcome for one in account.under_way] == ["open"]
        talk.close()
        told = await settled(account)
    assert (told.address, told.port, told.transport, told.asker) == (HERE, port, Transport.TCP, "one")
    assert (told.bytes_out, told.bytes_in, told.tls, told.outcome) == (4, 6, False, "answered")
    assert told.source_port == own


async def test_what_came_and_was_not_read_is_counted_too():
    account = Account()
    async with serving(answer_once) as port:
        talk = stream(port, account)
        await talk.send(b"PING")
        asyncio.get_running_loop().remove_reader(talk._transport.get_extra_info("socket"))
        await arrived(talk, 6)
        talk.close()
        told = await settled(account)
    assert told.bytes_in == 6


async def test_tls_is_told_from_its_first_record():
    account = Account()
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("here.example").configure_cert(server)
    async with serving(answer_once, tls=server) as port:
        talk = stream(port, account, use_tls=True)
        await talk.send(b"PING")
        assert await talk.read_until(b"\n") == b"PONG!\n"
        talk.close()
        told = await settled(account)
    assert told.tls
    assert told.bytes_out > 200
    assert told.bytes_in > 500


async def test_http_can_not_pass_beside_the_account():
    account = Account()
    async with serving(page) as port:
        endpoint = Endpoint(HERE, port)
        exchanges = HttpExchanges(endpoint, LOOPBACK, budget(), audit=account)
        await HttpView(exchanges, Guard("pages", (get("/a"), get("/b")), endpoint)).get("/a")
        await HttpView(exchanges, Guard("others", (get("/a"), get("/b")), endpoint)).get("/b")
        await exchanges.close()
        told = await settled(account)
    assert (told.asker, told.bytes_in, told.outcome) == ("pages", 2 * len(PAGE), "answered")
    assert told.bytes_out > 200


async def test_a_connect_check_says_what_became_of_it():
    account = Account()
    async with serving(forever) as port:
        await connect_check(HERE, port, LOOPBACK, 2.0, account)
    await connect_check(HERE, port, LOOPBACK, 2.0, account)
    assert [(one.asker, one.outcome, one.bytes_out) for one in account.over] == [
        ("control", "accepted", 0),
        ("control", "refused", 0),
    ]


async def test_every_datagram_of_a_question_is_counted(monkeypatch):
    monkeypatch.setattr("scanner.net.datagram._PATIENCE_S", (0.1, 0.1))
    account = Account()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as deaf:
        deaf.bind(("127.0.0.1", 0))
        endpoint = Endpoint(HERE, deaf.getsockname()[1], Transport.UDP)
        for any_port in (False, True):
            talk = Datagrams(endpoint, LOOPBACK, Guard("udp", (datagram(b"hello"),), endpoint), budget(), account)
            with pytest.raises(TalkError):
                await talk.ask(b"hello", any_port=any_port)
    for told in account.over:
        assert (told.port, told.datagrams, told.bytes_out, told.outcome) == (endpoint.port, 2, 10, "silent")
        assert told.source_port
    assert len(account.over) == 2


async def test_nothing_is_opened_that_can_not_be_recorded():
    async with serving(forever) as port:
        with pytest.raises(StoreError):
            await stream(port, Full()).send(b"PING")
        with pytest.raises(StoreError):
            await connect_check(HERE, port, LOOPBACK, 2.0, Full())
        endpoint = Endpoint(HERE, port)
        exchanges = HttpExchanges(endpoint, LOOPBACK, budget(), audit=Full())
        with pytest.raises(StoreError):
            await HttpView(exchanges, Guard("pages", (get("/"),), endpoint)).get("/")
        await exchanges.close()
