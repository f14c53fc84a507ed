"""TCP connection attempts in flight: started, then finished by an answer or by their deadline."""

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
from scanner.sweep.connect.lingering import Lingering
from scanner.sweep.connect.order import Slot
from scanner.sweep.connect.selector import Watch

Finished: TypeAlias = Callable[[int, Slot, "PortState | Fault | None", float, float], None]
"""Called with attempt, endpoint, outcome (None: silence), when it was sent and when it was over."""
Pending: TypeAlias = tuple[socket.SocketType, int, Slot, float]
"""Socket, attempt, endpoint, when it was sent."""

_NON_BLOCKING = socket.SOCK_STREAM | getattr(socket, "SOCK_NONBLOCK", 0)
_NEEDS_FLAG = not hasattr(socket, "SOCK_NONBLOCK")
_REUSES = sys.platform == "linux"
_IN_PROGRESS, _ALREADY, _REFUSED = errno.EINPROGRESS, errno.EALREADY, errno.ECONNREFUSED


class Deadlines:
    """When attempts will have taken too long: one queue for each length of patience, so that each stays sorted."""

    def __init__(self) -> None:
        self._queues: dict[float, deque[tuple[float, int, Pending]]] = {}

    def add(self, now_s: float, patience_s: float, fd: int, pending: Pending) -> None:
        """Watch an attempt."""
        queue = self._queues.get(patience_s)
        if queue is None:
            queue = self._queues[patience_s] = deque()
        queue.append((now_s + patience_s, fd, pending))

    def passed(self, now_s: float, under_way: dict[int, Pending]) -> list[tuple[int, Pending]]:
        """Return attempts in flight whose time is over."""
        found: list[tuple[int, Pending]] = []
        for queue in self._queues.values():
            while queue and (queue[0][0] <= now_s or under_way.get(queue[0][1]) is not queue[0][2]):
                _, fd, pending = queue.popleft()
                if under_way.get(fd) is pending:
                    found.append((fd, pending))
        return found

    def next_s(self, under_way: dict[int, Pending]) -> float | None:
        """Return when the next attempt's time will be over."""
        for queue in self._queues.values():
            while queue and under_way.get(queue[0][1]) is not queue[0][2]:
                queue.popleft()
        return min((queue[0][0] for queue in self._queues.values() if queue), default=None)


