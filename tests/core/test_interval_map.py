from hypothesis import given
from hypothesis import strategies as st

from scanner.core.interval_map import IntervalMap
from scanner.core.intervals import Intervals

SPANS = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 9)).map(lambda one: (one[0], sum(one))), max_size=4)
SETS = st.lists(SPANS.map(Intervals), max_size=8)


@given(SETS, st.integers(-3, 80))
def test_it_finds_what_asking_every_set_finds(sets, number):
    index = IntervalMap((members, place) for place, members in enumerate(sets))
    assert index.at(number) == tuple(place for place, members in enumerate(sets) if number in members)


@given(SPANS.map(Intervals), st.integers(-3, 80), st.integers(0, 30))
def test_clipping_is_intersection(members, first, width):
    assert members.clip(first, first + width) == members & Intervals([(first, first + width)])


class Counted(int):
    """A number that counts how often it is compared."""

    compared = 0

    def __lt__(self, other):
        Counted.compared += 1
        return int(self) < int(other)


def comparisons(count):
    index = IntervalMap((Intervals([(place * 4, place * 4 + 1)]), place) for place in range(count))
    Counted.compared = 0
    for place in range(count):
        assert index.at(Counted(place * 4 + 1)) == (place,)
    return Counted.compared


def test_looking_up_every_member_is_no_square():
    # Four times as many cost little more than four times as much, never sixteen times.
    assert comparisons(4_000) < 6 * comparisons(1_000)
