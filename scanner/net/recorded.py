"""A socket that keeps the account of its own conversation (core.audit): what went out, what came in, how it ended.

Whoever uses it, asyncio included, calls these methods, so nothing can pass beside the account.
"""

import array
import errno
import fcntl
import socket
import termios
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar

from scanner.core.address import Address
from scanner.core.audit import Audit, SocketRecord
from scanner.core.ports import Transport

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer

T = TypeVar("T")

_TLS_HANDSHAKE = b"\x16\x03"
"""How a TLS record of type handshake begins (RFC 8446 section 5.1)."""
_ENDS = {
    errno.ECONNREFUSED: "refused",
    errno.ECONNRESET: "reset",
    errno.EPIPE: "reset",
    errno.ETIMEDOUT: "no answer",
    errno.EHOSTUNREACH: "unreachable",
    errno.ENETUNREACH: "unreachable",
}


class RecordedSocket(socket.socket):
    """A socket to one address; its conversation is told when it begins and when it is closed."""

    def __init__(self, address: Address, kind: socket.SocketKind, audit: Audit, asker: str) -> None:
        """Open the socket; raises OSError when this machine has none to give."""
        super().__init__(socket.AF_INET if address.version == 4 else socket.AF_INET6, kind)
        self._address = address
        self._streams = kind == socket.SOCK_STREAM
        self._audit = audit
        self._asker = asker
        self._port = 0
        self._told: SocketRecord | None = None
        self._stands = False
        self._ended: str | None = None

    def connect(self, address: Any, /) -> None:
        """Connect, and note that something was sent; a datagram socket sends nothing yet."""
        self._port = address[1]
        try:
            super().connect(address)
        except (BlockingIOError, InterruptedError):
            self._begin()
            raise
        self._stands = True
        if self._streams:
            self._begin()

    def getsockopt(self, level: int, optname: int, *length: int) -> Any:
        """Return an option, and note how a connection attempt ended: asyncio reads that here."""
        value = super().getsockopt(level, optname, *length)
        if (level, optname) == (socket.SOL_SOCKET, socket.SO_ERROR):
            self._stands = self._stands or not value
            self._ended = _word(value) if value else self._ended
        return value

    def send(self, data: "ReadableBuffer", *flags: int) -> int:
        """Send, and count."""
        return self._sent(data, lambda: super(RecordedSocket, self).send(data, *flags))

    def sendto(self, data: "ReadableBuffer", *rest: Any) -> int:
        """Send a datagram, and count."""
        self._port = rest[-1][1]
        return self._sent(data, lambda: super(RecordedSocket, self).sendto(data, *rest))

    def sendmsg(self, buffers: Any, *rest: Any) -> int:
        """Send several buffers, and count."""
        buffers = list(buffers)
        first = buffers[0] if buffers else b""
        return self._sent(first, lambda: super(RecordedSocket, self).sendmsg(buffers, *rest))

    def recv(self, size: int, *flags: int) -> bytes:
        """Receive, and count."""
        return self._received(lambda: super(RecordedSocket, self).recv(size, *flags), len)

    def recv_into(self, buffer: "WriteableBuffer", *rest: int) -> int:
        """Receive into a buffer, and count."""
        return self._received(lambda: super(RecordedSocket, self).recv_into(buffer, *rest), int)

    def recvfrom(self, size: int, *flags: int) -> tuple[bytes, Any]:
        """Receive a datagram, and count."""
        return self._received(lambda: super(RecordedSocket, self).recvfrom(size, *flags), lambda got: len(got[0]))

    def close(self) -> None:
        """Tell what became of the conversation, then close."""
        told, self._told = self._told, None
        if told is not None:
            if self._streams:
                told.bytes_in += self._unread()
            told.outcome = self._outcome(told)
            self._audit.closed(told)
        super().close()

    def _begin(self) -> SocketRecord:
        if self._told is None:
            self._told = SocketRecord(
                address=self._address,
                port=self._port,
                transport=Transport.TCP if self._streams else Transport.UDP,
                asker=self._asker,
                opened_s=time.time(),
            )
            with suppress(OSError):
                self._told.source_port = self.getsockname()[1] or None
            self._audit.opened(self._told)
        return self._told

    def _sent(self, data: "ReadableBuffer", send: Callable[[], int]) -> int:
        count = self._heeding(send)
        told = self._begin()
        told.bytes_out += count
        told.datagrams += not self._streams
        told.tls = told.tls or (self._streams and bytes(memoryview(data)[:2]) == _TLS_HANDSHAKE)
        return count

    def _received(self, receive: Callable[[], T], count: Callable[[T], int]) -> T:
        got = self._heeding(receive)
        if self._told is not None:
            self._told.bytes_in += count(got)
        if self._streams and not count(got):
            self._ended = self._ended or "closed"
        return got

    def _heeding(self, call: Callable[[], T]) -> T:
        """Make a call and note the error that ends a conversation."""
        try:
            return call()
        except (BlockingIOError, InterruptedError):
            raise
        except OSError as error:
            self._ended = _word(error.errno)
            raise

    def _unread(self) -> int:
        """Return how many bytes have come that nobody read (tcp(7), SIOCINQ)."""
        waiting = array.array("i", [0])
        with suppress(OSError, ValueError):
            fcntl.ioctl(self.fileno(), termios.FIONREAD, waiting)
        return waiting[0]

    def _outcome(self, told: SocketRecord) -> str:
        if not self._stands and self._streams:
            return self._ended or "no answer"
        if told.bytes_in:
            return "answered"
        return self._ended or ("silent" if told.bytes_out or not self._streams else "accepted")


def _word(code: int | None) -> str:
    return _ENDS.get(code or 0, "failed")
