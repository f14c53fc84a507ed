"""A port that another scanner called open, and the spaces that such ports make up."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import ip_address
from typing import NamedTuple

from scanner.core.address import Address, to_number
from scanner.core.errors import UsageError
from scanner.core.intervals import Intervals
from scanner.core.number import parse_number
from scanner.core.ports import LAST_PORT, PortSet, Transport, port_key
from scanner.core.space import Block, Space
from scanner.core.text import clean
from scanner.targets.layout import Barred
from scanner.targets.parse import parse_name
from scanner.targets.span import read_address

MOST_FOUND = 1_000_000
"""More open ports than this in one file are refused."""
_MOST_EXAMPLES = 3
_NOWHERE = Intervals()
_TRANSPORTS = {transport.value: transport for transport in Transport}


class Found(NamedTuple):
    """One open port."""

    address: Address
    port: int
    transport: Transport
    host: str | None = None
    """The name that the other scanner was given, for Host and SNI."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Entries of one kind that could not be taken over."""

    why: str
    count: int
    examples: tuple[str, ...]


@dataclass(slots=True)
class Import:
    """What one file of another scanner says."""

    found: list[Found] = field(default_factory=list)
    """Each once, in order."""
    ended: bool = False
    """Whether the file says that the scan came to its end, and that a host answered it."""
    broken_off: bool = False
    """Whether it would say that the scan came to its end, and does not."""
    _seen: set[tuple[object, ...]] = field(default_factory=set)
    # Texts are compared: hashing an address object costs more than all the rest.
    _left: dict[str, list[str]] = field(default_factory=dict)
    _counts: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    @property
    def left_out(self) -> tuple[LeftOut, ...]:
        """What could not be taken over, by reason."""
        return tuple(LeftOut(why, self._counts[why], tuple(shown)) for why, shown in self._left.items())

    def take(self, address: object, port: object, transport: object, host: object = None) -> None:
        """Take over one port that the other scanner called open, or note why it can't be."""
        read = read_found(address, port, transport)
        if isinstance(read, str):
            self.leave_out(read, f"{address}:{port}/{transport}")
            return
        name = read_host(host)
        seen = (address, read.port, transport, name)
        if seen not in self._seen:
            self._seen.add(seen)
            self.found.append(read if name is None else read._replace(host=name))

    def leave_out(self, why: str, shown: str, count: int = 1) -> None:
        """Note entries that are not taken over."""
        examples = self._left.setdefault(why, [])
        if len(examples) < _MOST_EXAMPLES:
            examples.append(clean(shown, 80))
        self._counts[why] += count


def read_found(address: object, port: object, transport: object) -> Found | str:
    """Return the endpoint that three untrusted values name, or why they name none that can be looked at."""
    if transport == "sctp":
        return "SCTP is not spoken here"
    if not isinstance(address, str) or not isinstance(transport, str) or transport not in _TRANSPORTS:
        return "not well-formed"
    if isinstance(port, str):
        port = parse_number(port, most=LAST_PORT)
    if not isinstance(port, int) or isinstance(port, bool) or not 1 <= port <= LAST_PORT:
        return "not well-formed"
    parsed = _address(address)
    return parsed if isinstance(parsed, str) else Found(parsed, port, _TRANSPORTS[transport])


# One host has as many lines as open ports: its address and name are read once.
@lru_cache(maxsize=4096)
def _address(text: str) -> Address | str:
    try:
        parsed = read_address(text)
        if getattr(parsed, "scope_id", None):
            to_number(parsed)
    except ValueError:
        return "not well-formed"
    except OSError:
        return "its zone is no interface of this machine"
    return parsed


def read_host(host: object) -> str | None:
    """Return a host name that a file gives beside an address; None for an address, or for what is no name."""
    return _name(host) if isinstance(host, str) and host else None


@lru_cache(maxsize=4096)
def _name(host: str) -> str | None:
    try:
        ip_address(host)
    except ValueError:
        try:
            return parse_name(host)
        except UsageError:
            return None
    return None


def lay_out_found(found: Iterable[Found], allowed: Intervals, barred: Barred) -> Space:
    """Return exactly these endpoints as a space, without those that are not permitted or were excluded."""
    by_key: dict[int, set[int]] = defaultdict(set)
    for one in found:
        number = to_number(one.address)
        if one.transport is Transport.UDP or number not in barred.get(one.port, _NOWHERE):
            by_key[port_key(one.transport, one.port)].add(number)
    by_addresses: dict[frozenset[int], list[int]] = defaultdict(list)
    for key, numbers in by_key.items():
        by_addresses[frozenset(numbers)].append(key)
    return Space(_blocks(by_addresses, allowed))


def _blocks(by_addresses: dict[frozenset[int], list[int]], allowed: Intervals) -> Iterator[Block]:
    for numbers, keys in sorted(by_addresses.items(), key=lambda item: min(item[1])):
        addresses = Intervals((number, number) for number in numbers) & allowed
        if addresses:
            yield Block(addresses, PortSet(Intervals((key, key) for key in keys)))
