"""Notices hosts and networks where everything answers: tarpits, SYN proxies, transparent proxies.

A host with more than one open port is asked for a few high ports that nobody uses. Where those answer too, an open
port means nothing, so nothing is asked there any more except products on their own ports, whose proof speaks for
itself.
"""

import asyncio
import dataclasses
import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from scanner.core.address import Address, to_number
from scanner.core.endpoint import Endpoint
from scanner.core.errors import TalkError
from scanner.core.facts import Access
from scanner.core.intervals import Intervals
from scanner.core.ports import Transport
from scanner.core.scope import Scope
from scanner.net.dial import dial
from scanner.probes.look import Look
from scanner.targets.special import Reach, reach

SUSPICIOUS_FROM = 2
"""Open ports of one host from which its control ports are tried."""
CONTROL_PORTS = 8
ENOUGH_CONTROLS = 6
"""Control ports that must answer for a host to be taken for one where every port does."""
_CONTROL_TIMEOUT_S = 1.5
_CONTROLS_FIRST, _CONTROLS_LAST = 20_000, 65_000
_SAME_GREETING_PORTS = 8
_SMALLEST_NETWORK = 16
"""Addresses of one network that must all answer before a middlebox is suspected."""


class Hosts:
    """What is known of the hosts of one run."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._open: Counter[Address] = Counter()
        self._tried: dict[Address, asyncio.Event] = {}
        self._reasons: dict[Address, str] = {}

    def known(self, endpoint: Endpoint) -> str | None:
        """Return why the host of an endpoint is suspect, as far as is known by now."""
        return self._reasons.get(endpoint.address)

    async def suspicion(self, endpoint: Endpoint) -> str | None:
        """Count an open port of a host, try the host's control ports once if it is due, and return the reason."""
        address = endpoint.address
        self._open[address] += 1
        if self._open[address] >= SUSPICIOUS_FROM:
            if address not in self._tried:
                self._tried[address] = asyncio.Event()
                try:
                    await self._try_controls(address)
                finally:
                    self._tried[address].set()
            await self._tried[address].wait()
        return self.known(endpoint)

    def settle(self, looks: Sequence[Look]) -> list[Look]:
        """Flag what only the whole run shows, and fold what a suspect host's nameless ports say into one line."""
        for look in looks:
            look.suspect = look.suspect or self.known(look.endpoint)
        _flag_parrots(looks)
        _flag_middleboxes(looks, self._scope)
        return _folded(looks, set(self._reasons))

    async def _try_controls(self, address: Address) -> None:
        ports = control_ports(address)
        answered = await self._answering(address, ports[:2])
        if answered == 2:
            answered += await self._answering(address, ports[2:])
        if answered >= ENOUGH_CONTROLS:
            self._reasons[address] = "every port answers"

    async def _answering(self, address: Address, ports: Iterable[int]) -> int:
        answering: list[int] = []

        async def connect(port: int) -> None:
            try:
                (await dial(address, port, self._scope, _CONTROL_TIMEOUT_S)).close()
            except TalkError:
                return
            answering.append(port)

        async with asyncio.TaskGroup() as tries:
            for port in ports:
                tries.create_task(connect(port))
        return len(answering)


def control_ports(address: Address) -> list[int]:
    """Return high ports that hardly anybody uses: the same ones for an address in every run, others for others."""
    span = _CONTROLS_LAST - _CONTROLS_FIRST
    ports: list[int] = []
    for index in range(CONTROL_PORTS * 4):
        digest = hashlib.sha256(f"{address}|{index}".encode()).digest()
        port = _CONTROLS_FIRST + int.from_bytes(digest[:4]) % span
        if port not in ports:
            ports.append(port)
    return ports[:CONTROL_PORTS]


def _flag_parrots(looks: Sequence[Look]) -> None:
    """Flag hosts that greet with the same words on many ports."""
    greeted: defaultdict[tuple[Address, bytes], list[Look]] = defaultdict(list)
    for look in looks:
        if look.greeting and look.facts is None:
            greeted[look.endpoint.address, look.greeting].append(look)
    for alike in greeted.values():
        if len(alike) >= _SAME_GREETING_PORTS:
            for look in alike:
                look.suspect = look.suspect or f"the same greeting on {len(alike)} ports of this host"


def _flag_middleboxes(looks: Sequence[Look], scope: Scope) -> None:
    """Flag a port that every single address of a network answers on, none of them as a product that shows itself."""
    answering: defaultdict[tuple[int, int], list[Look]] = defaultdict(list)
    for look in looks:
        number = to_number(look.endpoint.address)
        if look.endpoint.transport is Transport.TCP and reach(number) is not Reach.LOOPBACK:
            answering[number >> 8, look.endpoint.port].append(look)
    for (network, port), alike in answering.items():
        size = (scope.numbers & Intervals([(network << 8, (network << 8) + 255)])).size
        if size < _SMALLEST_NETWORK or len({look.endpoint.address for look in alike}) < size:
            continue
        if any(look.facts is not None and look.facts.access > Access.UNKNOWN for look in alike):
            continue
        for look in alike:
            look.suspect = look.suspect or (
                f"all {size} addresses of this network answer on port {port}: a transparent proxy or a filter"
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
        note=f"{len(looks)} open ports",
        problems=[problem for look in looks for problem in look.problems],
    )
