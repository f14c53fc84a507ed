import pytest

from scanner.core.address import V4_FIRST
from scanner.sweep.connect.errnos import Fault
from scanner.sweep.connect.local_faults import DOWN_AFTER, PATIENCE_DOWN_S, PATIENCE_NEVER_S, Trouble, is_broadcast
from scanner.sweep.connect.order import Spot


def spots(count: int) -> list[Spot]:
    return [Spot(position, position, 80) for position in range(count)]


@pytest.mark.parametrize("fault", [Fault.CROWDED, Fault.NO_ROUTE, Fault.LOCAL, Fault.UNCLEAR])
def test_what_could_not_be_tried_is_tried_again(fault):
    trouble = Trouble()
    trouble.worked()
    assert trouble.failed(2, Spot(1, 2, 3), fault, 10.0)
    assert len(trouble) == 1
    due_s = trouble.next_s()
    assert trouble.due(due_s - 0.001, 9) == []
    assert trouble.due(due_s, 9) == [(2, Spot(1, 2, 3))]
    assert len(trouble) == 0


def test_a_network_that_is_down_stops_everything_but_one_try_at_a_time():
    trouble = Trouble()
    trouble.worked()
    for spot in spots(DOWN_AFTER):
        assert not trouble.down
        trouble.failed(1, spot, Fault.NO_ROUTE, 0.0)
    assert trouble.down
    assert len(trouble.due(5.0, 100)) == 1
    trouble.worked()
    assert not trouble.down
    assert len(trouble.due(5.0, 100)) == DOWN_AFTER - 1


def last_try_s(*, worked: bool) -> float:
    trouble = Trouble()
    if worked:
        trouble.worked()
    for spot in spots(DOWN_AFTER):
        trouble.failed(1, spot, Fault.NO_ROUTE, 0.0)
    now_s = 0.0
    while True:
        now_s = max(now_s, trouble.next_s())
        for look, spot in trouble.due(now_s, 1):
            if not trouble.failed(look, spot, Fault.NO_ROUTE, now_s):
                return now_s


def test_a_network_that_worked_is_waited_for_longer_than_one_that_never_did():
    assert PATIENCE_DOWN_S < last_try_s(worked=True) < PATIENCE_DOWN_S + 10
    assert PATIENCE_NEVER_S < last_try_s(worked=False) < PATIENCE_NEVER_S + 5


def test_after_giving_up_the_rest_is_given_up_at_once_until_something_works():
    trouble = Trouble()
    for spot in spots(DOWN_AFTER):
        trouble.failed(1, spot, Fault.NO_ROUTE, 0.0)
    assert not trouble.failed(1, Spot(0, 0, 80), Fault.NO_ROUTE, 99.0)
    assert not trouble.failed(1, Spot(99, 0, 80), Fault.NO_ROUTE, 99.0)
    trouble.worked()
    assert trouble.failed(1, Spot(100, 0, 80), Fault.NO_ROUTE, 99.0)


def test_one_network_without_a_route_does_not_stop_the_others():
    trouble = Trouble()
    for spot in spots(50):
        trouble.failed(1, spot, Fault.NO_ROUTE, 0.0)
        trouble.worked()
    assert not trouble.down
    assert len(trouble.due(1.0, 100)) == 50


def test_broadcast_addresses_belong_to_no_host():
    assert is_broadcast(V4_FIRST + 0xFFFFFFFF)
    assert is_broadcast(V4_FIRST + 0x7FFFFFFF)
    assert not is_broadcast(V4_FIRST + 0x7F000001)
    assert not is_broadcast(1)
