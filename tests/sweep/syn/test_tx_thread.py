"""A ring that is emptied here or in a thread."""

import threading

from scanner.sweep.syn.tx_thread import LARGE, TxThread
from tests.sweep.syn.rings import Ring


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
    assert not [thread for thread in threading.enumerate() if thread.name == "syn-tx"]
