"""A conversation over one TCP or TLS stream: core.talk.Talk for real."""

import asyncio
import fcntl
import socket
import ssl
import termios
from array import array
from dataclasses import dataclass, field

from scanner.core.audit import Audit
from scanner.core.endpoint import Endpoint
from scanner.core.errors import ClientCertificateWanted, ClosedEarly, Reset, TalkError, TimedOut, TooLarge
from scanner.core.scope import Scope
from scanner.core.sends import Verb
from scanner.core.talk import TlsFacts
from scanner.net.budget import Budget
from scanner.net.classify import classify
from scanner.net.dial import dial
from scanner.net.guard import Checks
from scanner.net.inbox import Inbox
from scanner.net.mutual_tls import wants_client_certificate
from scanner.net.plain_transport import PlainTransport
from scanner.net.pressure import when_there_is_room
from scanner.net.tls import observe, observing_context

CONNECT_S = 4.0
"""Patience for one connection: room for the kernel's SYNs at 0, 1 and 3 s."""
_GUESS_S = 1.0


def unacknowledged(sock: socket.socket | None) -> bool:
    """Tell whether bytes wait in the send queue (tcp(7), TIOCOUTQ): a living machine takes the first few at once."""
    if sock is None:
        # TLS that the peer has ended keeps no socket.
        return False
    waiting = array("i", [0])
    try:
        fcntl.ioctl(sock.fileno(), termios.TIOCOUTQ, waiting)
    except (OSError, ValueError):
        return False
    return waiting[0] > 0


