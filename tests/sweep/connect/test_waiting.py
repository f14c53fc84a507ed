import pytest

from scanner.sweep.connect import waiting as module
from scanner.sweep.connect.order import Slot
from scanner.sweep.connect.waiting import Waiting


def slot(position, address):
    return Slot(position, address, 80)


def test_hosts_come_when_they_are_due_and_their_attempts_in_order():
    waiting = Waiting()
    for position, (address, due_s) in enumerate([(1, 5.0), (2, 3.0), (1, 9.0)]):
        waiting.add(1, slot(position, address), due_s)
    assert waiting.due(2.9) is None
    assert (waiting.next_s(), len(waiting)) == (3.0, 3)
    assert waiting.due(6.0) == 2
    assert waiting.take(2, 10) == (1, [slot(1, 2)])
    assert waiting.due(6.0) == 1
    assert waiting.take(1, 10) == (1, [slot(0, 1), slot(2, 1)])
    assert (waiting.due(6.0), waiting.next_s(), len(waiting)) == (None, None, 0)


def test_only_the_same_attempt_is_taken_together_and_no_more_than_asked():
    waiting = Waiting()
    for position, attempt in enumerate([1, 1, 2]):
        waiting.add(attempt, slot(position, 7), 1.0)
    assert waiting.take(7, 1) == (1, [slot(0, 7)])
    assert waiting.take(7, 5) == (1, [slot(1, 7)])
    assert list(waiting.left()) == [(2, slot(2, 7))]


def test_a_host_that_is_woken_comes_earlier_or_later_and_only_once():
    waiting = Waiting()
    waiting.add(1, slot(0, 7), 1.0)
    waiting.wake(7, 8.0)
    assert (waiting.due(1.0), waiting.next_s()) == (None, 8.0)
    waiting.wake(7, 2.0)
    assert [waiting.due(9.0), waiting.due(9.0)] == [7, None]
    waiting.wake(8, 2.0)
    assert waiting.due(9.0) is None


def test_a_host_that_waits_long_is_not_looked_at_meanwhile(monkeypatch):
    waiting, looked = Waiting(), []
    for position in range(1_000):
        waiting.add(1, slot(position, 7), 100.0)
    monkeypatch.setattr(module.heapq, "heappop", lambda heap: looked.append(heap.pop(0)))
    assert [waiting.due(second) for second in range(50)] == [None] * 50
    assert looked == []


@pytest.mark.parametrize("most", [3])
def test_it_says_when_it_is_full(monkeypatch, most):
    monkeypatch.setattr(module, "MOST_WAITING", most)
    waiting = Waiting()
    for position in range(most):
        assert not waiting.full
        waiting.add(1, slot(position, 7), 1.0)
    assert waiting.full
