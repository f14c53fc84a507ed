"""One endpoint: an address, a port and a transport."""

from dataclasses import dataclass

from scanner.core.address import Address
from scanner.core.ports import Transport


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A place where a service may listen, and what the user called it."""

    address: Address
    port: int
    transport: Transport = Transport.TCP
    name: str | None = None
    """The label that the user gave the target, or the host name that it was given as."""
    host: str | None = None
    """The DNS name to put into Host and SNI; None when the target was given as an address."""
    base_path: str = ""
    """Path prefix of a target URL, without a trailing slash; empty for none."""
    subject: str = ""
    """What on the machine itself it is about, for the view from the inside: a process, a file; empty for a port."""

    def __str__(self) -> str:
        if self.subject:
            return self.subject
        host = f"[{self.address}]" if self.address.version == 6 else str(self.address)
        suffix = "" if self.transport is Transport.TCP else "/udp"
        return f"{host}:{self.port}{suffix}"
