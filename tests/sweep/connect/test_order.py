from hypothesis import given
from hypothesis import strategies as st

from scanner.core.intervals import Intervals
from scanner.core.plan import Shard
from scanner.core.ports import PortSet
from scanner.core.space import Block, Space
from scanner.sweep.connect.order import Order
from scanner.targets.permutation import PermutedOrder

BLOCKS = [
    Block(Intervals([(10, 20), (30, 35)]), PortSet.of([1, 2, 3], [53])),
    Block(Intervals([(100, 149)]), PortSet.of([80])),
    Block(Intervals([(1 << 130, (1 << 130) + 4)]), PortSet.of([1, 2, 3], [53])),
]


@given(
    blocks=st.lists(st.sampled_from(BLOCKS), min_size=1, unique=True),
    seed=st.integers(0, 2**64),
    count=st.integers(1, 7),
    step=st.integers(1, 50),
)
def test_each_planned_endpoint_comes_exactly_once_over_all_shards(blocks, seed, count, step):
    space = Space(blocks)
    found = []
    for index in range(1, count + 1):
        order = Order(space, PermutedOrder(space.size, seed, Shard(index=index, count=count)))
        slots = [slot for first in range(0, order.size, step) for slot in order.draw(first, step)]
        assert [slot.position for slot in slots] == list(range(order.size))
        assert all(order.at(slot.position) == slot for slot in slots[:5])
        found += [(slot.address, slot.key) for slot in slots]
    assert sorted(found) == sorted(space.at(index) for index in range(space.size))


def test_a_large_space_is_the_same_with_and_without_numpy():
    space = Space([Block(Intervals([(0, 69_999)]), PortSet.of([1]))])
    order = Order(space, PermutedOrder(space.size, 5, Shard()))
    assert order.draw(100, 50) == [order.at(position) for position in range(100, 150)]
