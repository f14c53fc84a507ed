import errno
import os
import socket

import pytest

from scanner.core.address import V4_FIRST
from scanner.sweep.connect.errnos import Fault
from scanner.sweep.connect.local_faults import DOWN_AFTER, PATIENCE_DOWN_S, PATIENCE_NEVER_S, LocalFaults, is_broadcast
from scanner.sweep.connect.order import Slot


def slots(count: int) -> list[Slot]:
    return [Slot(position, position, 80) for position in range(count)]


@pytest.mark.parametrize("fault", [Fault.CROWDED, Fault.NO_ROUTE, Fault.LOCAL, Fault.UNCLEAR])
def test_what_could_not_be_tried_is_tried_again(fault):
    local_faults = LocalFaults()
    local_faults.worked()
    assert local_faults.failed(2, Slot(1, 2, 3), fault, 10.0)
    assert len(local_faults) == 1
    due_s = local_faults.next_s()
    assert local_faults.due(due_s - 0.001, 9) == []
    assert local_faults.due(due_s, 9) == [(2, Slot(1, 2, 3))]
    assert len(local_faults) == 0


def test_a_network_that_is_down_stops_everything_but_one_try_at_a_time():
    local_faults = LocalFaults()
    local_faults.worked()
    for slot in slots(DOWN_AFTER):
        assert not local_faults.down
        local_faults.failed(1, slot, Fault.NO_ROUTE, 0.0)
    assert local_faults.down
    assert len(local_faults.due(5.0, 100)) == 1
    local_faults.worked()
    assert not local_faults.down
    assert len(local_faults.due(5.0, 100)) == DOWN_AFTER - 1


def last_try_s(*, worked: bool) -> float:
    local_faults = LocalFaults()
    if worked:
        local_faults.worked()
    for slot in slots(DOWN_AFTER):
        local_faults.failed(1, slot, Fault.NO_ROUTE, 0.0)
    now_s = 0.0
    while True:
        now_s = max(now_s, local_faults.next_s())
        for attempt, slot in local_faults.due(now_s, 1):
            if not local_faults.failed(attempt, slot, Fault.NO_ROUTE, now_s):
                return now_s


def test_a_network_that_worked_is_waited_for_longer_than_one_that_never_did():
    assert PATIENCE_DOWN_S < last_try_s(worked=True) < PATIENCE_DOWN_S + 10
    assert PATIENCE_NEVER_S < last_try_s(worked=False) < PATIENCE_NEVER_S + 5


def test_after_giving_up_the_rest_is_given_up_at_once_until_something_works():
    local_faults = LocalFaults()
    for slot in slots(DOWN_AFTER):
        local_faults.failed(1, slot, Fault.NO_ROUTE, 0.0)
    assert not local_faults.failed(1, Slot(0, 0, 80), Fault.NO_ROUTE, 99.0)
    assert not local_faults.failed(1, Slot(99, 0, 80), Fault.NO_ROUTE, 99.0)
    local_faults.worked()
    assert local_faults.failed(1, Slot(100, 0, 80), Fault.NO_ROUTE, 99.0)


def test_one_network_without_a_route_does_not_stop_the_others():
    local_faults = LocalFaults()
    for slot in slots(50):
        local_faults.failed(1, slot, Fault.NO_ROUTE, 0.0)
        local_faults.worked()
    assert not local_faults.down
    assert len(local_faults.due(1.0, 100)) == 50


class Kernel:
    """Answers the look-up of a route with one errno without SO_BROADCAST and another with it."""

    def __init__(self, without: int, permitted: int):
        self.answer, self.permitted = without, permitted

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def setsockopt(self, *option):
        assert option == (socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        self.answer = self.permitted

    def connect_ex(self, _place) -> int:
        return self.answer

    def connect(self, _place):
        if self.answer:
            raise OSError(self.answer, os.strerror(self.answer))


@pytest.mark.parametrize(
    ("without", "permitted", "expected"),
    [
        (0, 0, False),
        (errno.EACCES, 0, True),
        (errno.EACCES, errno.EACCES, False),
        (errno.EPERM, errno.EPERM, False),
        (errno.ENETUNREACH, errno.ENETUNREACH, False),
        (errno.EHOSTUNREACH, errno.EHOSTUNREACH, False),
    ],
)
def test_broadcast_is_what_the_kernel_refuses_only_without_the_option(monkeypatch, without, permitted, expected):
    monkeypatch.setattr(socket, "socket", lambda *_: Kernel(without, permitted))
    assert is_broadcast(V4_FIRST + 0x0A0000FF) == expected


def test_the_limited_broadcast_belongs_to_no_host_whatever_the_routes():
    assert is_broadcast(V4_FIRST + 0xFFFFFFFF)
    assert not is_broadcast(1)


def loopback_is_up() -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        return sock.connect_ex(("127.0.0.1", 9)) == 0


def test_broadcast_addresses_belong_to_no_host():
    if not loopback_is_up():
        pytest.skip("no route to loopback: its interface is down")
    assert is_broadcast(V4_FIRST + 0x7FFFFFFF)
    assert not is_broadcast(V4_FIRST + 0x7F000001)
