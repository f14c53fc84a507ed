"""Which planned endpoints must be open for a run to say anything: a gate before its service has started is no gate."""

from collections.abc import Iterable, Iterator, Sequence
from ipaddress import ip_address

from scanner.core.address import to_address, to_number
from scanner.core.errors import UsageError
from scanner.core.plan import Expected, Place, Target, describe
from scanner.core.ports import Transport, port_key
from scanner.core.space import Space
from scanner.targets.compose.published import Published

MOST_EXPECTED = 1_000
"""More than anybody names one by one."""
_MOST_ADDRESSES = 16
"""Addresses of one target, one of which has to accept: the records of a name."""


def expected_endpoints(
    targets: Sequence[Target], space: Space, published: Sequence[Published], *, named: bool, ports_named: bool
) -> tuple[Expected, ...]:
    """Return what must be open.

    Always what Compose publishes of services that are to run; with `named` also pinned endpoints, and with
    `ports_named` the planned TCP ports of targets that are one host. What was excluded is not expected. Raises
    UsageError when `named` finds nothing, or more than MOST_EXPECTED.
    """
    found: dict[tuple[Place, ...], Expected] = {}
    for port in published:
        places = tuple(place for place in _places(port) if _planned(space, place))
        if places and not port.optional:
            found.setdefault(places, Expected(_words(port), places))
    if not named:
        return tuple(found.values())
    composed = set(map(_place, published))
    for target in targets:
        if target.addresses.size <= _MOST_ADDRESSES and (target.port is not None or ports_named):
            for one in _of(target, space):
                if one.places[0] not in composed:
                    found.setdefault(one.places, one)
    if not found:
        raise UsageError(
            "--wait and --expect-open are about endpoints that are named one by one; pin them (10.0.0.5:6379), "
            "name hosts and -p, or use --from-compose"
        )
    if len(found) > MOST_EXPECTED:
        raise UsageError(f"--wait and --expect-open take up to {MOST_EXPECTED:,} endpoints; name fewer")
    return tuple(found.values())


def _of(target: Target, space: Space) -> Iterator[Expected]:
    numbers = list(target.addresses)
    if target.host is None and len(numbers) > 1:
        # A network or range: nobody says that all of its hosts exist.
        return
    for port in [target.port] if target.port is not None else _tcp_ports(space, numbers):
        places = tuple(place for number in numbers if _planned(space, place := (number, port, Transport.TCP)))
        if places:
            yield Expected(describe(to_address(places[0][0]), port), places)


def _tcp_ports(space: Space, numbers: Iterable[int]) -> list[int]:
    wanted = list(numbers)
    blocks = [block for block in space.blocks if any(number in block.addresses for number in wanted)]
    sets = [block.ports.only(Transport.TCP) for block in blocks]
    if sum(each.size for each in sets) > MOST_EXPECTED:
        raise UsageError(f"--wait and --expect-open take up to {MOST_EXPECTED:,} endpoints; name fewer")
    return sorted({port for each in sets for _, port in each})


def _words(port: Published) -> str:
    first, last = port.one_of or (port.port, port.port)
    ports = "" if first == last else f"-{last}"
    return f"{describe(ip_address(port.address), first)}{ports} ({port.service})"


def _places(port: Published) -> Iterator[Place]:
    """Yield where a port is published: all of those of which Docker picks one."""
    number, _, transport = _place(port)
    first, last = port.one_of or (port.port, port.port)
    return ((number, each, transport) for each in range(first, last + 1))


def _place(port: Published) -> Place:
    return to_number(ip_address(port.address)), port.port, port.transport


def _planned(space: Space, place: Place) -> bool:
    number, port, transport = place
    key = port_key(transport, port)
    return any(number in block.addresses and key in block.ports.keys for block in space.blocks)
