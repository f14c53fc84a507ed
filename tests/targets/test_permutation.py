import sys
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.errors import UsageError
from scanner.core.plan import Shard
from scanner.targets.permutation import Permutation, PermutedOrder
from scanner.targets.shard import parse_shard, shard_positions

SEEDS = st.integers(-(1 << 70), 1 << 70)


@given(st.integers(0, 700), SEEDS, st.integers(0, 5))
def test_it_is_a_bijection(size, seed, round_number):
    permutation = Permutation(size, seed, round_number)
    assert sorted(permutation.at(place) for place in range(size)) == list(range(size))


@pytest.mark.parametrize("size", [*range(1, 70), 255, 256, 257, 65_535, 65_536, 65_537])
def test_every_small_size_is_permuted_whole(size):
    assert sorted(Permutation(size, 1).batch(0, size)) == list(range(size))


@given(st.integers(1, 1 << 64), SEEDS, st.integers(0, 3), st.data())
def test_the_batch_is_the_scalar_form(size, seed, round_number, data):
    first = data.draw(st.integers(0, size - 1))
    permutation = Permutation(size, seed, round_number)
    batch = permutation.batch(first, 20)
    assert batch == [permutation.at(place) for place in range(first, min(first + 20, size))]
    assert all(0 <= index < size for index in batch)


@given(st.integers(1, 1 << 64), SEEDS)
def test_the_ends_are_in_reach(size, seed):
    permutation = Permutation(size, seed)
    assert permutation.batch(size - 1, 9) == [permutation.at(size - 1)]
    assert permutation.batch(size, 9) == []
    for beyond in (-1, size):
        with pytest.raises(IndexError):
            permutation.at(beyond)


def test_without_numpy_it_is_the_same(monkeypatch):
    size = 100_003
    order = PermutedOrder(size, 5, Shard(index=2, count=3))
    expected = [order.batch(100, 300), order.batch(100, 300, 1)]
    monkeypatch.setitem(sys.modules, "numpy", None)
    assert [order.batch(100, 300), order.batch(100, 300, 1)] == expected


@pytest.mark.parametrize("size", [-1, (1 << 64) + 1])
def test_a_size_beyond_64_bits_is_refused(size):
    with pytest.raises(ValueError, match="2\\*\\*64"):
        Permutation(size, 1)


def test_seed_round_and_size_each_change_the_order():
    start = Permutation(10_000, 1).batch(0, 50)
    assert start == Permutation(10_000, 1, 0).batch(0, 50)
    assert start != Permutation(10_000, 2).batch(0, 50)
    assert start != Permutation(10_000, 1, 1).batch(0, 50)
    assert start != Permutation(10_001, 1).batch(0, 50)


@pytest.mark.parametrize("size", [4_096, 38_400, 1_000_003, 1 << 24, (1 << 24) * 150, 1 << 48])
def test_neighbours_land_far_apart(size):
    """A uniform shuffle puts neighbours size/3 apart on average, and 1 in 100 of them within size/200."""
    for seed in range(5):
        order = Permutation(size, seed).batch(0, 4_096)
        gaps = [abs(b - a) / size for a, b in pairwise(order)]
        assert 0.30 < sum(gaps) / len(gaps) < 0.37
        assert sum(gap < 0.005 for gap in gaps) < 0.02 * len(gaps)


@pytest.mark.parametrize("size", [38_400, 1_000_003, 1 << 24])
def test_every_stretch_of_the_order_covers_the_space_evenly(size):
    """64 indexes are expected in each of 64 equal parts; a uniform shuffle stays within 6 deviations (48)."""
    for seed in range(5):
        counts = [0] * 64
        for index in Permutation(size, seed).batch(size // 3, 4_096):
            counts[index * 64 // size] += 1
        assert max(abs(count - 64) for count in counts) < 48


@given(st.integers(0, 1 << 64), st.integers(1, 50))
def test_shards_take_every_position_exactly_once(size, count):
    parts = [shard_positions(size, Shard(index=index, count=count)) for index in range(1, count + 1)]
    assert parts[0].start == 0
    assert parts[-1].stop == size
    assert all(one.stop == other.start for one, other in pairwise(parts))
    lengths = [part.stop - part.start for part in parts]
    assert max(lengths) - min(lengths) <= 1


@given(st.integers(0, 300), st.integers(1, 9), SEEDS, st.integers(0, 3))
def test_shards_together_are_the_whole_in_every_round(size, count, seed, round_number):
    orders = [PermutedOrder(size, seed, Shard(index=index, count=count)) for index in range(1, count + 1)]
    visited = [index for order in orders for index in order.batch(0, order.size, round_number)]
    assert sorted(visited) == list(range(size))


@given(st.integers(1, 300), st.integers(1, 9), SEEDS, st.data())
def test_a_later_round_visits_the_same_endpoints_in_another_order(size, count, seed, data):
    order = PermutedOrder(size, seed, Shard(index=data.draw(st.integers(1, count)), count=count))
    first, second = (order.batch(0, order.size, number) for number in (0, 1))
    assert sorted(first) == sorted(second)
    assert second == [order.at(place, 1) for place in range(order.size)]
    with pytest.raises(IndexError):
        order.at(order.size)


def test_rounds_differ():
    order = PermutedOrder(5_000, 3)
    rounds = [tuple(order.batch(0, order.size, number)) for number in range(4)]
    assert len(set(rounds)) == 4


def test_the_largest_space_has_an_order():
    order = PermutedOrder(1 << 64, 9, Shard(index=2, count=2))
    assert order.size == 1 << 63
    assert order.batch(order.size - 2, 5) == [order.at(order.size - 2), order.at(order.size - 1)]
    assert order.batch(order.size - 2, 5, 1) == [order.at(order.size - 2, 1), order.at(order.size - 1, 1)]


@pytest.mark.parametrize(("text", "shard"), [("1/1", (1, 1)), ("2/5", (2, 5)), (" 3/3 ", (3, 3))])
def test_a_shard_is_read(text, shard):
    assert parse_shard(text) == Shard(index=shard[0], count=shard[1])


@pytest.mark.parametrize("text", ["", "0/3", "4/3", "1", "1/0", "a/b", "-1/3", "1/3/5", "1/1000000000000"])
def test_a_bad_shard_is_a_usage_error(text):
    with pytest.raises(UsageError, match="I/N"):
        parse_shard(text)
