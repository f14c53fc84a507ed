"""A port that another scanner called open, and the spaces and targets that such ports make up."""

from collections import defaultdict
from collections.abc import Iterable
from ipaddress import ip_address
from typing import NamedTuple

from scanner.core.address import Address, to_number
from scanner.core.intervals import Intervals
from scanner.core.number import parse_number
from scanner.core.ports import LAST_PORT, PortSet, Transport, port_key
from scanner.core.space import Block, Space

MOST_FOUND = 1_000_000
"""More open ports than this in one file are refused."""


class Found(NamedTuple):
    """One open port."""

    address: Address
    port: int
    transport: Transport


def read_found(address: object, port: object, transport: object) -> Found | None:
    """Return the endpoint that three untrusted values name, None unless all are well-formed."""
    if not isinstance(address, str) or transport not in {"tcp", "udp"}:
        return None
    if isinstance(port, str):
        port = parse_number(port, most=LAST_PORT)
    if not isinstance(port, int) or isinstance(port, bool) or not 1 <= port <= LAST_PORT:
        return None
    try:
        parsed = ip_address(address)
    except ValueError:
        return None
    return None if getattr(parsed, "scope_id", None) else Found(parsed, port, Transport(str(transport)))


def lay_out_found(found: Iterable[Found], allowed: Intervals) -> Space:
    """Return exactly these endpoints as a space, without those whose address is not permitted."""
    by_key: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for one in found:
        number = to_number(one.address)
        by_key[port_key(one.transport, one.port)].append((number, number))
    return Space(
        Block(Intervals(spans) & allowed, PortSet(Intervals([(key, key)]))) for key, spans in sorted(by_key.items())
    )
