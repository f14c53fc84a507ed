"""Connections that were made: kept a moment, then reset.

A reset under its first words is more than some servers bear: debugpy's adapter takes no client ever after. Nothing is
read meanwhile, and the probes come only when the connection is gone, so that who serves one at a time is free.
"""

import socket
import struct
from collections import deque
from typing import TypeAlias

from scanner.sweep.connect.order import Spot

STAY_S = 0.1
"""How long a connection is kept, in seconds."""
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)

Stay: TypeAlias = tuple[float, socket.SocketType, int, Spot, float, float]
"""When to leave, socket, look, endpoint, when the attempt was sent and when it was over."""


class Leaving:
    """The connections that wait to be reset, in the order in which they were made."""

    def __init__(self) -> None:
        self._stays: deque[Stay] = deque()

    def __len__(self) -> int:
        return len(self._stays)

    def add(self, sock: socket.SocketType, look: int, spot: Spot, sent_s: float, over_s: float) -> None:
        """Keep a connection for STAY_S."""
        self._stays.append((over_s + STAY_S, sock, look, spot, sent_s, over_s))

    def reset(self, now_s: float) -> list[Stay]:
        """Reset those whose time has come and return them."""
        stays = self._stays
        gone: list[Stay] = []
        while stays and stays[0][0] <= now_s:
            stay = stays.popleft()
            # A reset leaves nothing behind: no TIME_WAIT here, no half-closed connection there.
            stay[1].setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
            stay[1].close()
            gone.append(stay)
        return gone

    def next_s(self) -> float | None:
        """Return when the next one is to be reset."""
        return self._stays[0][0] if self._stays else None
