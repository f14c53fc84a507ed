import asyncio
import socket
from ipaddress import ip_address

import pytest

from scanner.net.dial import dial
from scanner.net.plain_transport import PlainTransport
from tests.support.look import LOOPBACK


class Heard(asyncio.Protocol):
    def __init__(self):
        self.said = []
        self.ended = asyncio.Event()

    def connection_made(self, transport):
        self.said.append("made")

    def data_received(self, data):
        self.said.append(data)

    def eof_received(self):
        self.said.append("end")

    def connection_lost(self, exc):
        self.said.append(type(exc))
        self.ended.set()


@pytest.fixture
def ends():
    here, there = socket.socketpair()
    here.setblocking(False)
    there.setblocking(False)
    with here, there:
        yield here, there


async def test_what_comes_and_the_end_are_told_in_order(ends):
    here, there = ends
    heard = Heard()
    transport = PlainTransport(here, heard)
    there.sendall(b"abc")
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    there.close()
    await heard.ended.wait()
    assert heard.said == ["made", b"abc", "end", type(None)]
    assert transport.is_closing()
    assert here.fileno() == -1


async def test_more_than_there_is_room_for_is_sent_later_and_in_order(ends):
    here, there = ends
    transport = PlainTransport(here, Heard())
    whole = bytes(range(256)) * 16_384
    transport.write(whole[:3_000_000])
    transport.write(whole[3_000_000:])
    got = bytearray()
    loop = asyncio.get_running_loop()
    while len(got) < len(whole):
        got += await loop.sock_recv(there, 1 << 20)
    assert bytes(got) == whole
    transport.write(b"!")
    assert await loop.sock_recv(there, 9) == b"!"
    transport.abort()


async def test_a_reset_is_told_and_nothing_is_sent_after_it():
    server = socket.create_server(("127.0.0.1", 0))
    here = await dial(ip_address("127.0.0.1"), server.getsockname()[1], LOOPBACK, 5.0)
    there, _ = server.accept()
    with server, here, there:
        heard = Heard()
        transport = PlainTransport(here, heard)
        there.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        there.close()
        await heard.ended.wait()
        transport.write(b"more")
    assert heard.said == ["made", ConnectionResetError]


async def test_whoever_takes_the_socket_has_it_unwatched(ends):
    here, there = ends
    heard = Heard()
    transport = PlainTransport(here, heard)
    assert transport.detach() is here
    there.sendall(b"abc")
    assert await asyncio.get_running_loop().sock_recv(here, 9) == b"abc"
    assert heard.said == ["made"]
    transport.abort()
    with pytest.raises(ConnectionAbortedError):
        transport.detach()
