"""Puts listeners, owners and the catalogue together: which doors this machine leaves open, and how far they reach."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from scanner.core.address import to_number
from scanner.core.finding import Indicator
from scanner.host.listeners import Listener, read_listeners
from scanner.host.owners import Process, read_processes, sockets_of, user_name
from scanner.host.signs import host_signs
from scanner.probes.registry import Registry
from scanner.targets.special import Reach, reach


class Audience(StrEnum):
    """Who can reach a listener, as far as its address tells; a firewall may narrow it."""

    THIS_MACHINE = "this machine"
    ONE_NETWORK = "one network"
    EVERYBODY = "every interface"
    INTERNET = "public address"


@dataclass(frozen=True, slots=True)
class Door:
    """One listener, explained."""

    listener: Listener
    audience: Audience
    user: str
    process: Process | None
    services: tuple[str, ...]
    """Services whose default port it is."""


@dataclass(frozen=True, slots=True)
class HostView:
    """This machine from the inside."""

    doors: tuple[Door, ...]
    signs: tuple[Indicator, ...]
    all_owners_seen: bool
    """False when some sockets belong to processes that this user may not see."""


def view_host(registry: Registry) -> HostView:
    """Return what listens on this machine and what looks like a break-in."""
    processes = read_processes()
    owners = sockets_of(processes)
    doors = tuple(_door(listener, owners.get(listener.inode), registry) for listener in read_listeners())
    return HostView(
        doors=tuple(sorted(doors, key=_worst_first)),
        signs=tuple(host_signs(processes.values())),
        all_owners_seen=all(door.process is not None for door in doors),
    )


def _door(listener: Listener, owner: Process | None, registry: Registry) -> Door:
    services = registry.on_port(listener.transport, listener.port)
    return Door(listener, _audience(listener), user_name(listener.uid), owner, tuple(probe.id for probe in services))


def _audience(listener: Listener) -> Audience:
    kind = reach(to_number(listener.address))
    if kind is Reach.UNSPECIFIED:
        return Audience.EVERYBODY
    if kind is Reach.LOOPBACK:
        return Audience.THIS_MACHINE
    return Audience.INTERNET if kind is Reach.PUBLIC else Audience.ONE_NETWORK


_ORDER: Sequence[Audience] = (Audience.INTERNET, Audience.EVERYBODY, Audience.ONE_NETWORK, Audience.THIS_MACHINE)


def _worst_first(door: Door) -> tuple[int, bool, int]:
    return _ORDER.index(door.audience), not door.services, door.listener.port
