import socket

import pytest

from scanner.sweep.connect.lingering import STAY_S, Leaving
from scanner.sweep.connect.order import Spot

SPOT = Spot(0, 1, 2)


@pytest.fixture
def pair():
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket() as ours:
        ours.connect(server.getsockname())
        theirs, _ = server.accept()
        with theirs:
            yield ours, theirs


def test_a_connection_stays_for_the_first_words_and_is_reset_then(pair):
    ours, theirs = pair
    leaving = Leaving()
    leaving.add(ours, 1, SPOT, 9.9, 10.0)
    assert leaving.next_s() == 10.0 + STAY_S
    assert leaving.reset(10.0 + STAY_S / 2) == []
    theirs.sendall(b"first")
    theirs.sendall(b"second")
    ((_, _, look, spot, sent_s, over_s),) = leaving.reset(10.0 + STAY_S)
    assert (look, spot, sent_s, over_s, len(leaving)) == (1, SPOT, 9.9, 10.0, 0)
    with pytest.raises(ConnectionResetError):
        theirs.recv(1)


def test_those_who_came_later_stay_longer(pair):
    ours, theirs = pair
    leaving = Leaving()
    leaving.add(ours, 1, SPOT, 1.0, 1.0)
    leaving.add(theirs, 1, SPOT, 2.0, 2.0)
    assert len(leaving.reset(1.0 + STAY_S)) == 1
    assert leaving.next_s() == 2.0 + STAY_S
