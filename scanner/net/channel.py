"""A bounded, closable hand-over between stages; items are batches, so a hand-over costs little per event.

asyncio.Queue has no shutdown before Python 3.13, and a sweep must be able to ask how much room there is before it
sends, because the network can't be told to wait.
"""

import asyncio
from collections import deque
from typing import Generic, TypeVar

T = TypeVar("T")


class ChannelClosed(Exception):
    """The channel was closed; what was put before still arrives."""


class Channel(Generic[T]):
    """A first-in, first-out channel of at most `room` items with any number of readers."""

    def __init__(self, room: int) -> None:
        if room < 1:
            raise ValueError(f"a channel needs room for one item, not {room}")
        self.room = room
        self._items: deque[T] = deque()
        self._readers: deque[asyncio.Future[None]] = deque()
        self._writers: deque[asyncio.Future[None]] = deque()
        self._closed = False

    def __len__(self) -> int:
        return len(self._items)

    @property
    def crowded(self) -> bool:
        """Whether it is three quarters full: time to stop sending."""
        return len(self._items) * 4 >= self.room * 3

    def put_now(self, item: T) -> None:
        """Put an item without waiting, beyond `room` if need be: an answer that has arrived is never dropped."""
        if self._closed:
            raise ChannelClosed
        self._items.append(item)
        _wake_one(self._readers)

    async def put(self, item: T) -> None:
        """Put an item, waiting while the channel is full; raises ChannelClosed."""
        while len(self._items) >= self.room and not self._closed:
            await self._wait(self._writers)
        self.put_now(item)

    async def get(self) -> T:
        """Take the oldest item, waiting for one; raises ChannelClosed when there will be no more."""
        while not self._items:
            if self._closed:
                raise ChannelClosed
            await self._wait(self._readers)
        item = self._items.popleft()
        _wake_one(self._writers)
        return item

    def close(self) -> None:
        """Let readers finish what is there, then end; closing twice is harmless."""
        self._closed = True
        for queue in (self._readers, self._writers):
            while queue:
                _wake_one(queue)

    def __aiter__(self) -> "Channel[T]":
        return self

    async def __anext__(self) -> T:
        try:
            return await self.get()
        except ChannelClosed:
            raise StopAsyncIteration from None

    async def _wait(self, queue: deque[asyncio.Future[None]]) -> None:
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        queue.append(waiter)
        try:
            await waiter
        except asyncio.CancelledError:
            if waiter.done() and not waiter.cancelled():
                _wake_one(queue)
            elif waiter in queue:
                # Else a wake-up that came between the cancellation and now has passed it over already.
                queue.remove(waiter)
            raise


def _wake_one(queue: deque[asyncio.Future[None]]) -> None:
    while queue:
        waiter = queue.popleft()
        if not waiter.done():
            waiter.set_result(None)
            return
