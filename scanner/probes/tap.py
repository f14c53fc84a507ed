"""A stream with a tap: it keeps the beginning of both directions, by which decoys are recognised."""

from dataclasses import dataclass, field

from scanner.core.endpoint import Endpoint
from scanner.core.errors import ClosedEarly, Reset, TalkError, TimedOut
from scanner.core.talk import TlsFacts
from scanner.net.stream import Stream

_KEPT_BYTES = 1_024


@dataclass(slots=True)
class TappedStream:
    """core.talk.Talk over a stream, with the beginning of both directions kept."""

    stream: Stream
    sent: bytearray = field(default_factory=bytearray)
    got: bytearray = field(default_factory=bytearray)
    closed: bool = False
    """Whether the peer ended the connection."""
    ahead: bool = False
    """Whether more than was read had come before the first question: the answer to it, from one who recites."""
    connections: int = 1
    failure: TalkError | None = None
    """What the last read ended with, when it was no answer; a probe may have made do without."""

    @property
    def endpoint(self) -> Endpoint:
        """Where the stream goes."""
        return self.stream.endpoint

    @property
    def tls(self) -> TlsFacts | None:
        """What the handshake showed."""
        return self.stream.tls

    async def send(self, data: bytes) -> None:
        """Send bytes that the allow-list permits."""
        self.ahead = self.ahead or bool(not self.sent and self.got and self.stream.unread)
        _keep(self.sent, data)
        await self.stream.send(data)

    async def read_exactly(self, count: int) -> bytes:
        """Return exactly that many bytes."""
        try:
            return self._note(await self.stream.read_exactly(count))
        except (ClosedEarly, TimedOut, Reset) as error:
            raise self._ended(error) from None

    async def read_until(self, separator: bytes, limit: int = 65_536) -> bytes:
        """Return everything up to and including the separator."""
        try:
            return self._note(await self.stream.read_until(separator, limit))
        except (ClosedEarly, TimedOut, Reset) as error:
            raise self._ended(error) from None

    async def read_some(self, limit: int = 65_536) -> bytes:
        """Return what arrives next, or b"" when the peer has closed."""
        try:
            piece = self._note(await self.stream.read_some(limit))
        except (TimedOut, Reset) as error:
            raise self._ended(error) from None
        self.closed = self.closed or not piece
        return piece

    async def start_tls(self) -> TlsFacts:
        """Begin TLS on the open stream."""
        return await self.stream.start_tls()

    async def reopen(self) -> None:
        """Close; the next send or read opens a new stream."""
        self.connections += 1
        await self.stream.reopen()

    def _note(self, data: bytes) -> bytes:
        _keep(self.got, data)
        return data

    def _ended(self, error: ClosedEarly | TimedOut | Reset) -> ClosedEarly | TimedOut | Reset:
        if not isinstance(error, Reset):
            _keep(self.got, error.got)
        self.closed = self.closed or not isinstance(error, TimedOut)
        self.failure = error
        return error


def _keep(kept: bytearray, data: bytes) -> None:
    kept += data[: max(0, _KEPT_BYTES - len(kept))]
