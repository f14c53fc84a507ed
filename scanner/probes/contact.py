"""The first words with an unknown port: listen, then one `GET /` on the same connection, and note what came.

Products that speak first are heard before anything is sent; HTTP answers; most others show by their answer, or by
hanging up, what they are not. One connection and one request for all of that.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from scanner.core.audit import Audit
from scanner.core.endpoint import Endpoint
from scanner.core.errors import ClientCertificateWanted, Malformed, Reset, TalkError, TimedOut, TlsFailed, TooLarge
from scanner.core.quirk import Cut
from scanner.core.scope import Scope
from scanner.core.sends import Verb, line
from scanner.core.talk import HttpAnswer, TlsFacts
from scanner.net.budget import Budget
from scanner.net.guard import Guard
from scanner.net.http import may_want_tls
from scanner.net.http_link import HttpLink
from scanner.net.http_request import Request, encode
from scanner.net.stream import Stream
from scanner.wire.http1 import HttpReader

LISTEN_S = 0.4
"""How long a far port is listened to before anything is said; Monit resets who says nothing for half a second."""
PROMPT_S = 0.1
"""How long a near one is: who has more to say than its machine took to accept ten times over still says it later."""
_IMPATIENT_S = 0.1
"""Who ends a silent connection sooner than this would do so with any."""
ANSWER_S = 3.0
"""Patience for the first byte of an answer."""
LONGEST_S = 6.0
"""Longest whole contact after the connection stands."""
_TLS_CONTACT_S = 8.0
_HANDSHAKE_S = 2.0
"""A handshake that failed after so long was not refused but ignored."""
_PAUSE_S = 0.25
_MOST_BYTES = 256 * 1024
_GREETING_BYTES = 4_096
_MOST_PIECES = 8
_GATEWAY_ERRORS = {502, 503, 504}
_GATEWAY_WORDS = {b"%d" % status for status in _GATEWAY_ERRORS}
_SLOW_BYTES_PER_S = 16
_SLOW_AFTER_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """What an unknown port did when it was contacted."""

    endpoint: Endpoint
    use_tls: bool
    tls: TlsFacts | None = None
    greeting: bytes = b""
    """What it said before it was asked."""
    request: bytes = b""
    """What we sent; empty when it spoke first, or when nothing was to be sent."""
    reply: bytes = b""
    """What came after the request."""
    answer: HttpAnswer | None = None
    """The reply as HTTP."""
    closed: bool = False
    """Whether the peer ended the connection, by a close or a reset."""
    impatient: bool = False
    """Whether it did so after a while, as nobody had said a word."""
    unacknowledged: bool = False
    """Whether the peer's machine never acknowledged what we sent."""
    slow: bool = False
    """Whether the answer came so slowly that somebody wants to keep us."""
    link: HttpLink | None = field(default=None, compare=False, repr=False)
    """The connection, where it may carry the questions that follow; whoever takes the contact closes it."""

    @property
    def silent(self) -> bool:
        """Whether it accepted and did nothing at all: said nothing, closed nothing."""
        return not (self.greeting or self.reply or self.closed)

    @property
    def wants_tls(self) -> bool:
        """Whether a plain contact ended as a TLS server ends it: an alert, a hint in words, or a close."""
        if self.use_tls or self.greeting or not self.request:
            return False
        if self.answer is not None:
            return may_want_tls(self.answer, self.endpoint)
        # A TLS record of type alert or handshake (RFC 8446 section 5.1).
        return self.reply[:2] in {b"\x15\x03", b"\x16\x03"} or (self.closed and not self.reply)

    @property
    def said(self) -> bytes:
        """Whatever it said, asked or not."""
        return self.greeting or self.reply


def is_gateway_error(answer: HttpAnswer) -> bool:
    """Tell whether an answer is a gateway's word that nothing stands behind it, or nothing that answers."""
    return answer.status in _GATEWAY_ERRORS


def says_something(said: bytes) -> bool:
    """Tell whether bytes are more than a gateway's word that nothing stands behind it."""
    return bool(said) and not (said.startswith(b"HTTP/1.") and said[9:12] in _GATEWAY_WORDS)


def first_request(endpoint: Endpoint) -> bytes:
    """Return the one request that an unknown port is sent."""
    return encode(Request(Verb.GET, f"{endpoint.base_path}/"), endpoint)


