"""Notices middleboxes: something that accepts connections for addresses that no host has.

A transparent proxy answers for such addresses with an error of its own, a virus scanner or a SYN proxy with nothing at
all. So only what no service said counts here: a port that proved to be a service, or showed a page of its own, is left
to its own proof.
"""

from collections.abc import Sequence
from typing import TypeAlias

from scanner.core.address import Address, is_v4, to_number
from scanner.core.count import counted
from scanner.core.endpoint import Endpoint
from scanner.core.facts import Access
from scanner.core.observation import Observation
from scanner.core.scope import Scope
from scanner.probes.controls import Controls, by_place
from scanner.targets.special import Reach, reach

_MANY = 16
"""Addresses that must all answer alike, whatever they say: fewer web servers with one start page are no wonder."""
_SOME = 8
"""Addresses that must all answer without a word. Clusters of two or four with a silent port are common."""
_WHO = "a transparent proxy or a filter"

Behaviour: TypeAlias = tuple[bool, str | None, bytes]


def middleboxes(observations: Sequence[Observation], scope: Scope, controls: Controls) -> dict[Endpoint, str]:
    """Return what answers without being there, each with the reason; what is a service is never among it."""
    living = controls.alive | {one.endpoint.address for one in observations if _proven(one)}
    reasons: dict[Endpoint, str] = {}
    for (network, port), here in by_place(observations).items():
        if reach(network << 8) is Reach.LOOPBACK:
            continue
        place = Place(network, port, scope, {to_number(one.endpoint.address) for one in here})
        for alike in _alike(here):
            if reason := _proof(alike, place, controls):
                reasons.update((one.endpoint, reason) for one in alike)
            elif reason := _likelihood(alike, place, living):
                # Who was not heard in time is not suspected for it.
                reasons.update((one.endpoint, reason) for one in alike if one.unheard is None)
    return reasons


class Place:
    """One port of the planned addresses of one network."""

    def __init__(self, network: int, port: int, scope: Scope, answering: set[int]) -> None:
        self.key = network, port
        self.port = port
        self._planned = scope.numbers.clip(network << 8, (network << 8) + 255)
        self.size = self._planned.size
        self.complete = len(answering) == self.size

    @property
    def edges(self) -> set[int]:
        """The network and broadcast address, if the plan is one whole IPv4 network: no host may have them."""
        if len(self._planned.spans) != 1 or self.size < _SOME:
            return set()
        first, last = self._planned.spans[0]
        whole = not self.size & (self.size - 1) and not first % self.size
        return {first, last} if whole and is_v4(first) else set()


def _alike(observations: Sequence[Observation]) -> list[list[Observation]]:
    groups: dict[Behaviour, list[Observation]] = {}
    for one in observations:
        if not _proven(one):
            groups.setdefault(_behaviour(one), []).append(one)
    return list(groups.values())


def _behaviour(one: Observation) -> Behaviour:
    return (True, None, b"") if one.mute else (False, one.note, one.greeting)


def _proof(alike: Sequence[Observation], place: Place, controls: Controls) -> str | None:
    """Return what answers at addresses that no host has."""
    mute = alike[0].mute
    unused = not controls.nobody.isdisjoint(one.endpoint.address for one in alike)
    if mute and (unused or place.key in controls.answered_unused):
        return f"port {place.port} answers for addresses that no host has: {_WHO}"
    return None


def _likelihood(alike: Sequence[Observation], place: Place, living: set[Address]) -> str | None:
    """Return what is no wonder at a few addresses and one at all of a network."""
    mute = alike[0].mute
    unproven = _unproven(alike, living)
    if mute and place.edges and place.edges <= unproven:
        return f"port {place.port} answers on the network and the broadcast address too: {_WHO}"
    enough = _SOME if mute else _MANY
    if place.complete and place.size >= enough and len(unproven) * 2 >= place.size:
        return (
            f"all {counted(place.size, 'address')} of this network answer on port {place.port}, "
            f"most of them alike: {_WHO}"
        )
    return None


def _unproven(alike: Sequence[Observation], living: set[Address]) -> set[int]:
    return {to_number(one.endpoint.address) for one in alike if one.endpoint.address not in living}


def _proven(one: Observation) -> bool:
    # An open proxy proves itself with the same errors that a transparent one gives for unused addresses.
    return not one.mute and one.facts is not None and one.facts.access > Access.UNKNOWN
