"""What makes a finding the same finding tomorrow: its rule and its place, nothing that changes by itself.

A place has one id that needs no words of the user's, its address, and aliases, the names that stand for that machine.
docs/adr/0006-identity.md says why, and who compares what.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple, Protocol, TypeVar

from scanner.core.address import to_address, to_number
from scanner.core.endpoint import Endpoint
from scanner.core.finding import Finding
from scanner.core.plan import ScanPlan


class Identity(NamedTuple):
    """The ids of one finding: SHA-256("v1|rule|asset|transport|port|path") in hex, one for each asset."""

    fingerprint: str
    """The asset is the address in its normal form: naming the machine or its owner never changes it."""
    aliases: tuple[str, ...] = ()
    """The asset is a name that stands for this one machine: it outlives a change of the address."""


class Identified(Protocol):
    """Anything that carries an identity: a finding, or what a ticket remembers of one."""

    @property
    def fingerprint(self) -> str:
        """The first id."""

    @property
    def aliases(self) -> tuple[str, ...]:
        """Further ids."""


OldT = TypeVar("OldT", bound=Identified)
NewT = TypeVar("NewT", bound=Identified)


def identify(rule: str, endpoint: Endpoint, plan: ScanPlan) -> Identity:
    """Return the ids of a rule on an endpoint, the same in every output format and every run."""

    def digest(asset: str) -> str:
        parts = ("v1", rule, asset, endpoint.transport.value, str(endpoint.port), endpoint.base_path)
        return hashlib.sha256("|".join(parts).encode()).hexdigest()

    address = str(to_address(to_number(endpoint.address)))
    return Identity(digest(address), tuple(digest(name) for name in names_of(endpoint, plan) if name != address))


def identify_on_machine(rule: str, endpoint: Endpoint, machine: str) -> Identity:
    """Return the id of what was found from the inside: there the machine's own name is the asset, not an address.

    It is an alias of what a scan finds from outside on a target that has the same name.
    """
    path = endpoint.subject or endpoint.base_path
    parts = ("v1", rule, machine, endpoint.transport.value, str(endpoint.port), path)
    return Identity(hashlib.sha256("|".join(parts).encode()).hexdigest())


def names_of(endpoint: Endpoint, plan: ScanPlan) -> tuple[str, ...]:
    """Return the names that stand for this one machine: what the user calls it, then its DNS name.

    A name that stands for several addresses (a labelled network, a name with many records) names no single machine.
    """
    number = to_number(endpoint.address)
    target = plan.target_of(number, endpoint.port)
    names = (endpoint.name or (target.name if target else None), endpoint.host)
    return tuple(dict.fromkeys(name for name in names if name and plan.stands_for_one(name, number)))


def pair(old: Sequence[OldT], new: Sequence[NewT]) -> dict[int, OldT]:
    """Return which of the old each of the new is, by its place in `new`; one that is not there is new.

    A shared name counts before a shared address: a machine that moved takes its findings along, and what stands at its
    old address is somebody else's. Each is paired once. Linear in both.
    """
    pairs: dict[int, OldT] = {}
    taken: set[int] = set()
    # A finding that was adopted, or written before names were aliases, has the id of its name in front.
    for old_ids, new_ids in ((_all_ids, _aliases), (_aliases, _all_ids), (_first_id, _first_id)):
        index = _index(old, old_ids)
        for place, one in enumerate(new):
            if place in pairs:
                continue
            found = next((at for key in new_ids(one) for at in index.get(key, ()) if at not in taken), None)
            if found is not None:
                pairs[place] = old[found]
                taken.add(found)
    return pairs


def _index(known: Sequence[Identified], ids: Callable[[Identified], tuple[str, ...]]) -> Mapping[str, list[int]]:
    index: dict[str, list[int]] = {}
    for place, one in enumerate(known):
        for key in ids(one):
            index.setdefault(key, []).append(place)
    return index


def _all_ids(one: Identified) -> tuple[str, ...]:
    return (one.fingerprint, *one.aliases)


def _aliases(one: Identified) -> tuple[str, ...]:
    return one.aliases


def _first_id(one: Identified) -> tuple[str, ...]:
    return (one.fingerprint,)


def adopt(findings: Sequence[Finding], known: Sequence[Identified]) -> tuple[Finding, ...]:
    """Return findings under the ids that they are known by: a named machine at a new address keeps its own.

    What the fingerprint would have been becomes an alias. A new machine at the old address goes by its own name; where
    it has none the id stays with the address.
    """
    pairs = pair(known, findings)
    adopted = list(findings)
    place_of = {finding.fingerprint: place for place, finding in enumerate(findings)}
    for place, old in pairs.items():
        holder = place_of.get(old.fingerprint)
        if holder == place:
            continue
        if holder is not None and holder not in pairs:
            if not findings[holder].aliases:
                continue
            first, *others = findings[holder].aliases
            adopted[holder] = replace(findings[holder], fingerprint=first, aliases=tuple(others))
        mine = findings[place]
        aliases = tuple(alias for alias in (*mine.aliases, mine.fingerprint) if alias != old.fingerprint)
        adopted[place] = replace(mine, fingerprint=old.fingerprint, aliases=aliases)
    return tuple(adopted)
