"""TCP connection attempts under way: launched, harvested when they are over, expired when they took too long."""

import errno
import socket
from collections import deque
from collections.abc import Callable
from typing import TypeAlias

from scanner.core.address import V4_FIRST, is_v4, to_address
from scanner.core.event import PortState
from scanner.sweep.order import Spot
from scanner.sweep.selector import MOST_AT_ONCE, Watch
from scanner.sweep.states import Fault, judge_answer, judge_attempt

Socket: TypeAlias = socket.SocketType
Landed: TypeAlias = Callable[[Spot, "PortState | Fault", float], None]
"""Called with the endpoint, what became of the attempt, and how long it took in seconds."""
Attempt: TypeAlias = tuple[socket.SocketType, Spot, float]

_NON_BLOCKING = socket.SOCK_STREAM | getattr(socket, "SOCK_NONBLOCK", 0)
_PLAIN_C_SOCKETS = hasattr(socket, "SOCK_NONBLOCK")
_RESET_ON_CLOSE = (1).to_bytes(4, "little") + bytes(4)


class Flight:
    """The attempts under way; none is kept beyond its socket and where it goes."""

    def __init__(self, watch: Watch, landed: Landed) -> None:
        self._watch = watch
        self._landed = landed
        self._air: dict[int, Attempt] = {}
        self._deadlines: dict[float, deque[tuple[float, int, Attempt]]] = {}

    def __len__(self) -> int:
        return len(self._air)

    def launch(self, spot: Spot, now_s: float, patience_s: float) -> Fault | None:
        """Start one attempt; returns the fault when this machine could not even try."""
        address = spot.address
        v4 = is_v4(address)
        try:
            sock = _open(socket.AF_INET if v4 else socket.AF_INET6)
        except OSError as error:
            fault = judge_attempt(error.errno or 0)
            return fault if isinstance(fault, Fault) else Fault.LOCAL
        if v4:
            code = sock.connect_ex((socket.inet_ntoa((address - V4_FIRST).to_bytes(4, "big")), spot.key))
        else:
            code = sock.connect_ex(_v6_name(address, spot.key))
        if code == errno.EINPROGRESS:
            # On fast links a refusal is there before connect() returns.
            code = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if code == 0:
                attempt = (sock, spot, now_s)
                fd = sock.fileno()
                self._air[fd] = attempt
                self._watch.connecting(fd)
                self._queue_of(patience_s).append((now_s + patience_s, fd, attempt))
                return None
            outcome = judge_answer(code)
        else:
            outcome = judge_attempt(code)
        sock.close()
        if isinstance(outcome, Fault):
            return outcome
        self._landed(spot, outcome, 0.0)
        return None

    def harvest(self, now_s: float) -> bool:
        """Land what is over; returns whether more may be waiting."""
        ready = self._watch.ready()
        for fd in ready:
            attempt = self._air.pop(fd, None)
            if attempt is not None:
                self._land(attempt, now_s)
        return len(ready) >= MOST_AT_ONCE

    def expire(self, now_s: float) -> None:
        """Land what has been silent too long; call it only when `harvest` left nothing waiting."""
        for queue in self._deadlines.values():
            while queue and queue[0][0] <= now_s:
                _, fd, attempt = queue.popleft()
                if self._air.get(fd) is attempt:
                    del self._air[fd]
                    self._drop(attempt)
                    self._landed(attempt[1], PortState.FILTERED, now_s - attempt[2])

    def next_deadline_s(self) -> float | None:
        """Return when the oldest attempt will have taken too long."""
        for queue in self._deadlines.values():
            while queue and self._air.get(queue[0][1]) is not queue[0][2]:
                queue.popleft()
        return min((queue[0][0] for queue in self._deadlines.values() if queue), default=None)

    def abandon(self) -> list[Spot]:
        """Close every attempt and return where they were going."""
        spots = [attempt[1] for attempt in self._air.values()]
        for attempt in self._air.values():
            self._drop(attempt)
        self._air.clear()
        self._deadlines.clear()
        return spots

    def _land(self, attempt: Attempt, now_s: float) -> None:
        sock, spot, sent_s = attempt
        outcome = judge_answer(sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR))
        if outcome is PortState.OPEN:
            if _connected_to_itself(sock):
                outcome = Fault.LOCAL
            # A reset leaves nothing behind: no TIME_WAIT here, no half-closed connection there.
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        sock.close()
        self._landed(spot, outcome, now_s - sent_s)

    def _drop(self, attempt: Attempt) -> None:
        self._watch.forget(attempt[0].fileno())
        attempt[0].close()

    def _queue_of(self, patience_s: float) -> deque[tuple[float, int, Attempt]]:
        queue = self._deadlines.get(patience_s)
        if queue is None:
            queue = self._deadlines[patience_s] = deque()
        return queue


def _open(family: int) -> socket.SocketType:
    # socket.socket is a Python class around this one; opening it directly is twice as fast.
    sock = socket.SocketType(family, _NON_BLOCKING)
    if not _PLAIN_C_SOCKETS:
        sock.setblocking(False)
    return sock


def _v6_name(number: int, port: int) -> tuple[str, int, int, int]:
    address = to_address(number)
    return str(address).partition("%")[0], port, 0, number >> 128


def _connected_to_itself(sock: socket.SocketType) -> bool:
    # On loopback the kernel may pick the very port that is being tried as the source (RFC 9293 section 3.5,
    # simultaneous open): the socket then talks to itself and nobody listens there.
    try:
        return bool(sock.getsockname() == sock.getpeername())
    except OSError:
        return False
