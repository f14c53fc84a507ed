"""Finds stand-ins and runs them on loopback."""

import asyncio
import importlib
import pkgutil
from contextlib import suppress
from typing import cast

import scanner.standins
from scanner.standins.standin import Reply, Serve, StandIn


def load() -> tuple[StandIn, ...]:
    """Return every stand-in of this folder, sorted by service and case."""
    found: list[StandIn] = []
    for info in pkgutil.iter_modules(scanner.standins.__path__, "scanner.standins."):
        found += getattr(importlib.import_module(info.name), "STAND_INS", ())
    return tuple(sorted(found, key=lambda one: (one.service, one.case)))


async def start(one: StandIn, address: str, port: int = 0) -> "Running":
    """Start a stand-in on a loopback address; port 0 takes any free one. Raises OSError when the port is taken."""
    if not address.startswith("127.") and address != "::1":
        raise ValueError(f"a stand-in listens on loopback only, not on {address}")
    if one.serve is not None:
        return await _start_tcp(one.serve, address, port)
    if one.reply is None:
        raise ValueError(f"{one.service} {one.case} has neither serve nor reply")
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: _Replies(one.reply), local_addr=(address, port)
    )
    return Running(transport.get_extra_info("sockname")[1], datagrams=transport)


class Running:
    """A stand-in that listens."""

    def __init__(
        self,
        port: int,
        server: asyncio.Server | None = None,
        datagrams: asyncio.DatagramTransport | None = None,
        guests: set[asyncio.StreamWriter] | None = None,
    ) -> None:
        self.port = port
        self._server = server
        self._datagrams = datagrams
        self._guests = guests if guests is not None else set()

    def stop(self) -> None:
        """Stop listening and drop every connection."""
        if self._server is not None:
            self._server.close()
        for writer in self._guests:
            writer.transport.abort()
        if self._datagrams is not None:
            self._datagrams.close()


async def _start_tcp(serve: Serve, address: str, port: int) -> Running:
    guests: set[asyncio.StreamWriter] = set()

    async def connection(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        guests.add(writer)
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                await serve(reader, writer)
        finally:
            guests.discard(writer)
            writer.transport.abort()

    server = await asyncio.start_server(connection, address, port, backlog=128)
    return Running(server.sockets[0].getsockname()[1], server=server, guests=guests)


class _Replies(asyncio.DatagramProtocol):
    def __init__(self, reply: Reply | None) -> None:
        self._reply = reply
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # The selector loop's transport is one by its methods and not by its classes.
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        answer = self._reply(data) if self._reply else None
        if answer is not None and self._transport is not None:
            self._transport.sendto(answer, addr)
