import socket

import pytest

from scanner.sweep.connect.lingering import LINGER_S, Lingering
from scanner.sweep.connect.order import Slot

SLOT = Slot(0, 1, 2)


@pytest.fixture
def pair():
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket() as ours:
        ours.connect(server.getsockname())
        theirs, _ = server.accept()
        with theirs:
            yield ours, theirs


def test_a_connection_lingers_for_the_greeting_and_is_reset_then(pair):
    ours, theirs = pair
    lingering = Lingering()
    lingering.add(ours, 1, SLOT, 9.9, 10.0)
    assert lingering.next_s() == 10.0 + LINGER_S
    assert lingering.reset(10.0 + LINGER_S / 2) == []
    theirs.sendall(b"first")
    theirs.sendall(b"second")
    ((_, _, attempt, slot, sent_s, over_s),) = lingering.reset(10.0 + LINGER_S)
    assert (attempt, slot, sent_s, over_s, len(lingering)) == (1, SLOT, 9.9, 10.0, 0)
    with pytest.raises(ConnectionResetError):
        theirs.recv(1)


def test_those_who_came_later_stay_longer(pair):
    ours, theirs = pair
    lingering = Lingering()
    lingering.add(ours, 1, SLOT, 1.0, 1.0)
    lingering.add(theirs, 1, SLOT, 2.0, 2.0)
    assert len(lingering.reset(1.0 + LINGER_S)) == 1
    assert lingering.next_s() == 2.0 + LINGER_S
