"""At the end every host that was heard is tried once more; silence then is a gap, a refusal is not."""

from ipaddress import ip_address

import pytest

from scanner.core.endpoint import Endpoint
from scanner.core.intervals import Intervals
from scanner.core.observation import Observation
from scanner.core.ports import Transport
from scanner.core.problem import ProblemKind
from scanner.core.scope import Scope
from scanner.core.unheard import Unheard
from scanner.net.connect_check import ConnectResult
from scanner.probes import farewell

NOWHERE = Scope(Intervals())


def heard(last: int, **fields) -> Observation:
    return Observation(endpoint=Endpoint(ip_address(f"10.0.0.{last}"), 80), **fields)


@pytest.fixture
def network(monkeypatch):
    answers: dict[str, list[ConnectResult]] = {}

    async def check(address, *_):
        left = answers[str(address)]
        return left.pop(0) if len(left) > 1 else left[0]

    monkeypatch.setattr(farewell, "connect_check", check)
    return answers


async def test_only_a_host_that_is_silent_twice_is_a_problem(network):
    network["10.0.0.1"] = [ConnectResult.ACCEPTED]
    network["10.0.0.2"] = [ConnectResult.REFUSED]
    network["10.0.0.3"] = [ConnectResult.UNKNOWN, ConnectResult.ACCEPTED]
    network["10.0.0.4"] = [ConnectResult.UNKNOWN]
    network["10.0.0.5"] = [ConnectResult.NOBODY]
    found = await farewell.fell_silent([heard(last) for last in range(1, 6)], NOWHERE)
    assert [(one.kind, one.where) for one in found] == [
        (ProblemKind.HOST_FELL_SILENT, "10.0.0.4"),
        (ProblemKind.HOST_FELL_SILENT, "10.0.0.5"),
    ]
    assert all(one.kind.leaves_gap for one in found)


async def test_whoever_was_not_heard_or_is_a_decoy_or_a_datagram_is_not_tried(network):
    datagram = Observation(endpoint=Endpoint(ip_address("10.0.0.3"), 53, Transport.UDP))
    seen = [heard(1, unheard=Unheard.TIMED_OUT), heard(2, decoy="every port answers"), datagram]
    assert await farewell.fell_silent(seen, NOWHERE) == ()


async def test_many_silent_hosts_are_one_problem(network):
    network.update({f"10.0.0.{last}": [ConnectResult.UNKNOWN] for last in range(1, 100)})
    (problem,) = await farewell.fell_silent([heard(last) for last in range(1, 100)], NOWHERE)
    assert "99 of 99 hosts" in problem.detail
