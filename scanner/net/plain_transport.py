"""A connected TCP socket on the loop's own watch: asyncio's transport costs as much again as a short question."""

import asyncio
import socket

_READ_BYTES = 65_536


class PlainTransport(asyncio.Transport):
    """Tells a protocol what comes, sends what it is given, and is dropped at once: no more is asked of it."""

    def __init__(self, sock: socket.socket, protocol: asyncio.Protocol) -> None:
        """Take a connected, non-blocking socket; `abort` closes it."""
        super().__init__({"socket": sock})
        self._loop = asyncio.get_running_loop()
        self._sock: socket.socket | None = sock
        self._protocol = protocol
        self._unsent = bytearray()
        protocol.connection_made(self)
        self._loop.add_reader(sock, self._read)

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Send, now or as soon as there is room."""
        if self._sock is None:
            return
        if not self._unsent:
            data = data[self._sent(self._sock, data) :]
            if data and not self.is_closing():
                self._loop.add_writer(self._sock, self._flush)
        self._unsent += data

    def is_closing(self) -> bool:
        """Tell whether it has ended."""
        return self._sock is None

    def abort(self) -> None:
        """Drop the connection; nobody is told."""
        if self._sock is not None:
            self.detach().close()

    def detach(self) -> socket.socket:
        """Return the socket, unwatched: whoever takes it closes it."""
        sock = self._sock
        if sock is None:
            raise ConnectionAbortedError("the connection has ended")
        self._sock = None
        self._loop.remove_reader(sock)
        self._loop.remove_writer(sock)
        return sock

    def _read(self) -> None:
        if self._sock is None:
            return
        try:
            data = self._sock.recv(_READ_BYTES)
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            self._end(error)
            return
        if data:
            self._protocol.data_received(data)
        else:
            self._protocol.eof_received()
            self._end(None)

    def _sent(self, sock: socket.socket, data: bytes | bytearray | memoryview) -> int:
        try:
            return sock.send(data)
        except (BlockingIOError, InterruptedError):
            return 0
        except OSError as error:
            self._end(error)
            return len(data)

    def _flush(self) -> None:
        if self._sock is None:
            return
        del self._unsent[: self._sent(self._sock, self._unsent)]
        if not self._unsent and self._sock is not None:
            self._loop.remove_writer(self._sock)

    def _end(self, error: OSError | None) -> None:
        self.abort()
        self._protocol.connection_lost(error)
