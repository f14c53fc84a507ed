"""Attempts that this machine could not make: tried again later, never settled as closed."""

import errno
import heapq
import socket

from scanner.core.address import V4_FIRST, is_v4
from scanner.sweep.connect.errnos import Fault
from scanner.sweep.connect.order import Slot

DOWN_AFTER = 5
"""Faults in a row, without one attempt that worked, after which everything pauses."""
PATIENCE_DOWN_S = 60.0
"""How long a network that worked before may be away."""
PATIENCE_NEVER_S = 3.0
"""How long to wait for one that never worked, or for a router that has no link address."""
MOST_WAITING = 4_096
_RETRY_S = {Fault.CROWDED: 0.05, Fault.UNCLEAR: 0.0}
_RETRY_OTHERS_S = 1.0


class LocalFaults:
    """Keeps endpoints that could not be tried until they can be, or are given up."""

    def __init__(self) -> None:
        self._waiting: list[tuple[float, int, int, Slot]] = []
        self._since_s: dict[int, float] = {}
        self._in_a_row = 0
        self._worked = False
        self._hopeless = False

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def down(self) -> bool:
        """Whether nothing works now: only what failed is tried, until it works again."""
        return self._in_a_row >= DOWN_AFTER and not self._hopeless

    @property
    def full(self) -> bool:
        """Whether so much waits already that nothing new should be tried."""
        return len(self._waiting) >= MOST_WAITING

    def worked(self) -> None:
        """Note that an attempt could be made."""
        self._in_a_row = 0
        self._worked = True
        self._hopeless = False

    def failed(self, attempt: int, slot: Slot, fault: Fault, now_s: float) -> bool:
        """Keep an endpoint for later; returns False when it is given up."""
        if fault not in {Fault.UNCLEAR, Fault.NO_ROUTER}:
            self._in_a_row += 1
            if self._hopeless:
                return False
        since_s = self._since_s.setdefault(slot.position, now_s)
        passing = self._worked and (self.down or fault is Fault.CROWDED)
        patience_s = PATIENCE_DOWN_S if passing else PATIENCE_NEVER_S
        if now_s - since_s > patience_s:
            del self._since_s[slot.position]
            self._hopeless = self._in_a_row >= DOWN_AFTER
            return False
        due_s = now_s + _RETRY_S.get(fault, _RETRY_OTHERS_S)
        heapq.heappush(self._waiting, (due_s, slot.position, attempt, slot))
        return True

    def due(self, now_s: float, count: int) -> list[tuple[int, Slot]]:
        """Return up to `count` endpoints that are to be tried again; a single one while nothing works."""
        found: list[tuple[int, Slot]] = []
        most = min(count, 1) if self.down else count
        while self._waiting and self._waiting[0][0] <= now_s and len(found) < most:
            _, _, attempt, slot = heapq.heappop(self._waiting)
            found.append((attempt, slot))
        return found

    def next_s(self) -> float | None:
        """Return when the next endpoint is due."""
        return self._waiting[0][0] if self._waiting else None

    def settled(self, position: int) -> None:
        """Forget an endpoint that got its state after all."""
        self._since_s.pop(position, None)

    def left(self) -> list[tuple[int, Slot]]:
        """Return what still waits, for the counts of a run that ends early."""
        return [(attempt, slot) for _, _, attempt, slot in self._waiting]


def is_broadcast(address: int) -> bool:
    """Tell whether an address belongs to no host: the kernel refuses its own networks' broadcast addresses.

    Sends nothing: connecting a datagram socket only looks up the route. A broadcast address is refused without
    SO_BROADCAST and not with it (socket(7)); a route of type `prohibit` is refused both ways, and is no broadcast.
    """
    if not is_v4(address):
        return False
    if address == V4_FIRST + 0xFFFF_FFFF:
        return True
    place = (socket.inet_ntoa((address - V4_FIRST).to_bytes(4, "big")), 9)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        try:
            sock.connect(place)
        except PermissionError:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
            return sock.connect_ex(place) not in {errno.EACCES, errno.EPERM}
        except OSError:
            return False
    return False
