"""One connection that carries HTTP requests, one after the other as long as the peer allows."""

from dataclasses import dataclass

from scanner.core.endpoint import Endpoint
from scanner.core.errors import ClosedEarly, NotAllowed, Reset, TalkError, TimedOut, TooLarge
from scanner.core.quirk import Cut
from scanner.core.sends import Verb
from scanner.core.talk import HttpAnswer
from scanner.net.budget import Budget
from scanner.net.stream import Stream
from scanner.wire.http1 import HttpReader

_CUTS: tuple[tuple[type[TalkError], Cut], ...] = (
    (TooLarge, Cut.SIZE),
    (TimedOut, Cut.TIME),
    (ClosedEarly, Cut.CLOSED),
    (Reset, Cut.CLOSED),
)


@dataclass(frozen=True, slots=True)
class Checked:
    """Lets through one request, which the asker's own allow-list has let through before (scanner.net.http_view)."""

    probe_id: str
    request: bytes = b""

    def demand(self, verb: Verb, what: bytes, body: bytes = b"") -> None:
        """Raise NotAllowed for anything but the request."""
        if (verb, what, body) != (Verb.BYTES, self.request, b""):
            raise NotAllowed(f"{self.probe_id}: has sent something else than the request that was checked")


@dataclass(slots=True)
class HttpLink:
    """A stream and whether it may carry another request."""

    stream: Stream
    reusable: bool = True
    unheard: bool = True
    """Whether not one byte has come since the last request."""

    @property
    def endpoint(self) -> Endpoint:
        """Where the requests go."""
        return self.stream.endpoint

    @property
    def stale(self) -> bool:
        """Whether the peer has ended the connection since, or said something that nobody asked for."""
        return not self.reusable or self.stream.ended or self.stream.unread

    async def ask(
        self, request: bytes, asker: str, budget: Budget, *, to_head: bool = False, within_s: float
    ) -> HttpAnswer:
        """Send a request and return the answer, cut where the peer, the time or the budget cut it.

        Raises the TalkError of a connection that failed, of silence, and of what is no HTTP.
        """
        self.stream.hand_over(Checked(asker, request), budget)
        reader = HttpReader(to_head=to_head)
        self.unheard, self.reusable = True, False
        try:
            end_s = budget.now() + min(within_s, budget.left_s())
            await self.stream.send(request)
            await self._hear(reader, end_s)
        except TalkError as error:
            _make_do(reader, error)
        self.reusable = reader.reusable
        return reader.answer()

    def close(self) -> None:
        """Drop the connection."""
        self.reusable = False
        self.stream.close()

    async def _hear(self, reader: HttpReader, end_s: float) -> None:
        while not reader.done:
            self.stream.wait_s = end_s - self.stream.budget.now()
            if self.stream.wait_s <= 0:
                raise TimedOut("no answer in time")
            piece = await self.stream.read_some()
            self.unheard = self.unheard and not piece
            if piece:
                reader.feed(piece)
            else:
                reader.end()


def _make_do(reader: HttpReader, error: TalkError) -> None:
    """Take what has come for a cut answer; raises the error when that is nothing."""
    cut = next((cut for kind, cut in _CUTS if isinstance(error, kind)), None)
    nothing = reader.head is None or (reader.empty and cut is Cut.TIME)
    if cut is None or nothing:
        raise error from None
    reader.stop(cut)
