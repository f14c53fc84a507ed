"""What is to be looked at behind one open port: usually one place, and one for each URL that the user pinned there."""

from typing import NamedTuple

from scanner.core.address import to_address
from scanner.core.endpoint import Endpoint
from scanner.core.event import PortEvent
from scanner.core.plan import ScanPlan, Target

MANY = 64
"""Addresses from which a target is a network of which no single one was meant."""
_SAYS_TLS = {"https": True, "http": False}


class Place(NamedTuple):
    """An endpoint, and what the user's URL says of it."""

    endpoint: Endpoint
    tls: bool | None
    """Whether it speaks TLS; None without a URL."""


def places_of(event: PortEvent, plan: ScanPlan) -> tuple[Place, ...]:
    """Return every place behind an open port: URLs of one port that differ in host or path are places of their own."""
    targets = plan.targets_of(event.address, event.port)
    places = [_place(event, target) for target in targets] or [_place(event, None)]
    return tuple({(place.endpoint.host, place.endpoint.base_path): place for place in reversed(places)}.values())[::-1]


def is_one_of_many(event: PortEvent, plan: ScanPlan) -> bool:
    """Tell whether the user named no more than a network that an open port is in."""
    target = plan.target_of(event.address, event.port)
    return target is None or (target.addresses.size >= MANY and target.scheme is None and not target.base_path)


def _place(event: PortEvent, target: Target | None) -> Place:
    endpoint = Endpoint(
        to_address(event.address),
        event.port,
        event.transport,
        name=target.name if target else None,
        host=target.host if target else None,
        base_path=target.base_path if target else "",
    )
    return Place(endpoint, _SAYS_TLS.get(target.scheme or "") if target else None)