@dataclass(slots=True)
class Stream:
    """One TCP stream, opened at the first send or read, TLS from the start if asked."""

    endpoint: Endpoint
    scope: Scope
    guard: Checks
    budget: Budget
    use_tls: bool = False
    idle_s: float = 3.0
    """Longest silence while something is awaited, in seconds; stretched by the patience of the budget."""
    wait_s: float | None = None
    """The limit of the next wait as it is, in place of `idle_s`."""
    prompt_s: float | None = None
    """Where the peer answers at once or never: ten round trips, and so long at least, are patience enough."""
    guess: bool = False
    """Whether nothing but a close suggests TLS: then ten round trips, and one second at least, are patience enough."""
    alpn: tuple[str, ...] = ()
    """Protocols that are offered in a TLS handshake (RFC 7301)."""
    tls: TlsFacts | None = None
    audit: Audit | None = None
    """Takes the account of what is sent; None for nobody."""
    _inbox: Inbox | None = field(default=None, repr=False)
    _transport: asyncio.Transport | None = field(default=None, repr=False)

    async def send(self, data: bytes) -> None:
        """Send bytes that the allow-list permits."""
        self.guard.demand(Verb.BYTES, data)
        inbox = await self._opened()
        if inbox.failure is not None and not inbox.buffer:
            raise classify(inbox.failure)
        if self._transport is not None:
            self._transport.write(data)

    async def read_exactly(self, count: int) -> bytes:
        """Return exactly that many bytes."""
        inbox = await self._opened()
        while len(inbox.buffer) < count:
            await self._more(inbox)
        return inbox.take(count)

    async def read_until(self, separator: bytes, limit: int = 65_536) -> bytes:
        """Return everything up to and including the separator."""
        inbox = await self._opened()
        searched = 0
        while (found := inbox.buffer.find(separator, searched)) < 0:
            if len(inbox.buffer) > limit:
                raise TooLarge(f"more than {limit} bytes without the end of a message")
            searched = max(0, len(inbox.buffer) - len(separator) + 1)
            await self._more(inbox)
        return inbox.take(found + len(separator))

    async def read_some(self, limit: int = 65_536) -> bytes:
        """Return what arrives next, or b"" when the peer has closed."""
        inbox = await self._opened()
        if not inbox.buffer:
            try:
                await self._more(inbox)
            except ClosedEarly:
                return b""
        return inbox.take(min(limit, len(inbox.buffer)))

    async def start_tls(self) -> TlsFacts:
        """Begin TLS on the open stream."""
        inbox = await self._opened()
        transport = self._transport
        if not isinstance(transport, PlainTransport) or transport.is_closing():
            raise ClosedEarly("there is no plain stream to begin TLS on")
        inbox.transport = None
        try:
            self._transport = await self._shake_hands(transport.detach(), inbox, self.budget.left_s())
        except TalkError:
            self.close()
            raise
        self.tls = observe(self._transport.get_extra_info("ssl_object"))
        return self.tls

    def hand_over(self, guard: Checks, budget: Budget) -> None:
        """Let somebody else go on with the open stream, under an allow-list and a budget of its own."""
        self.guard = guard
        self.budget = budget
        if self._inbox is not None:
            self._inbox.budget = budget

    async def agreed_protocol(self) -> str | None:
        """Open the stream, and return the protocol that its TLS handshake agreed on; None for none."""
        await self._opened()
        session = self._transport.get_extra_info("ssl_object") if self._transport is not None else None
        return None if session is None else session.selected_alpn_protocol()

    @property
    def ended(self) -> bool:
        """Whether the peer has ended the stream."""
        return self._inbox is not None and self._inbox.ended

    @property
    def unread(self) -> bool:
        """Whether bytes have come that nobody has read yet."""
        return self._inbox is not None and bool(self._inbox.buffer)

    @property
    def unacknowledged(self) -> bool:
        """Whether the peer's machine has acknowledged nothing of what was sent last; False where nobody can tell."""
        return self._transport is not None and unacknowledged(self._transport.get_extra_info("socket"))

    async def reopen(self) -> None:
        """Close; the next send or read opens a new stream."""
        self.close()

    def close(self) -> None:
        """Drop the connection at once: a graceful close of TLS waits 30 s for a peer that never answers."""
        if self._transport is not None:
            self._transport.abort()
        if self._inbox is not None:
            self._inbox.stop()
        self._transport = None
        self._inbox = None

    async def _opened(self) -> Inbox:
        if self._inbox is not None:
            return self._inbox
        sock, took_s = await when_there_is_room(self._dialled, self.budget)
        patience = self.budget.patience
        patience.heard(took_s)
        ten_round_trips_s = 10 * took_s
        if self.prompt_s is not None:
            self.idle_s = min(max(self.prompt_s, ten_round_trips_s), self.idle_s)
        handshake_s = patience.of(min(max(_GUESS_S, ten_round_trips_s), CONNECT_S) if self.guess else CONNECT_S)
        inbox = Inbox(self.budget)
        if self.use_tls:
            self._transport = await self._shake_hands(sock, inbox, handshake_s)
            self.tls = observe(self._transport.get_extra_info("ssl_object"))
        else:
            self._transport = PlainTransport(sock, inbox)
        self._inbox = inbox
        return inbox

    async def _shake_hands(self, sock: socket.socket, inbox: Inbox, within_s: float) -> asyncio.Transport:
        """Return the transport of a TLS session over a socket, which is closed where there is none."""
        try:
            async with asyncio.timeout(self.budget.left_s()):
                transport, _ = await asyncio.get_running_loop().create_connection(
                    lambda: inbox,
                    sock=sock,
                    ssl=observing_context(self.alpn),
                    server_hostname=self.endpoint.host or "",
                    ssl_handshake_timeout=min(within_s, self.budget.left_s()),
                )
                return transport
        except BaseException as error:
            # Time may be up at the moment of a handshake's end: the loop still watches what has a transport.
            if isinstance(inbox.transport, asyncio.Transport):
                inbox.transport.abort()
            else:
                sock.close()
            if isinstance(error, OSError | ssl.SSLError):
                raise classify(error) from None
            raise

    async def _dialled(self) -> tuple[socket.socket, float]:
        """Return a connected socket, and how long the peer took to accept, in seconds."""
        budget, endpoint = self.budget, self.endpoint
        asked_s = budget.now()
        within_s = min(budget.patience.of(CONNECT_S), budget.left_s())
        sock = await dial(
            endpoint.address, endpoint.port, self.scope, within_s, audit=self.audit, asker=self.guard.probe_id
        )
        return sock, budget.now() - asked_s

    async def _more(self, inbox: Inbox) -> None:
        before = len(inbox.buffer)
        patience, asked_s = self.budget.patience, self.budget.now()
        limit_s = patience.of(self.idle_s) if self.wait_s is None else self.wait_s
        if not await inbox.wait(before, min(limit_s, self.budget.left_s())):
            raise TimedOut("no answer in time", bytes(inbox.buffer))
        if len(inbox.buffer) == before:
            await self._raise_end(inbox)
        patience.heard(self.budget.now() - asked_s)

    async def _raise_end(self, inbox: Inbox) -> None:
        error = classify(inbox.failure) if inbox.failure else ClosedEarly("the peer closed", bytes(inbox.buffer))
        silent = self.use_tls and not inbox.heard
        if silent and isinstance(error, Reset) and await wants_client_certificate(*self._place, self.audit):
            raise ClientCertificateWanted("the peer demands a client certificate")
        raise error

    @property
    def _place(self) -> tuple[Endpoint, Scope, Budget]:
        return self.endpoint, self.scope, self.budget
