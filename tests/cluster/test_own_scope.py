import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.cluster import own_scope
from scanner.cluster.own_scope import OwnScope, read_own_scope
from scanner.core.errors import UsageError
from scanner.core.intervals import Intervals
from scanner.core.ports import PortSet
from scanner.core.space import Block, Space
from tests.cluster.plans import plan_of


@pytest.fixture
def scope_of(tmp_path):
    def read(text, **more):
        file = tmp_path / "scope.txt"
        file.write_text(text)
        return read_own_scope([str(file)], **more)

    return read


@pytest.mark.parametrize(
    ("targets", "ports", "outside"),
    [
        (("10.0.0.128/25",), "1-65535,U:53", None),
        (("10.0.0.7",), "80", None),
        (("10.0.1.9:2375",), "80", None),
        (("10.0.1.9",), "2375,2376", "10.0.1.9:2376"),
        (("10.0.0.128/25", "10.0.1.0/24"), "80", "10.0.1.0:80"),
        (("10.0.0.1", "192.168.0.1"), "80", "192.168.0.1:80"),
        (("10.0.0.66",), "80", "10.0.0.66:80"),
        (("10.0.0.5",), "22", "10.0.0.5:22"),
        (("fd00::2",), "80", "[fd00::2]:80"),
    ],
)
def test_nothing_beyond_the_file_is_permitted(scope_of, targets, ports, outside):
    own = scope_of("10.0.0.0/24\n10.0.1.9:2375\nfd00::1\n", excludes=("10.0.0.66", "10.0.0.5:22"))
    assert own.outside(plan_of(*targets, ports=ports).space) == outside


def test_public_addresses_take_the_workers_own_word(scope_of):
    with pytest.raises(UsageError, match="not private"):
        scope_of("8.8.8.8\n")
    assert scope_of("8.8.8.8\n", allow_public=True).outside(plan_of("8.8.8.8").space) is None


def test_where_clouds_serve_credentials_only_the_very_address_permits(scope_of):
    assert scope_of("169.254.0.0/16\n").outside(plan_of("169.254.169.254").space) is not None
    assert scope_of("169.254.169.254\n").outside(plan_of("169.254.169.254").space) is None


def small_spaces():
    sets = st.lists(st.tuples(st.integers(1, 12), st.integers(0, 4)), min_size=1, max_size=3)
    blocks = st.tuples(sets, sets)
    return st.lists(blocks, min_size=1, max_size=4).map(lambda made: Space(_block(*one) for one in made))


def _block(addresses, ports):
    def spans(pairs):
        return Intervals((first, first + more) for first, more in pairs)

    return Block(spans(addresses), PortSet(spans(ports)))


@given(small_spaces(), small_spaces())
def test_a_plan_is_permitted_exactly_when_each_of_its_endpoints_is(own, wanted):
    endpoints = [wanted.at(index) for index in range(wanted.size)]
    permitted = all(own.holds(number, key) for number, key in endpoints)
    assert (OwnScope(own).outside(wanted) is None) is permitted


def test_a_plan_of_too_many_pieces_is_taken_for_one_that_goes_too_far(monkeypatch):
    monkeypatch.setattr(own_scope, "_MOST_PIECES", 5)
    own = Space(Block(Intervals([(port, port)]), PortSet.of([port])) for port in range(1, 9))
    wanted = Space([Block(Intervals([(1, 8)]), PortSet.of(range(1, 9)))])
    assert "too many" in OwnScope(own).outside(wanted)