class InFlight:
    """The attempts in flight: of each only its socket and its endpoint."""

    def __init__(
        self,
        watch: Watch,
        finished: Finished,
        patience_s: Callable[[int, int], float],
        now_s: Callable[[], float],
        on_link: Callable[[int], bool] = lambda _address: False,
        *,
        accepted: Callable[[Slot, float], None] = lambda _slot, _sent_s: None,
    ) -> None:
        """Take whom to tell, how long to wait (by attempt and address), the clock, and who needs no router.

        `accepted` is told of each connection at once, with when it was sent; `finished` only when it has lingered.
        """
        self._watch = watch
        self._finished = finished
        self._accepted = accepted
        self._patience_s = patience_s
        self._now_s = now_s
        self._on_link = on_link
        self._under_way: dict[int, Pending] = {}
        self._deadlines = Deadlines()
        self._lingering = Lingering()
        self._asks_why = False
        self._spare: socket.SocketType | None = None

    def __len__(self) -> int:
        return len(self._under_way) + len(self._lingering)

    def start(self, attempt: int, slots: list[Slot]) -> tuple[list[Slot], list[tuple[Slot, "PortState | Fault"]], int]:
        """Start attempts until this machine runs out of something.

        Returns the ports that refused at once, the others that are decided at once (the fault that stopped it comes
        last), and how many endpoints were taken.
        """
        refused: list[Slot] = []
        decided: list[tuple[Slot, PortState | Fault]] = []
        name_of = socket.inet_ntoa
        for taken, slot in enumerate(slots, 1):
            _, address, port = slot
            outcome: PortState | Fault | None
            sock = self._spare
            if sock is not None and V4_FIRST <= address <= V4_LAST:
                name = (name_of((address - V4_FIRST).to_bytes(4, "big")), port)
                # On fast links the answer is there before connect() returns; asking again tells. Linux has undone a
                # refused attempt with that (connect(2)): the socket is as new.
                code = sock.connect_ex(name)
                begun = code == _IN_PROGRESS
                if begun and (code := sock.connect_ex(name)) == _REFUSED:
                    refused.append(slot)
                    continue
                self._spare = None
                outcome = (
                    self._judge_begun(sock, attempt, slot, code)
                    if begun
                    else self._end((sock, attempt, slot, self._now_s()), judge_attempt(code))
                )
            else:
                outcome = self._launch(attempt, slot)
            if outcome is PortState.CLOSED:
                refused.append(slot)
            elif outcome is not None:
                decided.append((slot, outcome))
                if outcome is Fault.CROWDED:
                    return refused, decided, taken
        return refused, decided, len(slots)

    def _launch(self, attempt: int, slot: Slot) -> PortState | Fault | None:
        """Start one attempt; returns what is known at once: the answer, or the fault that kept it from starting."""
        _, address, port = slot
        v4 = V4_FIRST <= address <= V4_LAST
        try:
            sock = self._open(socket.AF_INET if v4 else socket.AF_INET6)
        except OSError as error:
            return judge_attempt(error.errno or 0)
        name = (socket.inet_ntoa((address - V4_FIRST).to_bytes(4, "big")), port) if v4 else v6_name(address, port)
        code = sock.connect_ex(name)
        if code != _IN_PROGRESS:
            return self._end((sock, attempt, slot, self._now_s()), judge_attempt(code))
        code = sock.connect_ex(name) if _REUSES else sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) or _ALREADY
        if code == _REFUSED and v4 and _REUSES and not self._asks_why and self._spare is None:
            self._spare = sock
            return PortState.CLOSED
        return self._judge_begun(sock, attempt, slot, code)

    def _judge_begun(self, sock: socket.SocketType, attempt: int, slot: Slot, code: int) -> PortState | Fault | None:
        """Take an attempt on from the code of its second connect(): under way, or over already."""
        if code == _ALREADY:
            self._wait(sock, attempt, slot)
            return None
        return self._end((sock, attempt, slot, self._now_s()), self._judge(sock, slot, code))

    def harvest(self, ready: Iterable[int]) -> list[int]:
        """Finish what is over; returns the descriptors that are not of this class."""
        others: list[int] = []
        now_s = self._now_s()
        for fd in ready:
            pending = self._under_way.pop(fd, None)
            if pending is None:
                others.append(fd)
            else:
                self._finish(pending, now_s)
        return others

    def expire(self, now_s: float) -> None:
        """Finish what was silent too long or has lingered; call it only when nothing is left to harvest."""
        self._finish_lingering(now_s)
        for fd, pending in self._deadlines.passed(now_s, self._under_way):
            del self._under_way[fd]
            self._drop(pending)
            self._finished(pending[1], pending[2], None, pending[3], now_s)

    def next_deadline_s(self) -> float | None:
        """Return when the oldest attempt will have taken too long, or the oldest connection has lingered."""
        times = (self._deadlines.next_s(self._under_way), self._lingering.next_s())
        return min((time_s for time_s in times if time_s is not None), default=None)

    def abandon(self) -> list[tuple[int, Slot]]:
        """Finish the connections that were made, close every other attempt and return those, with their numbers."""
        self._finish_lingering(math.inf)
        attempts = list(self._under_way.values())
        for pending in attempts:
            self._drop(pending)
        self._under_way.clear()
        if self._spare is not None:
            self._spare.close()
            self._spare = None
        return [(attempt, slot) for _, attempt, slot, _ in attempts]

    def _wait(self, sock: socket.SocketType, attempt: int, slot: Slot) -> None:
        now_s = self._now_s()
        patience_s = self._patience_s(attempt, slot[1])
        pending = (sock, attempt, slot, now_s)
        fd = sock.fileno()
        self._under_way[fd] = pending
        self._watch.connecting(fd)
        self._deadlines.add(now_s, patience_s, fd, pending)

    def _finish(self, pending: Pending, now_s: float) -> None:
        sock, attempt, slot, sent_s = pending
        outcome = self._judge(sock, slot, sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR))
        ended = self._end(pending, outcome)
        if ended is not None:
            self._finished(attempt, slot, ended, sent_s, now_s)

    def _finish_lingering(self, now_s: float) -> None:
        for _, _, attempt, slot, sent_s, over_s in self._lingering.reset(now_s):
            self._finished(attempt, slot, PortState.OPEN, sent_s, over_s)

    def _open(self, family: int) -> socket.SocketType:
        # socket.socket is a Python class around this one; opening it directly is twice as fast.
        sock = socket.SocketType(family, _NON_BLOCKING)
        if _NEEDS_FLAG:
            sock.setblocking(False)
        if self._asks_why and family == socket.AF_INET:
            icmp.ask_why(sock)
        return sock

    def _end(self, pending: Pending, outcome: PortState | Fault) -> PortState | Fault | None:
        """End an attempt that is over; returns the outcome, None for a connection that lingers first."""
        sock, attempt, slot, sent_s = pending
        if outcome is PortState.OPEN:
            if not connected_to_itself(sock):
                self._accepted(slot, sent_s)
                self._lingering.add(sock, attempt, slot, sent_s, self._now_s())
                return None
            outcome = Fault.UNCLEAR
        sock.close()
        return outcome

    def _judge(self, sock: socket.SocketType, slot: Slot, code: int) -> PortState | Fault:
        if code not in {errno.EHOSTUNREACH, errno.ENETUNREACH} or not icmp.AVAILABLE or sock.family != socket.AF_INET:
            return judge_answer(code)
        if not self._asks_why:
            # The kernel keeps the ICMP code for those who asked before connecting; so far nobody needed it.
            self._asks_why = True
            return Fault.UNCLEAR
        message = icmp.why(sock)
        if message is not None and message.ours and not self._on_link(slot.address):
            return Fault.NO_ROUTER
        return judge_icmp(message.kind, message.code) if message else PortState.UNREACHABLE

    def _drop(self, pending: Pending) -> None:
        self._watch.forget(pending[0].fileno())
        pending[0].close()


def v6_name(number: int, port: int) -> tuple[str, int, int, int]:
    """Return the socket address of a place on the address line (core.address), zone included."""
    return str(to_address(number)).partition("%")[0], port, 0, number >> 128


def connected_to_itself(sock: socket.SocketType) -> bool:
    """Tell whether a socket is connected to itself, so that no server listens there.

    On loopback the kernel may pick the very port that is being tried as the source (simultaneous open, RFC 9293
    section 3.5).
    """
    try:
        return bool(sock.getsockname() == sock.getpeername())
    except OSError:
        return False
