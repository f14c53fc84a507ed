"""What the streams of a real server promise, and coordinator and workers rely on."""

import asyncio

import pytest

from scanner.cluster import names
from scanner.cluster.connection import ServerLost, connect
from scanner.cluster.exchange import Exchange, give_back, hold, settle, tries
from scanner.cluster.names import Chunk, new_run
from scanner.cluster.parcel import Parcel
from scanner.cluster.server_url import Keys, read_server_url
from scanner.core.errors import Malformed
from tests.cluster.conftest import free_port
from tests.cluster.nats_server import kill, nats_server

pytestmark = pytest.mark.real
VANTAGE = "exchange"


@pytest.fixture
async def exchange(nats_url):
    async with connect(read_server_url(nats_url, Keys(), {}), "test", asyncio.Event()) as client:
        made = Exchange(client)
        await made.prepare([VANTAGE], 30.0)
        # A second coordinator finds all in place.
        await made.prepare([VANTAGE], 60.0)
        yield made


@pytest.fixture
def chunk():
    return Chunk(new_run(), VANTAGE, 1)


async def test_what_is_stored_is_loaded_whole(exchange, chunk):
    data = bytes(range(256)) * 4_000
    parcel = await exchange.store(chunk.run, data)
    assert await exchange.load(chunk.run, parcel) == data
    with pytest.raises(Malformed, match="missing"):
        await exchange.load(chunk.run, Parcel("0" * 64, 5, 1))


async def test_a_chunk_waits_once_and_also_while_it_is_under_way(exchange, chunk):
    await exchange.offer(chunk, b"one")
    await exchange.offer(chunk, b"two")
    assert await exchange.waiting(chunk.run) == {chunk.job}
    queue = await exchange.queue(VANTAGE)
    (message,) = await queue.fetch(1, timeout=5)
    assert (message.subject, message.data, tries(message)) == (chunk.job, b"one", 1)
    await exchange.offer(chunk, b"three")
    await hold(message)
    await give_back(message)
    (message,) = await queue.fetch(1, timeout=5)
    assert (message.data, tries(message)) == (b"one", 2)
    await settle(message)
    assert await exchange.waiting(chunk.run) == set()


async def test_a_lease_is_as_long_as_the_longest_of_the_runs_that_wait(exchange, chunk):
    async def lease_s():
        return (await exchange._stream.consumer_info(names.JOBS, VANTAGE)).config.ack_wait

    await exchange._stream.purge_stream(names.JOBS)
    await exchange.prepare([VANTAGE], 20.0)
    assert await lease_s() == 20.0
    await exchange.offer(chunk, b"job")
    for asked_s, held_s in ((5.0, 20.0), (40.0, 40.0)):
        await exchange.prepare([VANTAGE], asked_s)
        assert await lease_s() == held_s
    await exchange.forget(chunk.run)


async def test_a_server_that_was_killed_after_a_run_was_taken_away_gives_work_out_again(tmp_path, chunk):
    server = nats_server(free_port(), tmp_path)
    url = read_server_url(f"nats://127.0.0.1:{server.port}", Keys(), {})

    async def take_one():
        async with connect(url, "test", asyncio.Event()) as client:
            exchange = Exchange(client)
            await exchange.prepare([VANTAGE], 30.0)
            await exchange.offer(chunk, b"job")
            return await (await exchange.queue(VANTAGE)).fetch(1, timeout=5)

    try:
        await take_one()
        server.stop()
        server = nats_server(server.port, tmp_path)
        async with connect(url, "test", asyncio.Event()) as client:
            await Exchange(client).forget(chunk.run)
        kill(server)
        server = nats_server(server.port, tmp_path)
        assert len(await take_one()) == 1
    finally:
        server.stop()


async def test_what_became_of_a_chunk_is_told_once_and_in_order(exchange, chunk):
    await exchange.offer(chunk, b"job")
    queue = await exchange.queue(VANTAGE)
    (message,) = await queue.fetch(1, timeout=5)
    assert await exchange.next_outcome(chunk.run, 0) is None
    for worker, said in (("w-1", b"a"), ("w-1", b"a"), ("w-2", b"b")):
        await exchange.tell_outcome(chunk, message, worker, said)
    first = await exchange.next_outcome(chunk.run, 0)
    second = await exchange.next_outcome(chunk.run, first[0])
    assert (first[1:], second[1:]) == ((chunk.outcome, b"a"), (chunk.outcome, b"b"))
    assert await exchange.next_outcome(chunk.run, second[0]) is None
    await settle(message)


async def test_the_record_of_shares_is_set_by_whoever_has_seen_the_last(exchange, chunk):
    assert await exchange.shares(chunk.run) == (b"", 0)
    assert await exchange.set_shares(chunk.run, b"[]", 0)
    assert not await exchange.set_shares(chunk.run, b"[1]", 0)
    record, revision = await exchange.shares(chunk.run)
    assert record == b"[]"
    assert await exchange.set_shares(chunk.run, b"[2]", revision)


async def test_a_run_is_wanted_until_it_is_withdrawn_and_leaves_nothing(exchange, chunk):
    stops = await exchange.hear(f"exposure.stop.{chunk.run}")
    await exchange.check()
    assert not await exchange.is_open(chunk.run)
    await exchange.open(chunk.run)
    assert await exchange.is_open(chunk.run)
    await exchange.offer(chunk, b"job")
    await exchange.withdraw(chunk.run)
    assert (await stops.next_msg(timeout=5)).subject == f"exposure.stop.{chunk.run}"
    assert not await exchange.is_open(chunk.run)
    assert await exchange.waiting(chunk.run) == set()
    parcel = await exchange.store(chunk.run, b"x")
    await exchange.set_shares(chunk.run, b"[]", 0)
    await exchange.forget(chunk.run)
    assert await exchange.shares(chunk.run) == (b"", 0)
    with pytest.raises(Malformed):
        await exchange.load(chunk.run, parcel)


async def test_without_a_coordinator_there_is_no_queue_yet(exchange):
    with pytest.raises(ServerLost):
        await exchange.queue("nowhere")
    assert exchange.connected
