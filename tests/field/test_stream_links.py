"""What stands between: answers in single bytes, and proxies that take connections for servers that are not there."""

import asyncio

import pytest

from scanner.core.unheard import Unheard
from tests.fleet.verdict import look
from tests.support.dialogue import play
from tests.support.jumping import jumping
from tests.support.look import ALL, REGISTRY
from tests.support.servers import Serve, listening

MOODS = {f"{probe.id}-{mood.name}": (probe, mood) for probe in ALL.probes for mood in probe.moods}
IN_BYTES = (
    "redis-info-renamed",
    "mongodb-secondary",
    "postgresql-too-many-clients",
    "mysql-too-many-connections",
    "memcached-no-statistics-mcrouter",
    "cassandra-overloaded-after-startup",
    "mqtt-version-3.1-alone",
    "ldap-busy",
    "ftp-greeting-of-many-lines",
    "nats-full-after-its-greeting",
    "rsync-full",
    "x11-full",
)


class InBytes:
    """A writer that sends each byte by itself."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        self._kept = b""

    def write(self, data: bytes) -> None:
        self._kept += data

    async def drain(self) -> None:
        kept, self._kept = self._kept, b""
        for byte in kept:
            self._writer.write(bytes((byte,)))
            await self._writer.drain()
            await asyncio.sleep(0)

    def close(self) -> None:
        self._writer.close()


def in_bytes(serve: Serve) -> Serve:
    async def served(reader, writer):
        slow = InBytes(writer)

        async def often():
            while True:
                await slow.drain()
                await asyncio.sleep(0)

        async with asyncio.TaskGroup() as both:
            sending = both.create_task(often())
            await serve(reader, slow)
            sending.cancel()

    return served


def at_home(name):
    port = MOODS[name][0].ports[0].port
    return pytest.param(name, marks=pytest.mark.low_port) if port < 1024 else name


@pytest.mark.parametrize("name", [at_home(name) for name in IN_BYTES])
@jumping
async def test_an_answer_in_single_bytes_is_the_same_answer(name):
    probe, mood = MOODS[name]
    async with listening(in_bytes(play(mood)), probe.ports[0].port) as place:
        verdict = await look(*place, ALL.probes)
    assert (verdict.service, verdict.facts.access, verdict.row.reason) == (probe.id, mood.access, mood.unheard)


async def wants_its_header(reader, _writer):
    """HAProxy's `accept-proxy`, nginx's `proxy_protocol`: whoever does not begin with PROXY is hung up on."""
    await reader.read(1)


async def has_no_server(_reader, _writer):
    """HAProxy and kube-proxy without a server behind them."""


@pytest.mark.parametrize("serve", [wants_its_header, has_no_server])
@pytest.mark.parametrize("port", [6379, 5432, 3306, 27017, 9092, 9200, 2375])
@jumping
async def test_a_proxy_that_hangs_up_in_the_place_of_a_product_is_not_clean(serve, port):
    async with listening(serve, port) as place:
        row = (await look(*place, REGISTRY.probes)).row
    # MySQL speaks first: who waits for a word of ours is silent there.
    silent = port == 3306 and serve is wants_its_header
    assert (row.status, row.reason) == ("inconclusive", Unheard.TIMED_OUT if silent else Unheard.CUT_OFF)
