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

    async def wait(self, seen: int) -> None:
        """Wait until there are more bytes than `seen`, or the stream has ended."""
        while len(self.buffer) <= seen and not self.ended:
            self._waiter = asyncio.get_running_loop().create_future()
            await self._waiter

    def take(self, count: int) -> bytes:
        """Remove and return the first bytes of the buffer."""
        taken = bytes(self.buffer[:count])
        del self.buffer[:count]
        return taken

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
