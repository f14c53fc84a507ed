"""Notices middleboxes: something that accepts connections for addresses that no host has.

A transparent proxy answers for the dead with an error of its own, a virus scanner or a SYN proxy with nothing at all.
So only what no service said counts here: a port that proved to be a service, or showed a page of its own, is left to
its own proof.
"""

from collections.abc import Sequence
from typing import TypeAlias

from scanner.core.address import Address, is_v4, to_number
from scanner.core.facts import Access
from scanner.core.intervals import Intervals
from scanner.core.scope import Scope
from scanner.probes.controls import Controls, by_place
from scanner.probes.look import Look
from scanner.targets.special import Reach, reach

_MANY = 16
"""Addresses that must all answer alike, whatever they say: fewer web servers with one start page are no wonder."""
_SOME = 8
"""Addresses that must all answer without a word. Clusters of two or four with a silent port are common."""
_WHO = "a transparent proxy or a filter"

Behaviour: TypeAlias = tuple[bool, str | None, bytes]


def flag_middleboxes(looks: Sequence[Look], scope: Scope, controls: Controls) -> None:
    """Flag what answers without being there, each with the reason; what is a service is never flagged."""
    living = controls.alive | {look.endpoint.address for look in looks if _proven(look)}
    for (network, port), here in by_place(looks).items():
        if reach(network << 8) is Reach.LOOPBACK:
            continue
        place = Place(network, port, scope, {to_number(look.endpoint.address) for look in here})
        for alike in _alike(here):
            reason = _reason(alike, place, living, controls)
            for look in alike if reason else ():
                look.decoy = look.decoy or reason


class Place:
    """One port of the planned addresses of one network."""

    def __init__(self, network: int, port: int, scope: Scope, answering: set[int]) -> None:
        self.key = network, port
        self.port = port
        self._planned = scope.numbers & Intervals([(network << 8, (network << 8) + 255)])
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


def _alike(looks: Sequence[Look]) -> list[list[Look]]:
    groups: dict[Behaviour, list[Look]] = {}
    for look in looks:
        if not _proven(look):
            groups.setdefault(_behaviour(look), []).append(look)
    return list(groups.values())


def _behaviour(look: Look) -> Behaviour:
    return (True, None, b"") if look.mute else (False, look.note, look.greeting)


def _reason(alike: Sequence[Look], place: Place, living: set[Address], controls: Controls) -> str | None:
    mute = alike[0].mute
    dead = not controls.nobody.isdisjoint(look.endpoint.address for look in alike)
    if mute and (dead or place.key in controls.dead_places):
        return f"port {place.port} answers for addresses that no host has: {_WHO}"
    unproven = {to_number(look.endpoint.address) for look in alike if look.endpoint.address not in living}
    if mute and place.edges and place.edges <= unproven:
        return f"port {place.port} answers on the network and the broadcast address too: {_WHO}"
    enough = _SOME if mute else _MANY
    if place.complete and place.size >= enough and len(unproven) * 2 >= place.size:
        return f"all {place.size} addresses of this network answer on port {place.port}, most of them alike: {_WHO}"
    return None


def _proven(look: Look) -> bool:
    # An open proxy proves itself with the same errors that a transparent one has for the dead.
    return not look.mute and look.facts is not None and look.facts.access > Access.UNKNOWN
