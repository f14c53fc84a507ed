"""The account of everything that a run sends, for who is asked "was that you?"; scanner.history.audit_file keeps it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

from scanner.core.address import Address
from scanner.core.ports import Transport

Attempt: TypeAlias = int | Literal["canary"]
"""Which attempt at a port, counted from 1; the canary asks whether the network still answers (sweep.connect.canary)."""


@dataclass(slots=True, kw_only=True)
class SocketRecord:
    """One socket that was opened to a peer; it grows until the socket is closed."""

    address: Address
    port: int
    transport: Transport
    asker: str
    """Id of the probe that opened it; `identify`, `control` and `client-certificate` are questions of our own."""
    opened_s: float
    """Seconds since 1970, UTC."""
    source_port: int | None = None
    """None when the kernel had given it up before it could be read: a refusal on a fast link."""
    tls: bool = False
    """Whether a TLS handshake was begun on it."""
    datagrams: int = 0
    """UDP only."""
    bytes_out: int = 0
    """Payload of the socket, so TLS records where TLS is spoken; the same holds for `bytes_in`."""
    bytes_in: int = 0
    outcome: str = "open"
    """A word of our own: what became of it."""


class Audit(Protocol):
    """Takes the account; safe to call from any thread."""

    def demand(self) -> None:
        """Raise StoreError when nothing more can be recorded: called before a socket is opened."""

    def attempts(
        self,
        addresses: Sequence[int],
        ports: Sequence[int],
        *,
        transport: Transport,
        attempt: Attempt,
        source_port: int | None = None,
        bytes_out: int = 0,
    ) -> None:
        """Note what a sweep has handed to the kernel: one packet for each pair of address (its number) and port.

        Raises StoreError when nothing more can be recorded.
        """

    def opened(self, record: SocketRecord) -> None:
        """Note a socket that was opened."""

    def closed(self, record: SocketRecord) -> None:
        """Note that a socket was closed; never raises, because it is called where sockets are closed."""

    def asked(self, what: str, addresses: Iterable[int]) -> None:
        """Note questions about addresses that no connection stands for: `arp`, `reverse-dns`; raises StoreError."""

    def delegated(self, program: str, arguments: str, ports: str, targets: str) -> None:
        """Note that another program sends on its own; raises StoreError."""
