import asyncio
from collections import deque

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from scanner.net.channel import Channel, ChannelClosed


async def settle():
    """Let every task run until it waits."""
    for _ in range(20):
        await asyncio.sleep(0)


async def collect(channel, into):
    async for item in channel:
        into.append(item)


async def test_items_arrive_in_order():
    channel = Channel(4)
    got = []
    async with asyncio.TaskGroup() as group:
        group.create_task(collect(channel, got))
        for number in range(100):
            await channel.put(number)
        channel.close()
    assert got == list(range(100))


async def test_a_full_channel_makes_writers_wait():
    channel = Channel(2)
    done = []

    async def write():
        for number in range(5):
            await channel.put(number)
            done.append(number)

    async with asyncio.TaskGroup() as group:
        group.create_task(write())
        await settle()
        assert done == [0, 1]
        assert await channel.get() == 0
        await settle()
        assert done == [0, 1, 2]
        assert [await channel.get() for _ in range(4)] == [1, 2, 3, 4]


async def test_an_answer_that_has_arrived_is_never_dropped():
    channel = Channel(1)
    for number in range(3):
        channel.put_now(number)
    assert len(channel) == 3
    assert [await channel.get() for _ in range(3)] == [0, 1, 2]


def test_it_is_crowded_at_three_quarters():
    channel = Channel(8)
    crowded = []
    for number in range(8):
        channel.put_now(number)
        crowded.append(channel.crowded)
    assert crowded == [False] * 5 + [True] * 3


async def test_closing_lets_what_was_put_arrive_and_then_ends_every_reader():
    channel = Channel(4)
    channel.put_now(1)
    channel.close()
    channel.close()
    assert await channel.get() == 1
    with pytest.raises(ChannelClosed):
        await channel.get()
    with pytest.raises(ChannelClosed):
        channel.put_now(2)
    with pytest.raises(ChannelClosed):
        await channel.put(2)


async def test_closing_wakes_every_waiting_reader_and_writer():
    channel = Channel(1)
    ended = []

    async def read():
        try:
            await channel.get()
        except ChannelClosed:
            ended.append("reader")

    async with asyncio.TaskGroup() as group:
        for _ in range(3):
            group.create_task(read())
        await settle()
        channel.close()
    assert ended == ["reader"] * 3

    full = Channel(1)
    full.put_now(0)

    async def write():
        try:
            await full.put(1)
        except ChannelClosed:
            ended.append("writer")

    async with asyncio.TaskGroup() as group:
        for _ in range(3):
            group.create_task(write())
        await settle()
        full.close()
    assert ended == ["reader"] * 3 + ["writer"] * 3


async def test_a_cancelled_reader_passes_its_item_on():
    channel = Channel(4)
    got = []

    async def read():
        got.append(await channel.get())

    async with asyncio.TaskGroup() as group:
        first = group.create_task(read())
        await settle()
        group.create_task(read())
        await settle()
        channel.put_now("item")
        # The first reader has been woken but has not run yet.
        first.cancel()
        await settle()
    assert got == ["item"]


async def test_a_cancelled_writer_passes_its_room_on():
    channel = Channel(1)
    channel.put_now(0)
    async with asyncio.TaskGroup() as group:
        first = group.create_task(channel.put(1))
        await settle()
        second = group.create_task(channel.put(2))
        await settle()
        assert await channel.get() == 0
        first.cancel()
        await settle()
        assert second.done()
    assert [await channel.get()] == [2]
    assert len(channel) == 0


async def test_a_reader_cancelled_while_it_waits_leaves_no_trace():
    channel = Channel(1)
    async with asyncio.TaskGroup() as group:
        reader = group.create_task(channel.get())
        await settle()
        reader.cancel()
        await settle()
        assert reader.cancelled()
        channel.put_now(1)
        assert await channel.get() == 1


async def test_an_item_that_comes_right_after_a_cancellation_goes_to_the_next():
    channel = Channel(1)
    async with asyncio.TaskGroup() as group:
        cancelled, next_one = (group.create_task(channel.get()) for _ in range(2))
        await settle()
        cancelled.cancel()
        # The cancelled reader has not run yet, so it still stands first in line.
        channel.put_now("item")
        await settle()
        assert cancelled.cancelled()
        assert next_one.result() == "item"


async def test_a_deadline_while_waiting_is_a_timeout():
    channel = Channel(1)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0):
            await channel.get()


def test_a_channel_without_room_is_refused():
    with pytest.raises(ValueError, match="room for one item"):
        Channel(0)


class Game:
    """Readers and writers on one channel; every item that was taken in must come out once."""

    def __init__(self, room, group):
        self.channel = Channel(room)
        self.group = group
        self.taken_in, self.out = [], []
        self.writers, self.readers = deque(), deque()

    def put(self, number):
        self.writers.append(self.group.create_task(self._write(number)))

    def get(self, _):
        self.readers.append(self.group.create_task(self._read()))

    def put_now(self, number):
        self.channel.put_now(number)
        self.taken_in.append(number)

    def cancel_put(self, _):
        if self.writers:
            self.writers.pop().cancel()

    def cancel_get(self, _):
        if self.readers:
            self.readers.pop().cancel()

    async def _write(self, number):
        await self.channel.put(number)
        self.taken_in.append(number)

    async def _read(self):
        self.out.append(await self.channel.get())

    def nobody_sleeps_while_there_is_something_to_do(self):
        hungry = any(not reader.done() for reader in self.readers)
        waiting = any(not writer.done() for writer in self.writers)
        return not (len(self.channel) and hungry) and not (len(self.channel) < self.channel.room and waiting)

    async def end(self):
        for task in (*self.writers, *self.readers):
            task.cancel()
        await settle()
        self.channel.close()
        await collect(self.channel, self.out)


STEP = st.sampled_from([Game.put, Game.get, Game.put_now, Game.cancel_put, Game.cancel_get])


@example(1, [Game.get, Game.cancel_get, Game.put_now], 3)
@given(st.integers(1, 3), st.lists(STEP, max_size=40), st.integers(1, 4))
def test_no_item_is_lost_doubled_or_held_back_whatever_is_cancelled(room, steps, pause):
    asyncio.run(play(room, steps, pause))


async def play(room, steps, pause):
    async with asyncio.TaskGroup() as group:
        game = Game(room, group)
        for number, step in enumerate(steps):
            step(game, number)
            if number % pause == 0:
                await asyncio.sleep(0)
        await settle()
        assert game.nobody_sleeps_while_there_is_something_to_do()
        await game.end()
    assert sorted(game.out) == sorted(game.taken_in)
