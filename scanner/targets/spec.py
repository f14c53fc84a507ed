"""The forms that a target can be written in, before anything is looked up."""

from dataclasses import dataclass, field

from scanner.core.address import to_address


@dataclass(frozen=True, slots=True)
class Span:
    """One address, a network or a range."""

    first: int
    """Place on the address line (core.address), without the zone; so is `last`."""
    last: int
    zone: str = ""
    """Interface of link-local IPv6 addresses, by name or index."""

    @property
    def size(self) -> int:
        """How many addresses are in it."""
        return self.last - self.first + 1

    def __str__(self) -> str:
        zone = f"%{self.zone}" if self.zone else ""
        first, last = to_address(self.first), to_address(self.last)
        if self.first == self.last:
            return f"{first}{zone}"
        return f"{first}{zone}-{last}{zone}"


@dataclass(frozen=True, slots=True)
class HostName:
    """A DNS name in its ASCII form, lower case, without a trailing dot."""

    name: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Local:
    """The subnets of this machine's own interfaces."""

    def __str__(self) -> str:
        return "@local"


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """One target, read but not resolved; `str` writes it back in a form that reads the same."""

    text: str = field(compare=False)
    """As the user typed it."""
    place: Span | HostName | Local
    port: int | None = None
    """Set when the endpoint was pinned."""
    scheme: str | None = None
    """Lower case, when the target was a URL."""
    base_path: str = ""
    """Path prefix of a URL, without a trailing slash; empty for none."""

    @property
    def exact(self) -> bool:
        """Whether it names one single address literally."""
        return isinstance(self.place, Span) and self.place.size == 1

    def __str__(self) -> str:
        if self.port is None:
            return str(self.place)
        host = str(self.place)
        pinned = f"[{host}]:{self.port}" if ":" in host else f"{host}:{self.port}"
        return pinned if self.scheme is None else f"{self.scheme}://{pinned}{self.base_path}"
