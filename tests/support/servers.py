"""Scripted TCP servers and forwarders on loopback, in the test's own event loop."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeAlias

import trustme

from tests.fleet.server import new_address

Serve: TypeAlias = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

_TURNS = 5


@asynccontextmanager
async def listening(
    serve: Serve, port: int, *, address: str | None = None, tls: ssl.SSLContext | None = None
) -> AsyncIterator[tuple[str, int]]:
    """Serve connections on a fresh address until the block ends, then cut them; gives the address and the port."""
    tasks: set[asyncio.Task[None]] = set()

    async def connection(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            await serve(reader, writer)
        except (OSError, EOFError, asyncio.CancelledError):
            pass
        finally:
            tasks.discard(task)
            writer.transport.abort()

    address = address or new_address()
    server = await asyncio.start_server(connection, address, port, ssl=tls, limit=1 << 20, backlog=128)
    try:
        yield address, server.sockets[0].getsockname()[1]
    finally:
        # Before anything is awaited: who is cut a second time while it waits would leave the socket behind.
        server.close()
        try:
            # What was accepted in this very turn of the loop gets its handler first.
            for _ in range(_TURNS):
                await asyncio.sleep(0)
        finally:
            cut = list(tasks)
            for task in cut:
                task.cancel()
        if cut:
            await asyncio.wait(cut)
        for _ in range(_TURNS):
            await asyncio.sleep(0)


@asynccontextmanager
async def serving(serve: Serve, *, tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """Run a server on a free port of 127.0.0.1; gives the port."""
    async with listening(serve, 0, address="127.0.0.1", tls=tls) as (_, port):
        yield port


def forwarder(address: str, port: int) -> Serve:
    """Return a server that passes bytes on to another one and back."""

    async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()
        else:
            writer.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        upstream_reader, upstream_writer = await asyncio.open_connection(address, port)  # noqa: TID251 - a test's proxy
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(copy(reader, upstream_writer))
                both.create_task(copy(upstream_reader, writer))
        except* OSError:
            pass
        finally:
            upstream_writer.transport.abort()

    return serve


async def forever(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Say nothing until the client goes."""
    del writer
    while await reader.read(65_536):
        pass


def server_context(*names: str) -> ssl.SSLContext:
    """Return a server's TLS context with a certificate of a throw-away authority."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA(key_type=trustme.KeyType.ECDSA).issue_cert(*(names or ("127.0.0.1",))).configure_cert(context)
    return context
