"""Sending through several rings at once, some of it in threads: on a ring and a kernel of our own."""

import threading

import numpy as np
import pytest

from scanner.sweep.syn.cookies import Cookies
from scanner.sweep.syn.layout import Targets
from scanner.sweep.syn.packets import LinkHeader, SynTemplate
from scanner.sweep.syn.rings import NoRings
from scanner.sweep.syn.sender import Sender
from scanner.sweep.syn.tx_thread import LARGE, TxThread

TEMPLATE = SynTemplate(4, bytes([10, 0, 0, 1]), LinkHeader(bytes(6)))


class Ring:
    """As a TxRing, sent from by whoever kicks it; `gate` holds the kernel back."""

    def __init__(self, slots=4_096, gate=None, down=False):
        self.slots, self.gate, self.down = slots, gate, down
        self.frames = np.tile(np.frombuffer(TEMPLATE.frame.ljust(96, b"\0"), dtype=np.uint8), (slots, 1))
        self.sent, self.kickers, self.closed = [], [], False
        self._waiting, self._next = [], 0

    def has_room(self, count):
        return sum(map(len, self._waiting)) + count <= self.slots

    def free(self, wanted):
        taken = sum(map(len, self._waiting))
        return slice(self._next, self._next + min(wanted, self.slots - taken, self.slots - self._next))

    def hand_over(self, slots):
        # The address is at byte 30 of the frame, behind the link header.
        self._waiting.append(self.frames[slots, 30:34].copy())
        self._next = slots.stop % self.slots

    def kick(self):
        if self.down:
            raise OSError(100, "Network is down")
        self.kickers.append(threading.current_thread())
        if self.gate is not None:
            self.gate.wait()
        while self._waiting:
            self.sent += map(bytes, self._waiting.pop(0))

    def close(self):
        self.closed = True


def targets(count, first=0x0A_10_00_00):
    address = np.arange(count, dtype=np.uint32) + np.uint32(first)
    return Targets(4, np.arange(count, dtype=np.int64), address, np.full(count, 80, dtype=np.uint32))


def addresses(count, first=0x0A_10_00_00):
    return [(first + number).to_bytes(4) for number in range(count)]


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


def test_what_a_link_refuses_is_noted_and_sent_when_it_is_back():
    ring = Ring(down=True)
    tx_thread = TxThread(ring)
    slots = ring.free(3)
    ring.hand_over(slots)
    tx_thread.send(3)
    assert tx_thread.refused
    assert ring.sent == []
    ring.down = False
    tx_thread.kick()
    assert not tx_thread.refused
    assert len(ring.sent) == 3


def test_a_thread_that_meets_a_link_that_is_down_goes_on_living():
    ring = Ring(down=True)
    tx_thread = TxThread(ring)
    tx_thread.send(LARGE)
    ring.hand_over(ring.free(LARGE))
    ring.down = False
    tx_thread.send(LARGE)
    tx_thread.close()
    assert len(ring.sent) == LARGE
    assert not tx_thread.refused
    assert not [thread for thread in threading.enumerate() if thread.name == "syn-lane"]
