"""Notices hosts where everything answers: tarpits, port spoofers, SYN proxies.

A host with more than one open port, or with one that never says a word, is asked for a few high ports that nobody
uses. Where those answer too, an open port means nothing, so nothing is asked there any more except products on their
own ports, whose proof speaks for itself.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import replace

from scanner.core.address import Address
from scanner.core.audit import Audit
from scanner.core.count import counted
from scanner.core.endpoint import Endpoint
from scanner.core.facts import Access
from scanner.core.observation import Observation
from scanner.core.plan import ScanPlan
from scanner.core.ports import Transport
from scanner.core.scope import Scope
from scanner.probes.controls import Controls, control_ports
from scanner.probes.decoy_network import middleboxes

CONTROLS_FROM = 2
"""Open ports of one host from which its control ports are tried."""
_SAME_GREETING_PORTS = 8
_MUTE_PORTS = 3
"""Open ports of one host, all there are, that never say a word: nobody runs so many services that do not answer."""
_EVERY_PORT = "every port answers"


class DecoyHosts:
    """What is known of the hosts of one run."""

    def __init__(self, scope: Scope, audit: Audit | None = None) -> None:
        self._scope = scope
        self._open: defaultdict[Address, set[int]] = defaultdict(set)
        self._controls = Controls(scope, audit)

    def known(self, endpoint: Endpoint) -> str | None:
        """Return why the host of an endpoint may be a decoy, as far as is known by now."""
        return _EVERY_PORT if endpoint.address in self._controls.everywhere else None

    async def decoy_reason(self, endpoint: Endpoint) -> str | None:
        """Count an open port of a host, try the host's control ports once if it is due, and return the reason."""
        self._open[endpoint.address].add(endpoint.port)
        if len(self._open[endpoint.address]) >= CONTROLS_FROM:
            await self._controls.try_host(endpoint.address)
        return self.known(endpoint)

    async def check_exists(self, seen: Observation) -> None:
        """Find out whether there is a host behind a port that never said a word."""
        if seen.mute and seen.decoy is None:
            await self._controls.look_for_host(seen.endpoint.address)

    def control_of(self, seen: Observation) -> Endpoint | None:
        """Return the port that has to be asked what a proof is worth on a host where every port answers."""
        if self.known(seen.endpoint) is None or seen.facts is None or seen.facts.access < Access.METADATA:
            return None
        return replace(seen.endpoint, port=control_ports(seen.endpoint.address)[0])

    def cleared(self, seen: Observation) -> Observation:
        """Take back that an observation counts as a decoy for its host: its proof is its own."""
        if seen.decoy != self.known(seen.endpoint):
            return replace(seen, proof_is_its_own=True)
        note = seen.note or "every port of this host accepts connections; this one proved itself, others do not"
        return replace(seen, proof_is_its_own=True, decoy=None, note=note)

    async def compare(self, observations: Sequence[Observation], plan: ScanPlan, alive: Collection[int]) -> None:
        """Once all has been looked at, find out what answers for addresses that no host has."""
        await self._controls.try_unused_addresses(observations, plan, alive)

    def settle(self, observations: Sequence[Observation]) -> list[Observation]:
        """Flag what only the whole run shows, and fold what such a host's nameless ports say into one line."""
        reasons = {
            **_mute_hosts(observations, self._controls.alive),
            **middleboxes(observations, self._scope, self._controls),
            **_parrots(observations),
        }
        flagged = [
            (one if one.proof_is_its_own else one.proven_decoy(self.known(one.endpoint))).proven_decoy(
                reasons.get(one.endpoint)
            )
            for one in observations
        ]
        return _folded(flagged, self._controls.everywhere)


def _parrots(observations: Sequence[Observation]) -> dict[Endpoint, str]:
    """Return the ports of hosts that greet with the same words on many ports, with the reason."""
    greeted: defaultdict[tuple[Address, bytes], list[Observation]] = defaultdict(list)
    for one in observations:
        if one.greeting and one.facts is None:
            greeted[one.endpoint.address, one.greeting].append(one)
    return {
        one.endpoint: f"the same greeting on {counted(len(alike), 'port')} of this host"
        for alike in greeted.values()
        if len(alike) >= _SAME_GREETING_PORTS
        for one in alike
    }


def _mute_hosts(observations: Sequence[Observation], alive: set[Address]) -> dict[Endpoint, str]:
    """Return the ports of hosts that say nothing on any of several, and that nothing else shows to exist."""
    ports: defaultdict[Address, list[Observation]] = defaultdict(list)
    for one in observations:
        ports[one.endpoint.address].append(one)
    return {
        one.endpoint: (
            f"none of its {counted(len(here), 'open port')} ever says a word: a proxy or a filter may answer for it"
        )
        for address, here in ports.items()
        if len(here) >= _MUTE_PORTS and address not in alive and all(one.mute for one in here)
        for one in here
        if one.unheard is None
    }


def _folded(observations: Sequence[Observation], addresses: set[Address]) -> list[Observation]:
    kept: list[Observation] = []
    nameless: defaultdict[Address, list[Observation]] = defaultdict(list)
    for one in observations:
        foldable = one.endpoint.address in addresses and one.endpoint.transport is Transport.TCP
        # Whoever is only named there has shown nothing: the words are those of what answers on every port.
        unproven = one.facts is None or one.facts.access is Access.UNKNOWN
        (nameless[one.endpoint.address] if foldable and unproven else kept).append(one)
    return kept + [_fold(alike) for alike in nameless.values()]


def _fold(alike: list[Observation]) -> Observation:
    first = min(alike, key=lambda one: one.endpoint.port)
    return replace(
        first,
        service=None,
        probe=None,
        facts=None,
        unheard=None,
        note=counted(len(alike), "open port") if len(alike) > 1 else first.note,
        problems=tuple(problem for one in alike for problem in one.problems),
    )
