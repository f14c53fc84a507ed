"""A transmit ring and a kernel of our own."""

import threading

import numpy as np

from scanner.sweep.syn.layout import Targets
from scanner.sweep.syn.packets import LinkHeader, SynTemplate

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