async def first_contact(
    endpoint: Endpoint,
    scope: Scope,
    budget: Budget,
    *,
    use_tls: bool,
    guess: bool = False,
    speak: bool = True,
    listen_s: float = LISTEN_S,
    audit: Audit | None = None,
) -> Contact:
    """Return what a port does when contacted; `speak` off only listens, `guess` says that TLS is one.

    Raises the TalkError of a connection or a TLS handshake that failed.
    """
    if use_tls:
        # Whoever does not speak TLS may wait for the end of a line that never comes.
        end_s = min(budget.deadline_s, budget.now() + budget.patience.of(_TLS_CONTACT_S))
        budget = Budget(end_s, budget.bytes_left, budget.now, budget.patience)
    request = first_request(endpoint)
    guard = Guard("identify", (line(request),), endpoint)
    stream = Stream(endpoint, scope, guard, budget, use_tls=use_tls, guess=guess, prompt_s=PROMPT_S, audit=audit)
    start_s = budget.now()
    link = None
    try:
        greeting, closed = await _listen(stream, listen_s)
        if use_tls and stream.tls is None:
            waited = budget.now() - start_s >= _HANDSHAKE_S
            raise TimedOut("no answer to a TLS hello") if waited else TlsFailed("no TLS")
        if greeting or closed or not speak:
            impatient = closed and not greeting and budget.now() - start_s >= _IMPATIENT_S
            return Contact(
                endpoint=endpoint,
                use_tls=use_tls,
                tls=stream.tls,
                greeting=greeting,
                closed=closed,
                impatient=impatient,
            )
        await stream.send(request)
        contact = await _hear_out(stream, request, budget.now)
        link = contact.link
        return contact
    finally:
        if link is None:
            stream.close()


async def _listen(stream: Stream, listen_s: float) -> tuple[bytes, bool]:
    heard = bytearray()
    # The first read also connects; that has a patience of its own.
    stream.idle_s = listen_s
    try:
        for _ in range(_MOST_PIECES):
            piece = await stream.read_some(_GREETING_BYTES)
            heard += piece
            if not piece:
                return bytes(heard), True
            if len(heard) >= _GREETING_BYTES:
                break
    except (TimedOut, TooLarge):
        pass
    except Reset:
        return bytes(heard), True
    return bytes(heard), False


async def _hear_out(stream: Stream, request: bytes, now: Callable[[], float]) -> Contact:
    heard = bytearray()
    reader: HttpReader | None = HttpReader()
    closed = False
    start_s = first_s = now()
    stream.idle_s = ANSWER_S
    while len(heard) < _MOST_BYTES and now() - start_s < stream.budget.patience.of(LONGEST_S):
        try:
            piece = await stream.read_some()
        except (TimedOut, TooLarge):
            break
        except ClientCertificateWanted:
            raise
        except TalkError:
            piece = b""
        closed = not piece
        if closed:
            break
        # Who thinks long before the first byte is slow; who draws out the rest wants to keep us.
        first_s = first_s if heard else now()
        heard += piece
        reader = _fed(reader, piece)
        if reader is None:
            stream.idle_s = _PAUSE_S
        elif reader.done:
            break
    elapsed_s = now() - first_s
    answer = _answer(reader, closed=closed)
    return Contact(
        endpoint=stream.endpoint,
        use_tls=stream.use_tls,
        tls=stream.tls,
        request=request,
        reply=bytes(heard),
        answer=answer,
        closed=closed,
        unacknowledged=not heard and stream.unacknowledged,
        slow=bool(heard) and elapsed_s > _SLOW_AFTER_S and len(heard) / elapsed_s < _SLOW_BYTES_PER_S,
        link=HttpLink(stream) if answer is not None and reader is not None and reader.reusable else None,
    )


def _fed(reader: HttpReader | None, piece: bytes) -> HttpReader | None:
    """Return the reader with one more piece, None from where on it is no HTTP."""
    try:
        if reader is not None:
            reader.feed(piece)
    except Malformed:
        return None
    return reader


def _answer(reader: HttpReader | None, *, closed: bool) -> HttpAnswer | None:
    """Return what was read as HTTP, None when there is not even a whole head."""
    if reader is None or reader.head is None:
        return None
    reader.stop(Cut.CLOSED if closed else Cut.TIME)
    return reader.answer()
