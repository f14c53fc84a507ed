"""What must be open for a run to say anything."""

from ipaddress import ip_address

import pytest

from scanner.core.address import to_number
from scanner.core.errors import UsageError
from scanner.core.intervals import Intervals
from scanner.core.plan import Target
from scanner.core.ports import PortSet, Transport
from scanner.core.space import Block, Space
from scanner.targets.compose.published import Published
from scanner.targets.expected import MOST_EXPECTED, expected_endpoints


def numbers(first, last=None):
    return Intervals([(to_number(ip_address(first)), to_number(ip_address(last or first)))])


def space(*blocks):
    return Space(Block(numbers(*where), PortSet.of(tcp, udp)) for where, tcp, udp in blocks)


def published(port, transport=Transport.TCP, *, optional=False):
    return Published("127.0.0.1", port, transport, "cache", None, optional)


ONE = Target(text="10.0.0.5:6379", addresses=numbers("10.0.0.5"), port=6379)
HOST = Target(text="10.0.0.5", addresses=numbers("10.0.0.5"))
NETWORK = Target(text="10.0.0.0/30", addresses=numbers("10.0.0.0", "10.0.0.3"))
AROUND = space((("10.0.0.5",), (80, 6379), (53,)))


def words(targets, planned, ports=(), *, named=True, ports_named=False):
    return [one.where for one in expected_endpoints(targets, planned, ports, named=named, ports_named=ports_named)]


def test_pinned_endpoints_and_hosts_with_ports_when_asked_for():
    assert words([ONE, ONE], AROUND) == ["10.0.0.5:6379"]
    assert words([HOST], AROUND, ports_named=True) == ["10.0.0.5:80", "10.0.0.5:6379"]
    assert words([ONE], AROUND, named=False) == []


def test_one_address_of_a_name_is_enough():
    both = Intervals([*numbers("10.0.0.5").spans, *numbers("10.0.0.9").spans])
    name = Target(text="cache:6379", addresses=both, host="cache", port=6379)
    planned = space((("10.0.0.5",), (6379,), ()), (("10.0.0.9",), (6379,), ()))
    (one,) = expected_endpoints([name], planned, (), named=True, ports_named=False)
    assert len(one.places) == 2


def test_what_compose_publishes_is_always_expected_but_for_profiles_that_are_off():
    planned = space((("127.0.0.1",), (1, 2), (3,)))
    ports = [published(1), published(2, optional=True), published(3, Transport.UDP), published(4)]
    assert words([], planned, ports, named=False) == ["127.0.0.1:1 (cache)", "127.0.0.1:3 (cache)"]
    off = Target(text="127.0.0.1:2", addresses=numbers("127.0.0.1"), port=2)
    assert words([off], planned, ports) == ["127.0.0.1:1 (cache)", "127.0.0.1:3 (cache)"]


def test_one_is_enough_of_the_ports_of_which_docker_picks_one():
    planned = space((("127.0.0.1",), (1, 2, 3), ()))
    ports = [published(port)._replace(one_of=(1, 3)) for port in (1, 2, 3)]
    (one,) = expected_endpoints([], planned, ports, named=False, ports_named=False)
    assert (one.where, [port for _, port, _ in one.places]) == ("127.0.0.1:1-3 (cache)", [1, 2, 3])


@pytest.mark.parametrize("target", [NETWORK, HOST])
def test_nothing_named_one_by_one_is_refused(target):
    with pytest.raises(UsageError, match="pin them"):
        words([target], AROUND)
    with pytest.raises(UsageError, match="pin them"):
        words([NETWORK], space((("10.0.0.0", "10.0.0.3"), (80,), ())), ports_named=True)


def test_more_than_anybody_names_is_refused():
    with pytest.raises(UsageError, match="name fewer"):
        words([HOST], space((("10.0.0.5",), range(1, MOST_EXPECTED + 2), ())), ports_named=True)
