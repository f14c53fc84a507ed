import asyncio

import pytest
from aiohttp import web

from scanner.core.errors import SetupError
from scanner.serve import listen
from tests.serve.conftest import connected, serving


async def test_whoever_says_nothing_or_too_little_gives_the_place_up(filled, monkeypatch):
    monkeypatch.setattr(listen, "_FIRST_REQUEST_S", 0.05)
    async with serving(filled) as page:
        port = int(page.url.rpartition(":")[2])
        for said in (b"", b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: "):
            reader, writer = await connected(port)
            writer.write(said)
            with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
                await reader.readexactly(1)
            writer.close()
        assert (await page.get("/healthz", token=""))[0].status == 200


async def test_there_is_room_for_so_many_and_no_more(filled, monkeypatch):
    monkeypatch.setattr(listen, "_MOST_CONNECTIONS", 1)
    async with serving(filled) as page:
        port = int(page.url.rpartition(":")[2])
        _, first = await connected(port)
        reader, second = await connected(port)
        with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
            await reader.readexactly(1)
        first.close()
        second.close()


@pytest.mark.parametrize(
    "said", [b"GET * HTTP/1.1\r\n\r\n", b"GET /\xff HTTP/1.1\r\n\r\n", b"\0" * 100, b"GET / HTTP/1.1\r\n" * 9]
)
async def test_what_is_no_request_fills_no_log(filled, capfd, caplog, said):
    async with serving(filled) as page:
        reader, writer = await connected(int(page.url.rpartition(":")[2]))
        writer.write(said)
        assert b" 400 " in await reader.readline()
        writer.close()
    assert capfd.readouterr().err == ""
    assert not caplog.records


async def test_a_fault_of_the_server_is_a_line(filled, capfd):
    @web.middleware
    async def fails(request, handler):
        raise TypeError("a fault\x1b[2J\nof ours")

    app = _app(filled)
    app.middlewares.insert(0, fails)
    async with listen.listening(app, "127.0.0.1", 0, None) as (_, port):
        reader, writer = await connected(port)
        writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert b" 500 " in await reader.readline()
        writer.close()
    (line,) = capfd.readouterr().err.splitlines()
    assert line.startswith("exposure: a request could not be answered: TypeError: a fault")
    assert "\x1b" not in line


async def test_a_port_that_is_taken_is_a_line(filled):
    async with serving(filled) as page:
        port = int(page.url.rpartition(":")[2])
        with pytest.raises(SetupError, match="can't be listened on"):
            async with listen.listening(_app(filled), "127.0.0.1", port, None):
                pytest.fail("it listens")


def _app(store):
    from scanner.serve.app import make_app
    from scanner.serve.entrance import Entrance

    return make_app(store, Entrance(users={}, token="t", tls=False, hosts=frozenset()))
