"""At the end every host that was heard is tried once more; silence then is a gap, and refusals by a whole host are."""

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
    assert "99 of 99 ports" in problem.detail


def test_every_port_that_was_heard_is_tried_somewhere_and_all_of_a_single_host():
    hosts = {ip_address(f"10.0.{number // 250}.{number % 250}"): [22, 6379] for number in range(300)}
    chosen = farewell._chosen(hosts)
    assert len(chosen) <= farewell._MOST
    assert abs(sum(port == 22 for _, port in chosen) - len(chosen) / 2) <= 1
    alone = ip_address("10.0.0.1")
    assert farewell._chosen({alone: [22, 80, 22, 6379]}) == [(alone, 22), (alone, 80), (alone, 6379)]
    assert farewell._chosen({}) == []


async def test_a_ban_that_spares_a_port_is_noticed_at_another(monkeypatch):
    async def check(_address, port, *_):
        return ConnectResult.ACCEPTED if port == 22 else ConnectResult.UNKNOWN

    monkeypatch.setattr(farewell, "connect_check", check)
    seen = [Observation(endpoint=Endpoint(ip_address("10.0.0.1"), port)) for port in (22, 6379)]
    (problem,) = await farewell.fell_silent(seen, NOWHERE)
    assert "port 6379" in problem.detail


@pytest.mark.parametrize(("closed", "hosts"), [(True, ["10.0.0.2"]), (False, [])])
async def test_a_host_that_refuses_all_that_it_was_heard_on_may_have_blocked_us(monkeypatch, closed, hosts):
    """A firewall that answers with RST after so many SYNs left "closed" behind, and the run was called clean."""
    accepts = {("10.0.0.1", 80), ("10.0.0.3", 22)}
    tried = []

    async def check(address, port, *_):
        tried.append((str(address), port))
        return ConnectResult.ACCEPTED if tried[-1] in accepts else ConnectResult.REFUSED

    monkeypatch.setattr(farewell, "connect_check", check)
    monkeypatch.setattr(farewell, "_MOST", 3)
    seen = [
        Observation(endpoint=Endpoint(ip_address(f"10.0.0.{last}"), port)) for last in (1, 2, 3) for port in (80, 22)
    ]
    found = await farewell.fell_silent(seen, NOWHERE, closed=closed)
    assert [one.where for one in found] == hosts
    assert all("closed now" in one.detail and one.kind.leaves_gap for one in found)
    assert len(tried) <= 6


async def test_this_machine_is_not_said_to_have_blocked_itself(network):
    network["127.0.0.1"] = [ConnectResult.REFUSED]
    seen = [Observation(endpoint=Endpoint(ip_address("127.0.0.1"), 80))]
    assert await farewell.fell_silent(seen, NOWHERE, closed=True) == ()
