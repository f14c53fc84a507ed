import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.cluster.rate_share import MOST_WORKERS, Share, SharesSeen, decode_shares, encode_shares, fair_share
from scanner.core.errors import Malformed


@given(st.floats(0.1, 1e6), st.lists(st.floats(0, 1e6), max_size=8), st.floats(0.1, 1e7))
def test_what_is_taken_beside_others_never_makes_the_sum_exceed_the_rate(total, rates, most):
    others = [Share(f"w{number}", rate, 1) for number, rate in enumerate(rates)]
    mine = fair_share(total, others, most)
    assert 0.0 <= mine <= most
    assert mine == 0.0 or mine + sum(rates) <= total * (1 + 1e-9)


def test_a_newcomer_gets_an_equal_part_as_soon_as_the_others_have_left_it():
    assert fair_share(900.0, [], 1e9) == 900.0
    assert fair_share(900.0, [Share("a", 900.0, 1)], 1e9) == 0.0
    assert fair_share(900.0, [Share("b", 0.0, 1)], 1e9) == 450.0
    assert fair_share(900.0, [Share("a", 450.0, 2)], 1e9) == 450.0


def test_a_share_counts_for_a_lease_from_when_it_was_seen_and_again_when_it_was_renewed():
    seen = SharesSeen(10.0)
    first, renewed = Share("a", 5.0, 1), Share("a", 5.0, 2)
    assert seen.living([first], 100.0) == [first]
    assert seen.living([first], 110.0) == [first]
    assert seen.living([first], 110.1) == []
    assert seen.living([renewed], 110.2) == [renewed]


def test_a_record_is_read_as_it_was_written():
    shares = [Share("a", 1.5, 1), Share("b-2", 0.0, 9)]
    assert decode_shares(encode_shares(shares)) == shares


@pytest.mark.parametrize(
    "record",
    [
        b"",
        b"{}",
        b"[1]",
        b'[{"worker": "a b", "rate": 1, "beat": 1}]',
        b'[{"worker": "a", "rate": -1, "beat": 1}]',
        b'[{"worker": "a", "rate": 1e300, "beat": 1}]',
        encode_shares([Share("a", 1.0, 1)] * (MOST_WORKERS + 1)),
    ],
)
def test_any_other_record_is_malformed(record):
    with pytest.raises(Malformed):
        decode_shares(record)
