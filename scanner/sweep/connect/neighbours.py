"""Finds out which addresses of our own links exist, by making the kernel resolve them: absent ones then cost nothing.

A datagram to an address makes the kernel ask for its link-layer address (ARP, RFC 826; NDP, RFC 4861), three times in
three seconds; the neighbour table then has the outcome. Few are unresolved at once, because the kernel's table
holds 1,024 entries by default and is shared by the whole machine.
"""

import errno
import socket
from collections import deque
from collections.abc import Callable, Iterator

from scanner.core.address import is_v4, to_address
from scanner.core.audit import Audit
from scanner.core.intervals import Intervals
from scanner.sweep import kernel
from scanner.sweep.connect.in_flight import v6_name
from scanner.sweep.connect.number_set import NumberSet
from scanner.sweep.kernel import Nud
from scanner.sweep.netlink import NetlinkError

MOST_UNRESOLVED = 256
TRIES = 2
"""Rounds of three requests before an address counts as absent: one round of three is lost once in 150 at 10 % loss."""
READ_EVERY_S = 0.1
_GIVE_UP_S = 6.0
_DISCARD = 9


class Neighbours:
    """Resolves on-link addresses as the sweep comes to them."""

    def __init__(
        self,
        on_link: Intervals,
        ask: Callable[[int], bool | None] | None = None,
        table: Callable[[], dict[int, Nud]] = kernel.neighbours,
    ) -> None:
        """Take the addresses to resolve, how to ask (see `ask_kernel`) and how to read the neighbour table."""
        self._on_link = on_link
        self._ask = ask or ask_kernel
        self._table = table
        self._decided = NumberSet()
        self._queue: deque[int] = deque()
        self._queued: set[int] = set()
        self._asked: dict[int, tuple[float, int]] = {}
        self._read_s = 0.0
        self._most = MOST_UNRESOLVED

    def tell(self, audit: Audit) -> None:
        """Have an audit log told of every datagram that is sent from now on."""
        ask = self._ask

        def told(address: int) -> bool | None:
            sent = ask(address)
            if sent:
                audit.asked("neighbour", [address])
            return sent

        self._ask = told

    @property
    def busy(self) -> bool:
        """Whether addresses wait to be resolved."""
        return bool(self._queue or self._asked)

    def unknown(self, address: int) -> bool:
        """Tell whether an address has to be resolved first; if so, that is under way from now on."""
        if address not in self._on_link or address in self._decided:
            return False
        if address not in self._queued:
            self._queued.add(address)
            self._queue.append(address)
        return True

    def ask(self, count: int, now_s: float) -> int:
        """Ask for up to `count` addresses; returns how many datagrams that took."""
        sent = 0
        while self._queue and sent < count and len(self._asked) < self._most:
            address = self._queue.popleft()
            if self._ask(address) is None:
                # The table is full: fewer at once, and this one later.
                self._most = max(16, self._most // 2)
                self._queue.append(address)
                break
            sent += 1
            self._asked[address] = (now_s, 1)
        return sent

    def __contains__(self, address: int) -> bool:
        """Tell whether an address is on a link of our own: no router is in the way."""
        return address in self._on_link

    def decide(self, now_s: float) -> Iterator[tuple[int, bool, float]]:
        """Yield each address whose existence is known now, whether it exists, and when the kernel was asked last."""
        if not self._asked or now_s - self._read_s < READ_EVERY_S:
            return
        self._read_s = now_s
        table = self._read_table()
        for address, (asked_s, tries) in list(self._asked.items()):
            state = table.get(address, Nud(0))
            if state & kernel.PRESENT:
                yield self._decide(address), True, asked_s
            elif state & Nud.FAILED and tries < TRIES:
                self._asked[address] = (now_s, tries + 1)
                self._ask(address)
            elif state & Nud.FAILED:
                yield self._decide(address), False, asked_s
            elif now_s - asked_s > _GIVE_UP_S:
                # The kernel does not say; the connection attempt will.
                yield self._decide(address), True, asked_s

    def _read_table(self) -> dict[int, Nud]:
        """Return the neighbour table; without an answer no state is known, so only the time limit decides."""
        try:
            return self._table()
        except NetlinkError:
            return {}

    def _decide(self, address: int) -> int:
        del self._asked[address]
        self._queued.discard(address)
        self._decided.add(address)
        return address


def ask_kernel(address: int) -> bool | None:
    """Send one empty datagram to the discard port; returns None when this machine has no room for another neighbour."""
    v4 = is_v4(address)
    with socket.socket(socket.AF_INET if v4 else socket.AF_INET6, socket.SOCK_DGRAM) as sock:
        sock.setblocking(False)
        try:
            sock.connect((str(to_address(address)), _DISCARD) if v4 else v6_name(address, _DISCARD))
            sock.send(b"")
        except BlockingIOError:
            return None
        except OSError as error:
            return None if error.errno in _FULL else False
    return True


_FULL = {errno.ENOMEM, errno.ENOBUFS}


def find_neighbours(addresses: Intervals) -> Neighbours | None:
    """Return a resolver for the on-link addresses among these; None for none, and where the kernel does not say."""
    try:
        on_link = kernel.attached() & addresses
    except NetlinkError:
        return None
    return Neighbours(on_link) if on_link else None
