"""What the sweep saw of a port: made at wire speed, handed on in batches."""

from enum import IntEnum
from typing import NamedTuple

from scanner.core.ports import Transport


class PortState(IntEnum):
    """What the network said about a port. Not looked at is not a state: it is counted as unscanned."""

    OPEN = 0
    """A connection was completed, or a datagram was answered."""
    CLOSED = 1
    """The host itself refused: RST, or ICMP port unreachable for UDP."""
    FILTERED = 2
    """Silence, or ICMP administratively prohibited."""
    UNREACHABLE = 3
    """ICMP or the neighbour table said that the host or network can't be reached."""


class PortEvent(NamedTuple):
    """One port's final state."""

    address: int
    """Place on the address line (core.address)."""
    port: int
    transport: Transport
    state: PortState
    rtt_s: float | None
    """Round-trip time in seconds, None when unknown."""
