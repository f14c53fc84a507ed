"""UDP questions under way: an answer is open, ICMP port unreachable is closed, silence proves nothing."""

import socket
from collections import deque
from collections.abc import Callable, Iterable, Mapping

from scanner.core.address import is_v4, to_address
from scanner.core.audit import Audit
from scanner.core.event import PortState
from scanner.core.ports import LAST_PORT, Transport
from scanner.sweep.connect.errnos import Fault, judge_answer, judge_attempt
from scanner.sweep.connect.in_flight import Deadlines, Finished, Pending, connected_to_itself, v6_name
from scanner.sweep.connect.order import Slot
from scanner.sweep.connect.selector import Watch

REPEAT_AFTER_S = (1.0, 3.0)
"""Nobody repeats a datagram for us: the same schedule as the kernel's for a SYN."""
_FROM_ANOTHER_PORT = {69}
"""TFTP answers from a new port (RFC 1350 section 4), which a connected socket never hears."""
_MOST_STRANGERS = 32
"""Datagrams of others that are read before anything else has its turn."""
_IP_RECVERR = 11
_IPV6_RECVERR = 25


class Datagrams:
    """The questions under way, each on a socket of its own, so that only its own host can answer."""

    def __init__(
        self,
        watch: Watch,
        finished: Finished,
        patience_s: Callable[[int, int], float],
        now_s: Callable[[], float],
        payloads: Mapping[int, bytes],
        *,
        audit: Audit | None = None,
    ) -> None:
        """Take what to ask by port; a port that nothing is known of is asked with an empty datagram."""
        self._audit = audit
        self._watch = watch
        self._finished = finished
        self._patience_s = patience_s
        self._now_s = now_s
        self._payloads = payloads
        self._under_way: dict[int, Pending] = {}
        self._deadlines = Deadlines()
        self._repeats: tuple[deque[tuple[float, int, Pending]], ...] = tuple(deque() for _ in REPEAT_AFTER_S)

    def __len__(self) -> int:
        return len(self._under_way)

    def start(self, attempt: int, slots: list[Slot]) -> tuple[list[Slot], list[tuple[Slot, PortState | Fault]], int]:
        """Ask ports until this machine runs out of something; returns what InFlight.start returns."""
        refused: list[Slot] = []
        decided: list[tuple[Slot, PortState | Fault]] = []
        for taken, slot in enumerate(slots, 1):
            outcome = self._launch(attempt, slot)
            if outcome is PortState.CLOSED:
                refused.append(slot)
            elif outcome is not None:
                decided.append((slot, outcome))
                if outcome is Fault.CROWDED:
                    return refused, decided, taken
        return refused, decided, len(slots)

    def _launch(self, attempt: int, slot: Slot) -> PortState | Fault | None:
        """Ask one port; returns what is known at once: the answer, or the fault that kept it from starting."""
        try:
            sock = self._connect(slot)
        except OSError as error:
            return judge_attempt(error.errno or 0)
        if connected_to_itself(sock):
            sock.close()
            return Fault.UNCLEAR
        now_s = self._now_s()
        patience_s = self._patience_s(attempt, slot.address)
        pending = (sock, attempt, slot, now_s)
        fd = sock.fileno()
        self._under_way[fd] = pending
        self._watch.reading(fd)
        self._deadlines.add(now_s, patience_s, fd, pending)
        for delay_s, queue in zip(REPEAT_AFTER_S, self._repeats, strict=True):
            if delay_s < patience_s:
                queue.append((now_s + delay_s, fd, pending))
        self._note(attempt, slot)
        return None

    def harvest(self, ready: Iterable[int]) -> None:
        """Finish what was answered."""
        for fd in ready:
            pending = self._under_way.pop(fd, None)
            if pending is None:
                continue
            try:
                _hear(pending)
                outcome: PortState | Fault = PortState.OPEN
            except BlockingIOError:
                self._under_way[fd] = pending
                self._watch.read_again(fd)
                continue
            except OSError as error:
                outcome = judge_answer(error.errno or 0)
            self._finish(pending, outcome)

    def repeat(self, now_s: float) -> int:
        """Ask again what is due; returns how many datagrams that took."""
        sent = 0
        for queue in self._repeats:
            while queue and queue[0][0] <= now_s:
                _, fd, pending = queue.popleft()
                if self._under_way.get(fd) is pending:
                    sent += 1
                    self._send_again(fd, pending)
        return sent

    def expire(self, now_s: float) -> None:
        """Finish what has been silent too long."""
        for fd, pending in self._deadlines.passed(now_s, self._under_way):
            del self._under_way[fd]
            self._watch.forget(fd)
            self._finish(pending, None)

    def next_deadline_s(self) -> float | None:
        """Return when something is due."""
        times = [queue[0][0] for queue in self._repeats if queue]
        deadline_s = self._deadlines.next_s(self._under_way)
        return min(times if deadline_s is None else [*times, deadline_s], default=None)

    def abandon(self) -> list[tuple[int, Slot]]:
        """Close every socket and return where the questions were going, each with the number of its attempt."""
        attempts = list(self._under_way.values())
        for pending in attempts:
            self._watch.forget(pending[0].fileno())
            pending[0].close()
        self._under_way.clear()
        return [(attempt, slot) for _, attempt, slot, _ in attempts]

    def _connect(self, slot: Slot) -> socket.socket:
        port = _port(slot)
        v4 = is_v4(slot.address)
        sock = socket.socket(socket.AF_INET if v4 else socket.AF_INET6, socket.SOCK_DGRAM)
        try:
            sock.setblocking(False)
            # Without it Linux keeps host unreachable and administratively prohibited to itself (ip(7), ipv6(7)).
            level, option = (socket.IPPROTO_IP, _IP_RECVERR) if v4 else (socket.IPPROTO_IPV6, _IPV6_RECVERR)
            if hasattr(socket, "MSG_ERRQUEUE"):
                sock.setsockopt(level, option, 1)
            if port in _FROM_ANOTHER_PORT:
                sock.sendto(self._payload(slot), _peer(slot))
                return sock
            sock.connect(_peer(slot))
            if not connected_to_itself(sock):
                sock.send(self._payload(slot))
        except OSError:
            sock.close()
            raise
        return sock

    def _send_again(self, fd: int, pending: Pending) -> None:
        try:
            if _port(pending[2]) in _FROM_ANOTHER_PORT:
                pending[0].sendto(self._payload(pending[2]), _peer(pending[2]))
            else:
                pending[0].send(self._payload(pending[2]))
            self._note(pending[1], pending[2])
        except BlockingIOError:
            return
        except OSError as error:
            # An ICMP answer to the first datagram may surface here.
            outcome = judge_answer(error.errno or 0)
            del self._under_way[fd]
            self._watch.forget(fd)
            self._finish(pending, outcome)

    def _payload(self, slot: Slot) -> bytes:
        return self._payloads.get(_port(slot), b"")

    def _note(self, attempt: int, slot: Slot) -> None:
        """Tell the audit log, if there is one, that a datagram went out."""
        if self._audit is not None:
            port, size = _port(slot), len(self._payload(slot))
            self._audit.attempts([slot.address], [port], transport=Transport.UDP, attempt=attempt, bytes_out=size)

    def _finish(self, pending: Pending, outcome: PortState | Fault | None) -> None:
        sock, attempt, slot, sent_s = pending
        sock.close()
        self._finished(attempt, slot, outcome, sent_s, self._now_s())


def _port(slot: Slot) -> int:
    return slot.key - LAST_PORT - 1


def _peer(slot: Slot) -> tuple[str, int] | tuple[str, int, int, int]:
    port = _port(slot)
    return (str(to_address(slot.address)), port) if is_v4(slot.address) else v6_name(slot.address, port)


def _hear(pending: Pending) -> None:
    """Take a datagram of the host that was asked, from whatever port; raises BlockingIOError when there is none.

    Of what strangers send, only so much is thrown away at once: others wait to be read too.
    """
    for _ in range(_MOST_STRANGERS):
        _, sender = pending[0].recvfrom(1)
        if _port(pending[2]) not in _FROM_ANOTHER_PORT or sender[0] == _peer(pending[2])[0]:
            return
    raise BlockingIOError
