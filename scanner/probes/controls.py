"""Controls: places where no service can be, tried to learn who answers for them.

The high ports of a scanned host that hardly anybody uses show a host that accepts everything, prove by a refusal that
it exists, or bring a router's word that it does not. A planned address that this machine's own link could not resolve
shows what answers for addresses that no host has. Nothing outside the scope is ever a control.
"""

import asyncio
import hashlib
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence

from scanner.core.address import Address, to_address, to_number
from scanner.core.audit import Audit
from scanner.core.intervals import Intervals
from scanner.core.observation import Observation
from scanner.core.plan import ScanPlan
from scanner.core.ports import Transport
from scanner.core.scope import Scope
from scanner.net.connect_check import ConnectResult, connect_check
from scanner.sweep import kernel
from scanner.sweep.netlink import NetlinkError

CONTROL_PORTS = 8
ENOUGH_CONTROLS = 6
"""Control ports that must answer for a host to be taken for one where every port does."""
_TIMEOUT_S = 1.5
_ROUTERS_WORD_S = 4.0
"""How long a router tries to resolve an address, three times a second apart, before it says that nobody has it."""
_FIRST, _LAST = 20_000, 65_000
_MOST_HOST_CHECKS = 32
"""Hosts of one network at which that is waited for."""
_MOST_UNUSED_PLACES = 64
_UNUSED_ADDRESSES = 2


class Controls:
    """What the control ports and control addresses of one run did."""

    def __init__(self, scope: Scope, audit: Audit | None = None) -> None:
        self._scope = scope
        self._audit = audit
        self._tried: dict[Address, asyncio.Event] = {}
        self._closer: Counter[int] = Counter()
        self.everywhere: set[Address] = set()
        """Hosts whose every port answers."""
        self.alive: set[Address] = set()
        """Hosts that refused a control port: they exist."""
        self.nobody: set[Address] = set()
        """Addresses that the network says no host has."""
        self.answered_unused: set[tuple[int, int]] = set()
        """(network, port) where an address that no host has accepted a connection."""

    async def try_host(self, address: Address) -> None:
        """Try the control ports of a host, once; whoever asks meanwhile waits for the outcome."""
        if address not in self._tried:
            self._tried[address] = asyncio.Event()
            try:
                await self._try(address)
            finally:
                self._tried[address].set()
        await self._tried[address].wait()

    async def look_for_host(self, address: Address) -> None:
        """Find out whether a host exists whose open port never said a word."""
        await self.try_host(address)
        network = network_of(address)
        if (
            any(address in known for known in (self.everywhere, self.alive, self.nobody))
            or self._closer[network] >= _MOST_HOST_CHECKS
        ):
            return
        self._closer[network] += 1
        await self._connect_check(address, control_ports(address)[:1], _ROUTERS_WORD_S)

    async def try_unused_addresses(
        self, observations: Sequence[Observation], plan: ScanPlan, alive: Collection[int]
    ) -> None:
        """Where ports never said a word, try the same port of planned addresses that nobody has on our own link."""
        answered = {to_number(one.endpoint.address) for one in observations} | set(alive)
        on_link = _on_link() & self._scope.numbers
        places = sorted({place_of(one) for one in observations if one.mute})[:_MOST_UNUSED_PLACES] if on_link else []
        async with asyncio.TaskGroup() as tries:
            for network, port in places:
                inside = on_link.clip(network << 8, (network << 8) + 255)
                planned = (number for number in inside if number not in answered and _is_planned(plan, number, port))
                for number, _ in zip(planned, range(_UNUSED_ADDRESSES), strict=False):
                    tries.create_task(self._try_unused(number, network, port))

    async def _try_unused(self, number: int, network: int, port: int) -> None:
        accepted = (
            await connect_check(to_address(number), port, self._scope, _TIMEOUT_S, self._audit)
            is ConnectResult.ACCEPTED
        )
        # Whoever has come to life since the sweep is in the neighbour table now.
        if accepted and _nobody_has(number):
            self.answered_unused.add((network, port))

    async def _try(self, address: Address) -> None:
        ports = control_ports(address)
        accepted = await self._connect_check(address, ports[:2], _TIMEOUT_S)
        if accepted == 2:
            accepted += await self._connect_check(address, ports[2:], _TIMEOUT_S)
        if accepted >= ENOUGH_CONTROLS:
            self.everywhere.add(address)

    async def _connect_check(self, address: Address, ports: Iterable[int], timeout_s: float) -> int:
        """Try ports at once, keep what that says of the host, and return how many accepted."""
        async with asyncio.TaskGroup() as tries:
            tasks = [
                tries.create_task(connect_check(address, port, self._scope, timeout_s, self._audit)) for port in ports
            ]
        outcomes = [task.result() for task in tasks]
        if ConnectResult.REFUSED in outcomes:
            self.alive.add(address)
        if ConnectResult.NOBODY in outcomes:
            self.nobody.add(address)
        return outcomes.count(ConnectResult.ACCEPTED)


def control_ports(address: Address) -> list[int]:
    """Return high ports that hardly anybody uses: the same ones for an address in every run, others for others."""
    span = _LAST - _FIRST
    ports: list[int] = []
    for index in range(CONTROL_PORTS * 4):
        digest = hashlib.sha256(f"{address}|{index}".encode()).digest()
        port = _FIRST + int.from_bytes(digest[:4]) % span
        if port not in ports:
            ports.append(port)
    return ports[:CONTROL_PORTS]


def network_of(address: Address) -> int:
    """Return the number of the /24 (IPv6: /120) that an address is in."""
    return to_number(address) >> 8


def place_of(one: Observation) -> tuple[int, int]:
    """Return the network and the port of an observation: where one middlebox would answer for many addresses."""
    return network_of(one.endpoint.address), one.endpoint.port


def by_place(observations: Iterable[Observation]) -> dict[tuple[int, int], list[Observation]]:
    """Return observations over TCP by place."""
    places: defaultdict[tuple[int, int], list[Observation]] = defaultdict(list)
    for one in observations:
        if one.endpoint.transport is Transport.TCP:
            places[place_of(one)].append(one)
    return places


def _is_planned(plan: ScanPlan, number: int, port: int) -> bool:
    return plan.space.holds(number, port)


def _on_link() -> Intervals:
    """Return the addresses on this machine's own links; where the kernel does not say, none is used as a control."""
    try:
        return kernel.attached()
    except NetlinkError:
        return Intervals()


def _nobody_has(number: int) -> bool:
    """Tell whether the kernel says that no neighbour has an address; when it does not answer, nothing is known."""
    try:
        return not kernel.neighbours().get(number, kernel.Nud(0)) & kernel.PRESENT
    except NetlinkError:
        return False
