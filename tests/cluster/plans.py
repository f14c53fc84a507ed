"""Plans for the tests of this room."""

from scanner.core.address import to_number
from scanner.core.engine_name import EngineName
from scanner.core.intervals import Intervals
from scanner.core.plan import Pace, ScanPlan
from scanner.core.ports import PortSet
from scanner.core.scope import Scope
from scanner.targets.plan import resolve_targets


def plan_of(*targets, ports="1-100", seed=7, rate=None, engine=EngineName.CONNECT, **more):
    """Return the plan of some targets as typed."""
    found = resolve_targets(targets, ports=ports, catalogue=PortSet.of([6379]), allow_public=True)
    return ScanPlan(
        targets=found.targets,
        scope=Scope(found.space.addresses),
        space=found.space,
        seed=seed,
        engine=engine,
        pace=Pace(rate=rate),
        **more,
    )


def numbers(first, last):
    import ipaddress

    return Intervals([(to_number(ipaddress.ip_address(first)), to_number(ipaddress.ip_address(last)))])
