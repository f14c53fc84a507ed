"""Which ports a run looks at: TCP and UDP on one number line."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from scanner.core.intervals import Intervals

LAST_PORT = 65_535
_UDP_FIRST = LAST_PORT + 1


class Transport(StrEnum):
    """The transport protocol of an endpoint."""

    TCP = "tcp"
    UDP = "udp"


@dataclass(frozen=True, slots=True)
class PortSet:
    """A set of (transport, port) pairs; a TCP port is its own key, a UDP port stands 65,536 above."""

    keys: Intervals = Intervals()

    @classmethod
    def of(cls, tcp: Iterable[int] = (), udp: Iterable[int] = ()) -> "PortSet":
        """Return the set with exactly these ports."""
        tcp_spans = ((port, port) for port in tcp)
        udp_spans = ((port + _UDP_FIRST, port + _UDP_FIRST) for port in udp)
        return cls(Intervals((*tcp_spans, *udp_spans)))

    @property
    def size(self) -> int:
        """How many ports are in the set."""
        return self.keys.size

    def __bool__(self) -> bool:
        return bool(self.keys)

    def __contains__(self, item: tuple[Transport, int]) -> bool:
        return port_key(*item) in self.keys

    def __iter__(self) -> Iterator[tuple[Transport, int]]:
        return (split_key(key) for key in self.keys)

    def at(self, index: int) -> tuple[Transport, int]:
        """Return the port with that rank, TCP before UDP; raises IndexError beyond the last."""
        return split_key(self.keys.at(index))

    def __or__(self, other: "PortSet") -> "PortSet":
        return PortSet(self.keys | other.keys)

    def only(self, transport: Transport) -> "PortSet":
        """Return the ports of one transport."""
        span = (0, LAST_PORT) if transport is Transport.TCP else (_UDP_FIRST, _UDP_FIRST + LAST_PORT)
        return PortSet(self.keys & Intervals([span]))


def port_key(transport: Transport, port: int) -> int:
    """Return the place of a port on the number line."""
    return port if transport is Transport.TCP else port + _UDP_FIRST


def split_key(key: int) -> tuple[Transport, int]:
    """Return the transport and port at a place on the number line."""
    return (Transport.TCP, key) if key < _UDP_FIRST else (Transport.UDP, key - _UDP_FIRST)
