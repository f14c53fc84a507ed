import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.intervals import Intervals

SPAN = st.tuples(st.integers(-5, 60), st.integers(0, 12)).map(lambda pair: (pair[0], pair[0] + pair[1]))
SETS = st.lists(SPAN, max_size=8)


def listed(spans):
    return {number for first, last in spans for number in range(first, last + 1)}


@given(SETS)
def test_it_is_the_set_in_order_with_the_fewest_spans(spans):
    intervals = Intervals(spans)
    expected = sorted(listed(spans))
    assert list(intervals) == expected
    assert intervals.size == len(expected)
    assert bool(intervals) == bool(expected)
    ends = [last for _, last in intervals.spans[:-1]]
    starts = [first for first, _ in intervals.spans[1:]]
    assert all(end + 1 < start for end, start in zip(ends, starts, strict=True))


@given(SETS)
def test_ranks_and_members_are_inverse(spans):
    intervals = Intervals(spans)
    members = list(intervals)
    assert [intervals.at(index) for index in range(intervals.size)] == members
    assert [intervals.rank(number) for number in members] == list(range(intervals.size))
    for index in (-1, intervals.size):
        with pytest.raises(IndexError):
            intervals.at(index)


@given(SETS, st.integers(-10, 90))
def test_membership(spans, number):
    intervals = Intervals(spans)
    assert (number in intervals) == (number in listed(spans))
    if number not in intervals:
        with pytest.raises(ValueError, match=str(number)):
            intervals.rank(number)


@given(SETS, SETS)
def test_union_intersection_and_difference_are_those_of_sets(left, right):
    one, other = Intervals(left), Intervals(right)
    assert set(one | other) == listed(left) | listed(right)
    assert set(one & other) == listed(left) & listed(right)
    assert set(one - other) == listed(left) - listed(right)
    assert (one | other).size + (one & other).size == one.size + other.size
    assert (one - other) | (one & other) == one
    # Results are in normal form too, so equality means the same set.
    assert Intervals((one - other).spans) == one - other
    assert Intervals((one & other).spans) == one & other


@given(SETS)
def test_equal_sets_are_equal_however_they_were_written(spans):
    assert Intervals(spans) == Intervals(reversed(spans)) == Intervals((one, one) for one in listed(spans))
    assert hash(Intervals(spans)) == hash(Intervals(reversed(spans)))


def test_it_may_be_larger_than_len_can_say():
    whole = Intervals([(0, (1 << 128) - 1)])
    assert whole.size == 1 << 128
    assert whole.at((1 << 128) - 1) == whole.rank((1 << 128) - 1) == (1 << 128) - 1
    assert (whole - Intervals([(5, 5)])).spans == ((0, 4), (6, (1 << 128) - 1))


def test_a_span_that_ends_before_it_starts_is_refused():
    with pytest.raises(ValueError, match="5-3"):
        Intervals([(5, 3)])


@given(st.sets(st.integers(0, 400)), st.lists(st.tuples(st.integers(-5, 405), st.integers(0, 60)), max_size=3))
def test_few_spans_are_looked_up_among_many_as_if_walked_over(members, few):
    many = Intervals((number, number) for number in members)
    spans = Intervals((first, first + width) for first, width in few)
    expected = {number for number in members if number in spans}
    assert set(many & spans) == set(spans & many) == expected
    assert (many & spans) == Intervals((number, number) for number in expected)
    assert (many - spans) == Intervals((number, number) for number in members - expected)
