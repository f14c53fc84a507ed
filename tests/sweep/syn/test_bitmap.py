import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from scanner.sweep.syn.bitmap import Bitmap


@given(st.lists(st.lists(st.integers(0, 99), max_size=40), max_size=10))
def test_marks_are_a_set(batches):
    bitmap, known = Bitmap(100), set()
    for batch in batches:
        index = np.array(batch, dtype=np.int64)
        assert bitmap.has(index).tolist() == [one in known for one in batch]
        fresh = [batch[place] for place in bitmap.add(index)]
        assert sorted(fresh) == sorted(set(batch) - known)
        known |= set(batch)


def test_a_place_costs_one_bit():
    assert Bitmap(1 << 24)._bytes.nbytes == 2 << 20


@given(st.lists(st.integers(0, 63), min_size=1, max_size=200))
def test_a_repeated_index_is_new_where_it_is_first(indexes):
    places = Bitmap(64).add(np.array(indexes, dtype=np.int64))
    assert sorted(places.tolist()) == sorted(
        {index: place for place, index in reversed(list(enumerate(indexes)))}.values()
    )


@given(st.lists(st.integers(0, 63)), st.lists(st.integers(0, 63)))
def test_marks_can_be_taken_back(marked, taken_back):
    bitmap = Bitmap(64)
    bitmap.add(np.array(marked, dtype=np.int64))
    bitmap.discard(np.array(taken_back, dtype=np.int64))
    assert np.flatnonzero(bitmap.has(np.arange(64))).tolist() == sorted(set(marked) - set(taken_back))
