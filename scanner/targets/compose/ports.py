"""The notation of published ports in Compose files: short and long form (compose-spec, ports); pure."""

import re
from dataclasses import dataclass
from ipaddress import ip_address

from scanner.core.finding import Anchor
from scanner.core.ports import LAST_PORT, Transport
from scanner.core.text import clean
from scanner.core.yamltext import Mapping, Node, Scalar

_EVERY_ADDRESS = frozenset({"", "0.0.0.0", "::"})
# The address before the last two colons; an IPv6 one in brackets or without, as Docker reads both.
_SHORT = re.compile(
    r"(?:(?P<address>\[[^\]]*\]|[0-9A-Fa-f:.]*?):)??(?:(?P<host>\d+(?:-\d+)?)?:)?(?P<inner>\d+(?:-\d+)?)(?:/(?P<transport>\w+))?"
)


@dataclass(frozen=True, slots=True)
class PortRange:
    """Neighbouring ports that one line publishes on this host."""

    address: str
    """As written: empty, `0.0.0.0` and `::` are every address."""
    first: int
    last: int
    target: int | None
    """The first port inside the container; None when it is not told."""
    transport: Transport
    anchor: Anchor | None
    target_size: int = 1
    """How many ports inside the container; one, where Docker picks any of several outside."""

    @property
    def size(self) -> int:
        """How many ports these are."""
        return self.last - self.first + 1

    @property
    def one_of(self) -> tuple[int, int] | None:
        """The ports outside, where Docker picks one of several for the one inside."""
        picked = self.size > 1 and self.target_size == 1 and self.target is not None
        return (self.first, self.last) if picked else None

    @property
    def everywhere(self) -> bool:
        """Whether they are published on every address of the host."""
        return self.address in _EVERY_ADDRESS

    @property
    def reached_at(self) -> str:
        """Where the host itself reaches them: loopback when they are published everywhere."""
        if not self.everywhere:
            return self.address
        return "::1" if self.address == "::" else "127.0.0.1"

    @property
    def on_loopback(self) -> bool:
        """Whether only this host reaches them."""
        return self.address.startswith("127.") or self.address == "::1"

    @property
    def instead(self) -> tuple[str, ...]:
        """What to write in place of the line, so that only this host reaches them; nothing where that is so."""
        if self.on_loopback:
            return ()
        inner = _written(self.first, self.size) if self.target is None else _written(self.target, self.target_size)
        loopback = "[::1]" if ":" in self.address else "127.0.0.1"
        transport = "" if self.transport is Transport.TCP else f"/{self.transport}"
        return (f'"{loopback}:{_written(self.first, self.size)}:{inner}{transport}"',)


class PortPicked(ValueError):
    """An entry leaves the port outside to Docker, which picks a free one when it starts."""

    def __init__(self, why: str, address: str, target: str, transport: str) -> None:
        super().__init__(why)
        self.address = address
        self.target = target
        self.transport = transport


def _written(first: int, size: int) -> str:
    return str(first) if size == 1 else f"{first}-{first + size - 1}"


def port_range(node: Node, anchor: Anchor | None) -> PortRange:
    """Return what one entry of `ports` publishes; raises ValueError, saying why, when that can't be told."""
    if isinstance(node, Scalar):
        _demand_values(node)
        return short_form(node.text, anchor)
    fields: dict[str, str] = {}
    for key, value in node.pairs.items() if isinstance(node, Mapping) else ():
        if isinstance(value, Scalar) and not value.is_null:
            _demand_values(value)
            fields[key] = value.text
    if not fields:
        raise ValueError("an entry is neither a port nor a mapping")
    if not fields.get("published"):
        why = "no published port; Docker picks one when it starts, so give the target by hand"
        raise PortPicked(why, fields.get("host_ip", ""), fields.get("target", ""), fields.get("protocol", "tcp"))
    return long_form(
        fields.get("host_ip", ""), fields["published"], fields.get("target", ""), fields.get("protocol", "tcp"), anchor
    )


def short_form(text: str, anchor: Anchor | None) -> PortRange:
    """Return what `[ADDRESS:]HOST:CONTAINER[/TRANSPORT]` publishes; raises ValueError for anything else."""
    found = _SHORT.fullmatch(text.strip()) if len(text) <= 128 else None
    if found is None:
        raise ValueError(f"`{clean(text, 60)}` is not a port")
    address = (found["address"] or "").removeprefix("[").removesuffix("]")
    if not found["host"]:
        why = f"`{clean(text, 60)}` has no published port; Docker picks one when it starts"
        raise PortPicked(why, address, found["inner"], found["transport"] or "tcp")
    return long_form(address, found["host"], found["inner"], found["transport"] or "tcp", anchor)


def long_form(address: str, published: str, target: str, transport: str, anchor: Anchor | None) -> PortRange:
    """Return what the four fields publish; raises ValueError for what is no port or no address."""
    spoken = transport.lower()
    if spoken not in {"tcp", "udp"}:
        raise ValueError(f"`{clean(published, 20)}/{clean(transport, 20)}` is neither tcp nor udp")
    low, high = _numbers(published)
    if address not in _EVERY_ADDRESS:
        try:
            address = str(ip_address(address))
        except ValueError:
            raise ValueError(f"`{clean(address, 60)}` is no address to publish on") from None
    inner = _numbers(target) if target else None
    if inner is not None and inner[0] != inner[1] and inner[1] - inner[0] != high - low:
        raise ValueError(f"`{clean(published, 20)}:{clean(target, 20)}` has ranges of different length")
    first, size = (inner[0], inner[1] - inner[0] + 1) if inner else (None, 1)
    return PortRange(address, low, high, first, Transport(spoken), anchor, size)


def _numbers(text: str) -> tuple[int, int]:
    first, dash, last = text.strip().partition("-")
    if not _is_number(first) or (dash and not _is_number(last)):
        raise ValueError(f"`{clean(text, 40)}` is not a port")
    low, high = int(first), int(last or first)
    if not 1 <= low <= high <= LAST_PORT:
        raise ValueError(f"`{clean(text, 40)}` is not between 1 and {LAST_PORT}")
    return low, high


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 9


def _demand_values(node: Scalar) -> None:
    if node.unset:
        raise ValueError(f"the variable {node.unset[0]} has no value here")
