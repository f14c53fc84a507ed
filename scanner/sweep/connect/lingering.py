"""Connections that were made: kept for a moment, then reset.

Some servers fail when they are reset while they send a greeting: debugpy's adapter takes no client ever after. Nothing
is read meanwhile, and the probes come only when the connection is gone, so that a server that takes one client at a
time is free.
"""

import socket
import struct
from collections import deque
from typing import TypeAlias

from scanner.sweep.connect.order import Slot

LINGER_S = 0.1
"""How long a connection is kept, in seconds."""
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)

Kept: TypeAlias = tuple[float, socket.SocketType, int, Slot, float, float]
"""When to reset, socket, attempt, endpoint, when the attempt was sent and when it was over."""


class Lingering:
    """The connections that wait to be reset, in the order in which they were made."""

    def __init__(self) -> None:
        self._kept: deque[Kept] = deque()

    def __len__(self) -> int:
        return len(self._kept)

    def add(self, sock: socket.SocketType, attempt: int, slot: Slot, sent_s: float, over_s: float) -> None:
        """Keep a connection for LINGER_S."""
        self._kept.append((over_s + LINGER_S, sock, attempt, slot, sent_s, over_s))

    def reset(self, now_s: float) -> list[Kept]:
        """Reset those whose time has come and return them."""
        kept = self._kept
        gone: list[Kept] = []
        while kept and kept[0][0] <= now_s:
            one = kept.popleft()
            # A reset leaves no TIME_WAIT here and no half-closed connection there.
            one[1].setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
            one[1].close()
            gone.append(one)
        return gone

    def next_s(self) -> float | None:
        """Return when the next one is to be reset."""
        return self._kept[0][0] if self._kept else None
