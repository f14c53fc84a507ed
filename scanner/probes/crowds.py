"""A port at which everybody of a network answers costs a sample of that network, not every address.

A SYN proxy, a transparent proxy or a host behind a whole network completes connections for every address. In a large
plan, once a sample of a /24 (IPv6: /120) has answered alike and nothing in it was a service, the rest of a crowd is
left unasked; and once a sample of a /16 has, one address of each of its /24 is enough. One service, or one that behaves
otherwise, and its whole /24 is asked. What is left unasked is said to be: it counts as inconclusive, never as clean.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

from scanner.core.address import to_address, to_number
from scanner.core.endpoint import Endpoint
from scanner.core.event import PortEvent
from scanner.core.facts import Access
from scanner.core.observation import Observation
from scanner.core.ports import Transport
from scanner.core.unheard import Unheard

CROWD = 64
"""Planned addresses of a /24 from which it can be a crowd: with fewer, each is asked."""
LARGE = 2_048
"""Planned addresses of a /16 from which a sample is worth what it leaves unsaid: with fewer, each is asked."""
ALL_BUT = 0.1
"""Share of a crowd's addresses that may not answer; where more do not, each that does is asked."""
SAMPLE, WIDE_SAMPLE, OF_EACH = 16, 32, 1
"""Addresses asked of a crowd in a /24, in all of a /16 at first, and of a /24 whose /16 is known to answer alike."""
_NET_BITS, _WIDE_BITS = 8, 16

Key: TypeAlias = tuple[int, int]
Behaviour: TypeAlias = tuple[str | None, bool, bytes]
_SERVICE: Behaviour = ("service", False, b"")
_DECOY: Behaviour = ("decoy", False, b"")


@dataclass(slots=True)
class _Wide:
    """One port of a /16."""

    asked: int = 0
    heard: int = 0
    behaviour: Behaviour | None = None
    mixed: bool = False
    nets: "dict[Key, _Net]" = field(default_factory=dict)

    @property
    def alike(self) -> bool:
        """Whether enough of it has answered, and all alike."""
        return not self.mixed and self.heard >= WIDE_SAMPLE


@dataclass(slots=True)
class _Net:
    """One port of a /24."""

    wide: _Wide
    planned: int
    open: int = 0
    asked: int = 0
    behaviour: Behaviour | None = None
    mixed: bool = False
    differs: bool = False
    """Whether its sample behaves otherwise than its /16."""
    held: list[PortEvent] = field(default_factory=list)

    @property
    def quota(self) -> int:
        """How many may be asked for now, before more is known."""
        if self.differs or self.wide.mixed:
            return SAMPLE
        if self.wide.alike:
            return OF_EACH
        return SAMPLE if self.wide.asked < WIDE_SAMPLE else 0


class Crowds:
    """What waits for a sample of its network."""

    def __init__(self, planned: Callable[[int, int], int]) -> None:
        """Take how many addresses are planned between two places on the address line."""
        self._planned = planned
        self._nets: dict[Key, _Net] = {}
        self._wides: dict[Key, _Wide] = {}
        self._released: list[PortEvent] = []
        self._all_known = False
        self._sampled: set[tuple[int, int]] = set()
        """Endpoints that are asked and have not been heard out: place on the address line, and port."""

    @property
    def under_way(self) -> int:
        """How many are asked now."""
        return len(self._sampled)

    def holds(self, event: PortEvent) -> bool:
        """Tell whether an open port has to wait, and keep it if so."""
        if event.transport is not Transport.TCP:
            return False
        net = self._net(event.address, event.port)
        net.open += 1
        if net.held or not self._may_be_asked(net):
            net.held.append(event)
            return True
        self._begin(net, event)
        return False

    def heard(self, seen: Observation) -> None:
        """Take what an endpoint said."""
        place = to_number(seen.endpoint.address), seen.endpoint.port
        if seen.endpoint.transport is not Transport.TCP or place not in self._sampled:
            return
        self._sampled.remove(place)
        net = self._nets[_key(*place, _NET_BITS)]
        wide = net.wide
        wide.heard += 1
        behaviour = _behaviour(seen)
        was_alike, was_mixed = wide.alike and wide.heard > WIDE_SAMPLE, wide.mixed
        net.mixed = net.mixed or behaviour is _SERVICE or net.behaviour not in {None, behaviour}
        net.behaviour = behaviour
        if was_alike:
            net.differs = net.differs or behaviour != wide.behaviour
        else:
            wide.mixed = wide.mixed or behaviour is _SERVICE or wide.behaviour not in {None, behaviour}
            wide.behaviour = behaviour
        changed = wide.mixed != was_mixed or (wide.alike and not was_alike)
        for one in wide.nets.values() if changed else (net,):
            self._release(one)

    def all_known(self) -> None:
        """Note that the sweep has found all open ports: whoever turned out to be no crowd is asked."""
        self._all_known = True
        for net in self._nets.values():
            self._release(net)

    def released(self) -> list[PortEvent]:
        """Return, and forget, what may be asked now."""
        released, self._released = self._released, []
        return released

    def aside(self) -> tuple[list[Observation], int]:
        """Return one observation for the rest of each crowd, once no sample is under way, and how many that were."""
        crowds = [net for net in self._nets.values() if net.held]
        return [_rest_of(net) for net in crowds], sum(len(net.held) for net in crowds)

    def _net(self, number: int, port: int) -> _Net:
        key = _key(number, port, _NET_BITS)
        net = self._nets.get(key)
        if net is None:
            wide = self._wides.setdefault(_key(number, port, _WIDE_BITS), _Wide())
            few = min(self._size(number, _WIDE_BITS) // LARGE, self._size(number, _NET_BITS) // CROWD) == 0
            net = self._nets[key] = wide.nets[key] = _Net(wide, self._size(number, _NET_BITS), mixed=few)
        return net

    def _size(self, number: int, bits: int) -> int:
        first = number >> bits << bits
        return self._planned(first, first + (1 << bits) - 1)

    def _may_be_asked(self, net: _Net) -> bool:
        few = self._all_known and net.open < (1.0 - ALL_BUT) * net.planned
        return net.mixed or few or net.asked < net.quota

    def _begin(self, net: _Net, event: PortEvent) -> None:
        net.asked += 1
        net.wide.asked += 1
        self._sampled.add((event.address, event.port))

    def _release(self, net: _Net) -> None:
        while net.held and self._may_be_asked(net):
            event = net.held.pop()
            self._released.append(event)
            self._begin(net, event)


def _key(number: int, port: int, bits: int) -> Key:
    return number >> bits, port


def _behaviour(seen: Observation) -> Behaviour:
    # What was not asked for want of a question costs nothing, so a sample would spare nothing.
    if not seen.connections or (not seen.mute and seen.facts is not None and seen.facts.access > Access.UNKNOWN):
        return _SERVICE
    if seen.decoy is not None:
        return _DECOY
    return (None, True, b"") if seen.mute else (seen.note, False, seen.greeting)


def _rest_of(net: _Net) -> Observation:
    first = min(net.held)
    where = Endpoint(to_address(first.address), first.port, first.transport)
    more = f"this and {len(net.held) - 1} more addresses" if len(net.held) > 1 else "this address"
    note = (
        f"{more} of its network accept connections on port {first.port}, and {_all(net.asked)} asked behaved alike: "
        "a proxy or a filter may answer for all, so they were not asked one by one"
    )
    return Observation(endpoint=where, unheard=Unheard.NOT_ASKED, note=note)


def _all(count: int) -> str:
    return "the one that was" if count == 1 else f"all {count} that were"
