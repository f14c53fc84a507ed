"""The notation of published ports in Compose files: short and long form, and variables (compose-spec); pure."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from scanner.core.finding import Anchor
from scanner.core.ports import LAST_PORT, Transport

_EVERY_ADDRESS = frozenset({"", "0.0.0.0", "::"})
_VARIABLE = re.compile(r"\$(?:\$|(\w+)|\{(\w+)(?:(:?[-+?])([^}]*))?\})")
_SHORT = re.compile(
    r"(?:(?:\[(?P<v6>[0-9A-Fa-f:]+)\]|(?P<v4>\d+(?:\.\d+){3})|(?P<bare>[0-9A-Fa-f:]*?::[0-9A-Fa-f:]*?)):)?"
    r"(?:(?P<host>\d+(?:-\d+)?)?:)?(?P<inner>\d+(?:-\d+)?)(?:/(?P<transport>\w+))?"
)


@dataclass(frozen=True, slots=True)
class Published:
    """One port that Compose publishes on this host."""

    address: str
    """Where it can be reached from this host: loopback when it is published everywhere."""
    port: int
    transport: Transport
    service: str
    """The name of the Compose service."""
    anchor: Anchor


def short_form(text: str, service: str, anchor: Anchor) -> Iterator[Published]:
    """Return what `[ADDRESS:]HOST:CONTAINER[/TRANSPORT]` publishes; raises ValueError for anything else."""
    found = _SHORT.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"`{text}` is not a port")
    if not found["host"]:
        raise ValueError(f"`{text}` has no published port; Docker picks one when it starts")
    address = found["v6"] or found["v4"] or found["bare"] or ""
    return long_form(address, found["host"], found["transport"] or "tcp", service, anchor)


def long_form(address: str, ports: str, transport: str, service: str, anchor: Anchor) -> Iterator[Published]:
    """Return each port of a published port or range; raises ValueError for what is none."""
    first, _, last = ports.partition("-")
    if not first.isdecimal() or (last and not last.isdecimal()) or transport not in {"tcp", "udp"}:
        raise ValueError(f"`{ports}/{transport}` is not a port")
    low, high = int(first), int(last or first)
    if not 1 <= low <= high <= LAST_PORT:
        raise ValueError(f"`{ports}` is not between 1 and {LAST_PORT}")
    place = ("::1" if address == "::" else "127.0.0.1") if address in _EVERY_ADDRESS else address
    return (Published(place, port, Transport(transport), service, anchor) for port in range(low, high + 1))


def fill(text: str, environment: Mapping[str, str]) -> str:
    """Return a text with its variables put in; raises ValueError for one that has no value (compose-spec 12)."""

    def value_of(found: re.Match[str]) -> str:
        name = found[1] or found[2]
        if name is None:
            return "$"
        value, form, other = environment.get(name), found[3] or "", found[4] or ""
        missing = value is None or (form.startswith(":") and not value)
        if form.endswith("+"):
            return "" if missing else other
        if not missing:
            return value or ""
        if form.endswith("-"):
            return other
        raise ValueError(f"the variable {name} has no value here")

    return _VARIABLE.sub(value_of, text)
