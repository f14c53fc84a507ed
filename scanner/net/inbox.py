"""Collects what a peer sends, within the budget of the conversation."""

import asyncio

from scanner.core.errors import TooLarge
from scanner.net.budget import Budget


class Inbox(asyncio.Protocol):
    """The receiving end of one stream: a buffer, and how the stream ended."""

    def __init__(self, budget: Budget) -> None:
        self.buffer = bytearray()
        self.failure: BaseException | None = None
        """Why the stream ended; None for an orderly close, or while it is open."""
        self.transport: asyncio.BaseTransport | None = None
        self.heard = False
        """Whether a single byte ever arrived."""
        self.budget = budget
        """What arrives is counted against it."""
        self.ended = False
        """Whether the peer has said its last."""
        self._waiter: asyncio.Future[None] | None = None
        self._end_s = 0.0
        self._timer: asyncio.TimerHandle | None = None
        """Set once for many waits: a question is answered long before it fires."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember the transport, to stop a flood."""
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        """Keep what arrived; a peer that exceeds the budget is cut off."""
        self.heard = True
        affordable = max(0, self.budget.bytes_left)
        try:
            self.budget.spend(len(data))
        except TooLarge as error:
            self.buffer += data[:affordable]
            self.failure = error
            self.ended = True
            if isinstance(self.transport, asyncio.Transport):
                self.transport.abort()
        else:
            self.buffer += data
        self._wake()

    def eof_received(self) -> bool:
        """Note the peer's end; half-open streams are of no use to a question."""
        self.ended = True
        self._wake()
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """Note how the stream ended."""
        self.ended = True
        self.failure = self.failure or exc
        self._wake()

    async def wait(self, seen: int, limit_s: float | None = None) -> bool:
        """Wait until there are more bytes than `seen`, or the stream has ended; False when that takes too long."""
        loop = asyncio.get_running_loop()
        if limit_s is not None:
            self._end_s = loop.time() + limit_s
            self._set_timer(loop)
        while len(self.buffer) <= seen and not self.ended:
            if limit_s is not None and self._timer is None:
                return False
            self._waiter = loop.create_future()
            await self._waiter
        return True

    def stop(self) -> None:
        """Keep no time any more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def take(self, count: int) -> bytes:
        """Remove and return the first bytes of the buffer."""
        taken = bytes(self.buffer[:count])
        del self.buffer[:count]
        return taken

    def _set_timer(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._timer is None or self._timer.when() > self._end_s:
            self.stop()
            self._timer = loop.call_at(self._end_s, self._time_is_up, loop)

    def _time_is_up(self, loop: asyncio.AbstractEventLoop) -> None:
        set_for_s = self._timer.when() if self._timer is not None else self._end_s
        self._timer = None
        if self._waiter is None or self._waiter.done():
            return
        if set_for_s < self._end_s:
            self._set_timer(loop)
        else:
            self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
