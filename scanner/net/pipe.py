"""Messages between two processes of this program, over a pair of sockets that no other has."""

import asyncio
import io
import pickle  # noqa: TID251 - between forks of one process, and nothing but data classes of this program is made
import socket
from collections.abc import Callable
from enum import Enum
from typing import Any

from scanner.core.errors import Malformed

_LENGTH_BYTES = 4
_ELSEWHERE = {("ipaddress", "IPv4Address"), ("ipaddress", "IPv6Address"), ("builtins", "RuntimeError")}


class _Pickler(pickle.Pickler):
    """Names members of enums by class and value: Python 3.11 before 3.11.4 has them made by a call of `getattr`."""

    def reducer_override(self, message: object) -> Any:
        """Return how an object is made anew."""
        return (type(message), (message.value,)) if isinstance(message, Enum) else NotImplemented


class _Unpickler(pickle.Unpickler):
    """Makes what this program is made of: a peer that took over the other process gets no further by a message."""

    def find_class(self, module: str, name: str) -> Any:
        """Return a class of this program; raises Malformed for anything else."""
        found = super().find_class(module, name) if module.startswith("scanner.") or (module, name) in _ELSEWHERE else 0
        # A dotted name reaches what a module imports: "scanner.x" and "subprocess.Popen".
        if not isinstance(found, type) or found.__module__ != module:
            raise Malformed(f"a message between processes holds {module}.{name}")
        return found


def framed(message: object) -> bytes:
    """Return a message as it is sent."""
    data = io.BytesIO()
    _Pickler(data, pickle.HIGHEST_PROTOCOL).dump(message)
    return data.tell().to_bytes(_LENGTH_BYTES) + data.getvalue()


class Pipe(asyncio.Protocol):
    """One end: each message is pickled, with its length in front."""

    def __init__(self, hear: Callable[[Any], None], lost: Callable[[], None]) -> None:
        """Tell `hear` each message that comes, and call `lost` when the other end is gone."""
        self._hear = hear
        self._lost = lost
        self._buffer = bytearray()
        self._transport: asyncio.Transport | None = None

    async def open(self, sock: socket.socket) -> None:
        """Begin to hear what comes over a socket."""
        sock.setblocking(False)
        self._transport, _ = await asyncio.get_running_loop().create_connection(lambda: self, sock=sock)

    def send(self, message: object) -> None:
        """Send a message; to nobody when the other end is gone."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(framed(message))

    def close(self) -> None:
        """Drop the connection."""
        if self._transport is not None:
            self._transport.abort()

    def data_received(self, data: bytes) -> None:
        """Take the messages that are whole."""
        self._buffer += data
        while len(self._buffer) >= _LENGTH_BYTES:
            end = _LENGTH_BYTES + int.from_bytes(self._buffer[:_LENGTH_BYTES])
            if len(self._buffer) < end:
                return
            message = _Unpickler(io.BytesIO(self._buffer[_LENGTH_BYTES:end])).load()
            del self._buffer[:end]
            self._hear(message)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell that the other end is gone."""
        del exc
        self._lost()
