"""TCP connection attempts under way: launched, landed when they are over, expired when they took too long."""

import errno
import math
import socket
import sys
from collections import deque
from collections.abc import Callable, Iterable
from typing import TypeAlias

from scanner.core.address import V4_FIRST, V4_LAST, to_address
from scanner.core.event import PortState
from scanner.net import icmp
from scanner.sweep.connect.errnos import Fault, judge_answer, judge_attempt, judge_icmp
from scanner.sweep.connect.lingering import Leaving
from scanner.sweep.connect.order import Spot
from scanner.sweep.connect.selector import Watch

Landed: TypeAlias = Callable[[int, Spot, "PortState | Fault | None", float, float], None]
"""Called with the look, the endpoint, what became of the attempt (None: silence), when it was sent and when over."""
Attempt: TypeAlias = tuple[socket.SocketType, int, Spot, float]
"""Socket, look, endpoint, when it was sent."""

_NON_BLOCKING = socket.SOCK_STREAM | getattr(socket, "SOCK_NONBLOCK", 0)
_NEEDS_FLAG = not hasattr(socket, "SOCK_NONBLOCK")
_REUSES = sys.platform == "linux"
_IN_PROGRESS, _ALREADY, _REFUSED = errno.EINPROGRESS, errno.EALREADY, errno.ECONNREFUSED


class Deadlines:
    """When attempts will have taken too long: one queue for each length of patience, so that each stays sorted."""

    def __init__(self) -> None:
        self._queues: dict[float, deque[tuple[float, int, Attempt]]] = {}

    def add(self, now_s: float, patience_s: float, fd: int, attempt: Attempt) -> None:
        """Watch an attempt."""
        queue = self._queues.get(patience_s)
        if queue is None:
            queue = self._queues[patience_s] = deque()
        queue.append((now_s + patience_s, fd, attempt))

    def passed(self, now_s: float, air: dict[int, Attempt]) -> list[tuple[int, Attempt]]:
        """Return attempts still in the air whose time is over."""
        found: list[tuple[int, Attempt]] = []
        for queue in self._queues.values():
            while queue and (queue[0][0] <= now_s or air.get(queue[0][1]) is not queue[0][2]):
                _, fd, attempt = queue.popleft()
                if air.get(fd) is attempt:
                    found.append((fd, attempt))
        return found

    def next_s(self, air: dict[int, Attempt]) -> float | None:
        """Return when the next attempt's time will be over."""
        for queue in self._queues.values():
            while queue and air.get(queue[0][1]) is not queue[0][2]:
                queue.popleft()
        return min((queue[0][0] for queue in self._queues.values() if queue), default=None)


