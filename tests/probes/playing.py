"""Stand-ins and forwarders on fresh loopback addresses, for tests that look at the same service in several wrappers."""

import asyncio
import random
from contextlib import asynccontextmanager
from ipaddress import ip_address

from scanner.core.endpoint import Endpoint
from scanner.probes.registry import load_registry
from scanner.probes.runner import Look, Runner
from tests.support.look import LOOPBACK

REGISTRY = load_registry().select(())
KNOWN = {probe.id: probe for probe in REGISTRY.probes}


def new_address() -> str:
    pick = random.SystemRandom().randint
    return f"127.{pick(20, 60)}.{pick(0, 254)}.{pick(1, 254)}"


@asynccontextmanager
async def listening(serve, port, *, address=None, tls=None):
    """Serve TCP connections on a fresh address until the block ends; gives the address and the port."""
    connections: set[asyncio.Task] = set()

    async def connection(reader, writer):
        connections.add(asyncio.current_task())
        try:
            await serve(reader, writer)
        except (OSError, EOFError, asyncio.CancelledError):
            pass
        finally:
            connections.discard(asyncio.current_task())
            writer.transport.abort()

    address = address or new_address()
    server = await asyncio.start_server(connection, address, port, ssl=tls, backlog=128)
    try:
        yield address, server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in list(connections):
            task.cancel()
        await asyncio.sleep(0)


def forwarder(address, port):
    """Return a serve function that passes bytes to another server and back."""

    async def copy(reader, writer):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()
        else:
            writer.close()

    async def serve(reader, writer):
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


async def look_at(address, port, **fields) -> Look:
    """Look with every service that is asked by default."""
    runner = Runner(REGISTRY.probes, LOOPBACK)
    look = await runner.look(Endpoint(ip_address(address), port, **fields))
    assert not look.problems
    return look


def verdict(look: Look) -> tuple:
    """Return what must not depend on port or wrapper."""
    facts = look.facts
    return look.probe and look.probe.id, facts and facts.access, facts and facts.product, facts and facts.version
