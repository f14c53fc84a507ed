"""Sending through several rings at once, some of it in threads."""

import threading

import pytest

from scanner.sweep.syn.cookies import Cookies
from scanner.sweep.syn.rings import NoRings
from scanner.sweep.syn.sender import Sender
from scanner.sweep.syn.tx_thread import LARGE
from tests.sweep.syn.rings import TEMPLATE, Ring, addresses, targets


def send(sender, wanted, pause=lambda: pytest.fail("there was room")):
    sender.send(wanted, 61_000, None, Cookies(bytes(16)), pause)


def test_few_packets_leave_before_the_call_returns():
    ring = Ring()
    sender = Sender(TEMPLATE, lambda: ring, 2)
    send(sender, targets(LARGE - 1))
    assert ring.sent == addresses(LARGE - 1)
    assert ring.kickers == [threading.current_thread()]
    assert not sender.tx_threads[0].busy


def test_many_packets_leave_in_a_thread_and_a_second_ring_takes_the_next():
    gate = threading.Event()
    rings = [Ring(gate=gate), Ring(gate=gate)]
    coming = iter(rings)
    sender = Sender(TEMPLATE, lambda: next(coming), 2)
    for number in range(4):
        send(sender, targets(LARGE, 0x0A_10_00_00 + number * LARGE))
    assert [tx_thread.busy for tx_thread in sender.tx_threads] == [True, True]
    gate.set()
    sender.close()
    assert sorted(rings[0].sent + rings[1].sent) == addresses(4 * LARGE)
    assert all(rings[number].sent for number in (0, 1))
    assert threading.current_thread() not in {*rings[0].kickers, *rings[1].kickers}
    assert all(ring.closed for ring in rings)


def test_where_no_second_ring_can_be_had_the_first_goes_on():
    gate = threading.Event()
    ring = Ring(gate=gate)
    coming = iter([ring])

    def open_ring():
        try:
            return next(coming)
        except StopIteration:
            raise NoRings("no transmit ring: out of memory") from None

    sender = Sender(TEMPLATE, open_ring, 2)
    for number in range(3):
        send(sender, targets(LARGE, 0x0A_10_00_00 + number * LARGE))
    gate.set()
    sender.close()
    assert ring.sent == addresses(3 * LARGE)


def test_a_full_ring_is_waited_for_and_nothing_is_sent_twice():
    gate = threading.Event()
    ring = Ring(slots=2 * LARGE, gate=gate)
    sender = Sender(TEMPLATE, lambda: ring, 1)
    pauses = []

    def pause():
        pauses.append(ring.has_room(1))
        gate.set()

    send(sender, targets(5 * LARGE), pause)
    sender.close()
    assert pauses
    assert ring.sent == addresses(5 * LARGE)
