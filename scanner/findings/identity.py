"""What makes a finding the same finding tomorrow: its rule and its place, nothing that changes by itself."""

import hashlib

from scanner.core.address import to_address, to_number
from scanner.core.endpoint import Endpoint
from scanner.core.plan import ScanPlan


def fingerprint(rule: str, endpoint: Endpoint, plan: ScanPlan) -> str:
    """Return sha256("v1|rule|asset|transport|port|path") in hex; the same in every output format and every run."""
    parts = ("v1", rule, asset(endpoint, plan), endpoint.transport.value, str(endpoint.port), endpoint.base_path)
    return hashlib.sha256("|".join(parts).encode()).hexdigest()


def asset(endpoint: Endpoint, plan: ScanPlan) -> str:
    """Return the name that the user declared for this one machine, else the address in its normal form.

    A name that stands for several addresses (a labelled network, a name with many records) names no single machine:
    there the address tells the findings apart.
    """
    address = str(to_address(to_number(endpoint.address)))
    number = to_number(endpoint.address)
    target = plan.target_of(number, endpoint.port)
    name = endpoint.name or (target.name if target else None)
    if not name:
        return address
    bearers = [other for other in plan.targets if other.name == name]
    alone = all(other.addresses.size == 1 and number in other.addresses for other in bearers)
    return name if alone else address