class Flight:
    """The attempts under way; none is kept beyond its socket and where it goes."""

    def __init__(
        self, watch: Watch, landed: Landed, patience_s: Callable[[int, int], float], now_s: Callable[[], float]
    ) -> None:
        """Take whom to tell, how long to wait (by look and address), and the clock."""
        self._watch = watch
        self._landed = landed
        self._patience_s = patience_s
        self._now_s = now_s
        self._air: dict[int, Attempt] = {}
        self._deadlines = Deadlines()
        self._leaving = Leaving()
        self._asks_why = False
        self._spare: socket.SocketType | None = None

    def __len__(self) -> int:
        return len(self._air) + len(self._leaving)

    def rush(self, look: int, spots: list[Spot]) -> tuple[list[Spot], list[tuple[Spot, "PortState | Fault"]], int]:
        """Start attempts until this machine runs out of something.

        Returns the ports that refused at once, the others that are decided at once (the fault that ended the rush comes
        last), and how many endpoints were taken.
        """
        refused: list[Spot] = []
        decided: list[tuple[Spot, PortState | Fault]] = []
        name_of = socket.inet_ntoa
        for taken, spot in enumerate(spots, 1):
            _, address, port = spot
            outcome: PortState | Fault | None
            sock = self._spare
            if sock is not None and V4_FIRST <= address <= V4_LAST:
                name = (name_of((address - V4_FIRST).to_bytes(4, "big")), port)
                # On fast links the answer is there before connect() returns; asking again tells. Linux has undone a
                # refused attempt with that (connect(2)): the socket is as new.
                code = sock.connect_ex(name)
                begun = code == _IN_PROGRESS
                if begun and (code := sock.connect_ex(name)) == _REFUSED:
                    refused.append(spot)
                    continue
                self._spare = None
                outcome = (
                    self._judge_begun(sock, look, spot, code)
                    if begun
                    else self._end((sock, look, spot, self._now_s()), judge_attempt(code))
                )
            else:
                outcome = self._launch(look, spot)
            if outcome is PortState.CLOSED:
                refused.append(spot)
            elif outcome is not None:
                decided.append((spot, outcome))
                if outcome is Fault.CROWDED:
                    return refused, decided, taken
        return refused, decided, len(spots)

    def _launch(self, look: int, spot: Spot) -> PortState | Fault | None:
        """Start one attempt; returns what is known at once: the answer, or the fault that kept it from starting."""
        _, address, port = spot
        v4 = V4_FIRST <= address <= V4_LAST
        try:
            sock = self._open(socket.AF_INET if v4 else socket.AF_INET6)
        except OSError as error:
            return judge_attempt(error.errno or 0)
        name = (socket.inet_ntoa((address - V4_FIRST).to_bytes(4, "big")), port) if v4 else v6_name(address, port)
        code = sock.connect_ex(name)
        if code != _IN_PROGRESS:
            return self._end((sock, look, spot, self._now_s()), judge_attempt(code))
        code = sock.connect_ex(name) if _REUSES else sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) or _ALREADY
        if code == _REFUSED and v4 and _REUSES and not self._asks_why and self._spare is None:
            self._spare = sock
            return PortState.CLOSED
        return self._judge_begun(sock, look, spot, code)

    def _judge_begun(self, sock: socket.SocketType, look: int, spot: Spot, code: int) -> PortState | Fault | None:
        """Take an attempt on from the code of its second connect(): under way, or over already."""
        if code == _ALREADY:
            self._wait(sock, look, spot)
            return None
        return self._end((sock, look, spot, self._now_s()), self._judge(sock, code))

    def harvest(self, ready: Iterable[int]) -> list[int]:
        """Land what is over; returns the descriptors that belong to somebody else."""
        strangers: list[int] = []
        now_s = self._now_s()
        for fd in ready:
            attempt = self._air.pop(fd, None)
            if attempt is None:
                strangers.append(fd)
            else:
                self._land(attempt, now_s)
        return strangers

    def expire(self, now_s: float) -> None:
        """Land what was silent too long or stayed long enough; call it only when nothing is left to harvest."""
        self._land_leaving(now_s)
        for fd, attempt in self._deadlines.passed(now_s, self._air):
            del self._air[fd]
            self._drop(attempt)
            self._landed(attempt[1], attempt[2], None, attempt[3], now_s)

    def next_deadline_s(self) -> float | None:
        """Return when the oldest attempt will have taken too long, or the oldest connection has stayed long enough."""
        times = (self._deadlines.next_s(self._air), self._leaving.next_s())
        return min((time_s for time_s in times if time_s is not None), default=None)

    def abandon(self) -> list[Spot]:
        """Land the connections that were made, close every other attempt and return where those were going."""
        self._land_leaving(math.inf)
        attempts = list(self._air.values())
        for attempt in attempts:
            self._drop(attempt)
        self._air.clear()
        if self._spare is not None:
            self._spare.close()
            self._spare = None
        return [attempt[2] for attempt in attempts]

    def _wait(self, sock: socket.SocketType, look: int, spot: Spot) -> None:
        now_s = self._now_s()
        patience_s = self._patience_s(look, spot[1])
        attempt = (sock, look, spot, now_s)
        fd = sock.fileno()
        self._air[fd] = attempt
        self._watch.connecting(fd)
        self._deadlines.add(now_s, patience_s, fd, attempt)

    def _land(self, attempt: Attempt, now_s: float) -> None:
        sock, look, spot, sent_s = attempt
        outcome = self._judge(sock, sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR))
        ended = self._end(attempt, outcome)
        if ended is not None:
            self._landed(look, spot, ended, sent_s, now_s)

    def _land_leaving(self, now_s: float) -> None:
        for _, _, look, spot, sent_s, over_s in self._leaving.reset(now_s):
            self._landed(look, spot, PortState.OPEN, sent_s, over_s)

    def _open(self, family: int) -> socket.SocketType:
        # socket.socket is a Python class around this one; opening it directly is twice as fast.
        sock = socket.SocketType(family, _NON_BLOCKING)
        if _NEEDS_FLAG:
            sock.setblocking(False)
        if self._asks_why and family == socket.AF_INET:
            icmp.ask_why(sock)
        return sock

    def _end(self, attempt: Attempt, outcome: PortState | Fault) -> PortState | Fault | None:
        """End an attempt that is over; returns the outcome, None for a connection that stays before it lands."""
        sock, look, spot, sent_s = attempt
        if outcome is PortState.OPEN:
            if not connected_to_itself(sock):
                self._leaving.add(sock, look, spot, sent_s, self._now_s())
                return None
            outcome = Fault.UNCLEAR
        sock.close()
        return outcome

    def _judge(self, sock: socket.SocketType, code: int) -> PortState | Fault:
        if code not in {errno.EHOSTUNREACH, errno.ENETUNREACH} or not icmp.AVAILABLE or sock.family != socket.AF_INET:
            return judge_answer(code)
        if not self._asks_why:
            # The kernel keeps the ICMP code for those who asked before connecting; so far nobody needed it.
            self._asks_why = True
            return Fault.UNCLEAR
        message = icmp.why(sock)
        return judge_icmp(*message) if message else PortState.UNREACHABLE

    def _drop(self, attempt: Attempt) -> None:
        self._watch.forget(attempt[0].fileno())
        attempt[0].close()


def v6_name(number: int, port: int) -> tuple[str, int, int, int]:
    """Return the socket address of a place on the address line (core.address), zone included."""
    return str(to_address(number)).partition("%")[0], port, 0, number >> 128


def connected_to_itself(sock: socket.SocketType) -> bool:
    """Tell whether nobody listens there but the socket itself.

    On loopback the kernel may pick the very port that is being tried as the source (simultaneous open, RFC 9293
    section 3.5).
    """
    try:
        return bool(sock.getsockname() == sock.getpeername())
    except OSError:
        return False
