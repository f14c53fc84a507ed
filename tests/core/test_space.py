import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.intervals import Intervals
from scanner.core.ports import PortSet
from scanner.core.space import Block, Space

BLOCKS = st.lists(st.tuples(st.sets(st.integers(0, 9), max_size=5), st.sets(st.integers(1, 9), max_size=4)), max_size=5)


def block(number, addresses, ports):
    """Block `number` has addresses of its own, so that no two overlap."""
    return Block(Intervals((100 * number + one, 100 * number + one) for one in addresses), PortSet.of(ports))


@given(BLOCKS)
def test_every_endpoint_has_one_index(parts):
    space = Space(block(number, *part) for number, part in enumerate(parts))
    expected = {
        (100 * number + one, port)
        for number, (addresses, ports) in enumerate(parts)
        for one in addresses
        for port in ports
    }
    listed = [space.at(index) for index in range(space.size)]
    assert len(listed) == len(set(listed)) == space.size
    assert set(listed) == expected
    assert set(space.addresses) == {address for address, _ in expected}
    assert set(space.ports.keys) == {port for _, port in expected}
    for index in (-1, space.size):
        with pytest.raises(IndexError):
            space.at(index)


def test_a_huge_space_is_only_numbers():
    space = Space([Block(Intervals([(0, (1 << 32) - 1)]), PortSet(Intervals([(1, 65535)])))])
    assert space.size == 65535 << 32
    assert space.at(space.size - 1) == ((1 << 32) - 1, 65535)
    assert space.at(65535) == (1, 1)
