import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.errors import UsageError
from scanner.core.plan import Shard
from scanner.targets.shard import parse_shard, shard_positions


@pytest.mark.parametrize(("text", "index", "count"), [("1/1", 1, 1), (" 2/4 ", 2, 4), ("4/4", 4, 4)])
def test_a_part_is_read(text, index, count):
    assert parse_shard(text) == Shard(index=index, count=count)


@pytest.mark.parametrize("text", ["", "1", "0/4", "5/4", "1/0", "-1/4", "1/4/2", "1 / 4", "٣/٤", "1/1234567890", "a/b"])
def test_anything_else_is_refused_with_an_example(text):
    with pytest.raises(UsageError, match="such as 1/4"):
        parse_shard(text)


@given(st.integers(0, 500), st.integers(1, 40))
def test_all_parts_together_take_each_position_exactly_once(size, count):
    taken = [place for index in range(1, count + 1) for place in shard_positions(size, Shard(index=index, count=count))]
    assert taken == list(range(size))
