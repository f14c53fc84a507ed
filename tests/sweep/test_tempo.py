import math

import pytest

from scanner.core.plan import Pace
from scanner.sweep.permit import Permit, only_loopback
from scanner.sweep.tempo import DEFAULT_RATE, make_governor, patience
from tests.sweep.jobs import numbers_of


@pytest.mark.parametrize(
    ("pace", "expected"),
    [
        (Pace(), (3.5, 1)),
        (Pace(timeout_s=2.0), (2.0, 1)),
        (Pace(timeout_s=0.5), (0.5, 2)),
        (Pace(timeout_s=0.5, retries=0), (0.5, 0)),
        (Pace(retries=3), (3.5, 3)),
    ],
)
def test_patience_and_looks_together_leave_room_for_three_syns(pace, expected):
    assert patience(pace) == expected


def test_a_named_rate_is_used_from_the_start_and_no_limit_means_none():
    governor = make_governor(Pace(rate=200.0), 0.0, local=False)
    assert governor is not None
    assert governor.rate == 200.0
    assert make_governor(Pace(rate=math.inf), 0.0, local=False) is None


def test_only_this_machine_itself_is_swept_at_full_pace_from_the_start():
    near, far = make_governor(Pace(), 0.0, local=True), make_governor(Pace(), 0.0, local=False)
    assert near is not None
    assert far is not None
    assert near.rate == DEFAULT_RATE > far.rate


def test_loopback_is_this_machine_and_a_mixture_is_not():
    assert only_loopback(numbers_of("127.0.0.0/8", "::1/128"))
    assert not only_loopback(numbers_of("127.0.0.0/8", "10.0.0.0/30"))


def test_the_scope_permits_its_own_intervals_and_nothing_between():
    low, between, high = (numbers_of(f"127.0.0.{octet}/32").at(0) for octet in (1, 5, 9))
    permit = Permit(numbers_of("127.0.0.0/30", "127.0.0.8/30"))
    assert permit.allows(low)
    assert not permit.allows(between)
    assert permit.allows(high)
    assert (permit.first, permit.last) == (high - 1, high + 2)
