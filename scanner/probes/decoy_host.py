"""Notices hosts where everything answers: tarpits, port spoofers, SYN proxies.

A host with more than one open port, or with one that never says a word, is asked for a few high ports that nobody
uses. Where those answer too, an open port means nothing, so nothing is asked there any more except products on their
own ports, whose proof speaks for itself.
"""

import dataclasses
from collections import Counter, defaultdict
from collections.abc import Collection, Sequence

from scanner.core.address import Address
from scanner.core.audit import Audit
from scanner.core.endpoint import Endpoint
from scanner.core.facts import Access
from scanner.core.plan import ScanPlan
from scanner.core.ports import Transport
from scanner.core.scope import Scope
from scanner.probes.controls import Controls, control_ports
from scanner.probes.decoy_network import flag_middleboxes
from scanner.probes.look import Look

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
        self._open: Counter[Address] = Counter()
        self._controls = Controls(scope, audit)

    def known(self, endpoint: Endpoint) -> str | None:
        """Return why the host of an endpoint may be a decoy, as far as is known by now."""
        return _EVERY_PORT if endpoint.address in self._controls.everywhere else None

    async def decoy_reason(self, endpoint: Endpoint) -> str | None:
        """Count an open port of a host, try the host's control ports once if it is due, and return the reason."""
        self._open[endpoint.address] += 1
        if self._open[endpoint.address] >= CONTROLS_FROM:
            await self._controls.try_host(endpoint.address)
        return self.known(endpoint)

    async def doubt(self, look: Look) -> None:
        """Find out whether there is a host behind a port that never said a word."""
        if look.mute and look.decoy is None:
            await self._controls.look_for_host(look.endpoint.address)

    def control_of(self, look: Look) -> Endpoint | None:
        """Return the port that has to be asked what a proof is worth on a host where every port answers."""
        if self.known(look.endpoint) is None or look.facts is None or look.facts.access < Access.METADATA:
            return None
        return dataclasses.replace(look.endpoint, port=control_ports(look.endpoint.address)[0])

    def clear(self, look: Look) -> None:
        """Take back that a look counts as a decoy for its host: its proof is its own."""
        look.alone = True
        if look.decoy == self.known(look.endpoint):
            look.decoy = None
            look.note = (
                look.note or "every port of this host accepts connections; this one proved itself, others do not"
            )

    async def compare(self, looks: Sequence[Look], plan: ScanPlan, alive: Collection[int]) -> None:
        """Once all has been looked at, find out who answers for addresses that nobody has."""
        await self._controls.try_the_dead(looks, plan, alive)

    def settle(self, looks: Sequence[Look]) -> list[Look]:
        """Flag what only the whole run shows, and fold what such a host's nameless ports say into one line."""
        for look in looks:
            look.decoy = look.decoy or (None if look.alone else self.known(look.endpoint))
        _flag_parrots(looks)
        flag_middleboxes(looks, self._scope, self._controls)
        _flag_mute_hosts(looks, self._controls.alive)
        return _folded(looks, self._controls.everywhere)


def _flag_parrots(looks: Sequence[Look]) -> None:
    """Flag hosts that greet with the same words on many ports."""
    greeted: defaultdict[tuple[Address, bytes], list[Look]] = defaultdict(list)
    for look in looks:
        if look.greeting and look.facts is None:
            greeted[look.endpoint.address, look.greeting].append(look)
    for alike in greeted.values():
        if len(alike) >= _SAME_GREETING_PORTS:
            for look in alike:
                look.decoy = look.decoy or f"the same greeting on {len(alike)} ports of this host"


def _flag_mute_hosts(looks: Sequence[Look], alive: set[Address]) -> None:
    """Flag hosts of several open ports that say nothing on any of them, and that nothing else shows to exist."""
    ports: defaultdict[Address, list[Look]] = defaultdict(list)
    for look in looks:
        ports[look.endpoint.address].append(look)
    for address, here in ports.items():
        if len(here) >= _MUTE_PORTS and address not in alive and all(look.mute for look in here):
            for look in here:
                look.decoy = look.decoy or (
                    f"none of its {len(here)} open ports ever says a word: a proxy or a filter may answer for it"
                )


def _folded(looks: Sequence[Look], addresses: set[Address]) -> list[Look]:
    kept: list[Look] = []
    nameless: defaultdict[Address, list[Look]] = defaultdict(list)
    for look in looks:
        foldable = look.endpoint.address in addresses and look.endpoint.transport is Transport.TCP
        (nameless[look.endpoint.address] if foldable and look.facts is None else kept).append(look)
    return kept + [_fold(alike) for alike in nameless.values()]


def _fold(looks: list[Look]) -> Look:
    first = min(looks, key=lambda look: look.endpoint.port)
    return dataclasses.replace(
        first,
        service=None,
        note=f"{len(looks)} open ports" if len(looks) > 1 else first.note,
        problems=[problem for look in looks for problem in look.problems],
    )
