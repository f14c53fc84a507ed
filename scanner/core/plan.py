"""The command line, resolved once: all that the stages below the command line know of it."""

from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

from scanner.core.address import Address
from scanner.core.engine_name import EngineName
from scanner.core.finding import Anchor
from scanner.core.interval_map import IntervalMap
from scanner.core.intervals import Intervals
from scanner.core.ports import Transport
from scanner.core.problem import Problem
from scanner.core.scope import Scope
from scanner.core.space import Space

_NARROW = 16
"""Most addresses of a target that are indexed one by one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One target as the user typed it, resolved."""

    text: str
    addresses: Intervals
    name: str | None = None
    """The label after the target in a file, or the host name itself."""
    host: str | None = None
    """The DNS name when the target was given by name."""
    port: int | None = None
    """Set when the endpoint was pinned."""
    scheme: str | None = None
    """What a target URL began with: http, https or tcp; None when it was no URL."""
    base_path: str = ""
    anchor: Anchor | None = None
    """The line that named the target; None when it came from the command line."""
    instead: tuple[str, ...] = ()
    """What to write in place of that line, a Compose port, so that only its host reaches it."""
    owner: str | None = None
    tags: tuple[tuple[str, str], ...] = ()
    """Other notes of its line, by key."""


Place: TypeAlias = tuple[int, int, Transport]
"""An endpoint as numbers: its place on the address line, port and transport."""


class Expected(NamedTuple):
    """An endpoint that must be open, or else nothing was looked at."""

    where: str
    """In words."""
    places: tuple[Place, ...]
    """One of them has to accept: the addresses of one name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How hard a run may push."""

    rate: float | None = None
    """Ceiling in connections or packets a second, all targets together; None follows the answers."""
    polite: bool = False
    """Whether nobody gets more than HOST_RATE and the network no more than POLITE_RATE, where no rate is named."""
    max_in_flight: int | None = None
    """Most attempts open at once; None is worked out from RLIMIT_NOFILE."""
    timeout_s: float | None = None
    """Patience for one attempt in seconds; None leaves room for the kernel's SYNs at 0, 1 and 3 s (RFC 6298)."""
    retries: int | None = None
    """Extra rounds for what stayed silent; None lets the engine decide."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shard:
    """Part `index` of `count`, counted from 1."""

    index: int = 1
    count: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanPlan:
    """What to look at and how; stored with the run."""

    targets: tuple[Target, ...]
    scope: Scope
    """Every address that may be touched."""
    space: Space
    """Every endpoint to be swept."""
    seed: int
    engine: EngineName = EngineName.CONNECT
    pace: Pace = field(default_factory=Pace)
    shard: Shard = field(default_factory=Shard)
    services: tuple[str, ...] = ()
    """Ids and categories to ask, `^` leaves one out; empty for all that are not opt-in."""
    identify: bool = True
    edition: int = 2025
    vantage: str | None = None
    """The user's name for where this run looks from."""
    problems: tuple[Problem, ...] = ()
    """What went wrong while targets were resolved: names without an address."""
    expected: tuple[Expected, ...] = ()
    """What must be open, as --expect-open and Compose files say."""

    _narrow: dict[tuple[int, int | None], list[Target]] = field(init=False, repr=False, compare=False)
    """The narrow targets of each address and pinned port: a file of 20,000 lines is not searched for every port."""
    _wide: IntervalMap[Target] = field(init=False, repr=False, compare=False)
    _named: dict[str, int | None] = field(init=False, repr=False, compare=False)
    """The one address that a name stands for; None when it stands for several."""

    def __post_init__(self) -> None:
        narrow: dict[tuple[int, int | None], list[Target]] = {}
        for target in self.targets:
            # Most targets are one address, and there may be a million of them.
            span = target.addresses.spans[0] if target.addresses else (0, -1)
            if span[0] == span[1] and len(target.addresses.spans) == 1:
                narrow.setdefault((span[0], target.port), []).append(target)
                continue
            for number in target.addresses if _width(target) <= _NARROW else ():
                narrow.setdefault((number, target.port), []).append(target)
        object.__setattr__(self, "_narrow", narrow)
        object.__setattr__(self, "_named", _named(self.targets))
        wide = IntervalMap((one.addresses, one) for one in self.targets if _width(one) > _NARROW)
        object.__setattr__(self, "_wide", wide)

    def target_of(self, number: int, port: int) -> Target | None:
        """Return the target that named an endpoint: one that pinned it before one that covers its address."""
        return min(self._ranked(number, port), key=_width, default=None)

    def targets_of(self, number: int, port: int) -> tuple[Target, ...]:
        """Return the targets to look at an endpoint for: each URL that pins it, else the one that names it best."""
        best = self.target_of(number, port)
        urls = [target for target in self._ranked(number, port) if target.port == port and target.scheme]
        return tuple(urls) if best is not None and best.scheme else (() if best is None else (best, *urls))

    def _ranked(self, number: int, port: int) -> list[Target]:
        """Return those that pinned an endpoint; where nobody did, those that cover its address."""
        wide = self._wide.at(number)
        for pin in (port, None):
            ranked: list[Target] = [
                *self._narrow.get((number, pin), ()),
                *(target for target in wide if target.port == pin),
            ]
            if ranked:
                return ranked
        return []

    def stands_for_one(self, name: str, number: int) -> bool:
        """Tell whether a label or host name stands for the machine with this address and for no other."""
        return self._named.get(name, number) == number


def _named(targets: tuple[Target, ...]) -> dict[str, int | None]:
    named: dict[str, int | None] = {}
    for target in targets:
        if target.name is None and target.host is None:
            continue
        number = target.addresses.at(0) if target.addresses.size == 1 else None
        for name in {target.name, target.host} - {None}:
            named[str(name)] = number if named.get(str(name), number) == number else None
    return named


def _width(target: Target) -> int:
    return target.addresses.size


def describe(address: Address, port: int) -> str:
    """Return `address:port` as people write it."""
    return f"[{address}]:{port}" if address.version == 6 else f"{address}:{port}"
