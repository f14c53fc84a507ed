"""Two URLs with different paths on one host and port are two places, and both are looked at."""

from ipaddress import ip_address

import pytest

from scanner.core.address import to_number
from scanner.core.event import PortEvent, PortState
from scanner.core.intervals import Intervals
from scanner.core.plan import ScanPlan, Target
from scanner.core.ports import Transport
from scanner.core.scope import Scope
from scanner.core.space import Space
from scanner.probes.places import places_of

HERE = to_number(ip_address("10.0.0.5"))
ONE = Intervals([(HERE, HERE)])
EVENT = PortEvent(HERE, 8080, Transport.TCP, PortState.OPEN, None)


def url(path: str = "", *, scheme: str | None = "http", host: str | None = None, port: int | None = 8080) -> Target:
    return Target(text="t", addresses=ONE, port=port, scheme=scheme, host=host, base_path=path)


def found(*targets: Target) -> list[tuple[str, str | None, bool | None]]:
    plan = ScanPlan(targets=targets, scope=Scope(ONE), space=Space(()), seed=1)
    return [(place.endpoint.base_path, place.endpoint.host, place.tls) for place in places_of(EVENT, plan)]


@pytest.mark.parametrize(
    ("targets", "places"),
    [
        ((), [("", None, None)]),
        ((url(scheme=None, port=None),), [("", None, None)]),
        ((url("/a"), url("/b")), [("/a", None, False), ("/b", None, False)]),
        ((url("/a"), url("/a")), [("/a", None, False)]),
        ((url("/a"), url("/a", host="h")), [("/a", None, False), ("/a", "h", False)]),
        ((url(scheme=None), url("/a", scheme="https")), [("", None, None), ("/a", None, True)]),
        ((url("/a"), url(port=9090)), [("/a", None, False)]),
    ],
)
def test_places_behind_a_port(targets, places):
    assert found(*targets) == places
