import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.errors import TimedOut, TooLarge
from scanner.net.budget import Budget


def budget(now_s=0.0, deadline_s=10.0, bytes_left=100):
    return Budget(deadline_s=deadline_s, bytes_left=bytes_left, now=lambda: now_s)


def test_what_is_left_is_told():
    assert budget(now_s=4.0).left_s() == 6.0


@pytest.mark.parametrize("now_s", [10.0, 10.5, 1e9])
def test_the_deadline_itself_is_too_late(now_s):
    with pytest.raises(TimedOut):
        budget(now_s=now_s).left_s()


def test_the_last_byte_may_be_spent_and_not_one_more():
    own = budget(bytes_left=3)
    own.spend(3)
    own.spend(0)
    with pytest.raises(TooLarge):
        own.spend(1)


@given(st.lists(st.integers(0, 50)))
def test_no_order_of_pieces_gets_more_than_the_budget(pieces):
    own, spent = budget(bytes_left=100), 0
    for piece in pieces:
        try:
            own.spend(piece)
        except TooLarge:
            assert spent + piece > 100
            return
        spent += piece
    assert spent <= 100


def test_once_over_it_stays_over():
    own = budget(bytes_left=1)
    for count in (2, 0):
        with pytest.raises(TooLarge):
            own.spend(count)


def test_two_conversations_share_no_patience():
    first, second = budget(), budget()
    first.patience.heard(5.0)
    assert second.patience.scale == 1.0
