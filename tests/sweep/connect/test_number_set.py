from hypothesis import given
from hypothesis import strategies as st

from scanner.sweep.connect.number_set import NumberSet


@given(st.lists(st.integers(0, 1 << 140) | st.integers(0, 100_000)))
def test_it_is_a_set(numbers):
    ours = NumberSet()
    for number in numbers:
        ours.add(number)
    assert len(ours) == len(set(numbers))
    assert all(number in ours for number in numbers)
    assert all(((number + 1) in ours) == ((number + 1) in set(numbers)) for number in numbers)
