import asyncio
import socket
import ssl
import time
from contextlib import suppress
from ipaddress import IPv4Address

import pytest

from scanner.core.endpoint import Endpoint
from scanner.core.errors import ScopeError
from scanner.core.intervals import Intervals
from scanner.core.scope import Scope
from scanner.net.budget import Budget
from scanner.net.mutual_tls import wants_client_certificate
from tests.support.look import LOOPBACK
from tests.support.servers import forever, server_context, serving

HERE = IPv4Address("127.0.0.1")


async def wants(port, scope=LOOPBACK, limit_s=9.0):
    return await wants_client_certificate(Endpoint(HERE, port), scope, Budget(time.monotonic() + limit_s, 65_536))


def take_one(listener, context):
    """Accept one client with blocking sockets: asyncio's own server drops the alert that it owes."""
    connection, _ = listener.accept()
    with connection, suppress(OSError):
        context.wrap_socket(connection, server_side=True).close()


async def test_a_server_that_demands_a_certificate_says_so():
    context = server_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.verify_mode = ssl.CERT_REQUIRED
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(9)
        async with asyncio.TaskGroup() as group:
            group.create_task(asyncio.to_thread(take_one, listener, context))
            assert await wants(listener.getsockname()[1])


async def speak(reader, writer):
    writer.write(b"hello")
    await forever(reader, writer)


async def close(reader, writer):
    writer.close()


@pytest.mark.parametrize("serve", [speak, close])
async def test_a_server_that_goes_on_without_one_demands_none(serve):
    async with serving(serve, tls=server_context()) as port:
        assert not await wants(port)


async def test_silence_ends_with_the_budget_and_is_no_demand():
    async with serving(forever, tls=server_context()) as port:
        assert not await wants(port, limit_s=0.2)
        assert not await wants(port, limit_s=-1)


async def test_whoever_speaks_no_tls_or_is_not_there_demands_nothing():
    async with serving(speak) as port:
        assert not await wants(port)
    assert not await wants(port)


async def test_nothing_outside_the_scope_is_asked():
    with pytest.raises(ScopeError):
        await wants(9, Scope(Intervals([(5, 6)])))
