import socket
import sys

import pytest

from scanner.sweep.connect.selector import PollWatch, make_watch

WATCHES = [PollWatch, make_watch]


@pytest.fixture(params=WATCHES, ids=["poll", "this system's"])
def watch(request):
    made = request.param()
    yield made
    made.close()


@pytest.fixture
def pair():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


def test_a_descriptor_is_ready_once(watch, pair):
    ours, theirs = pair
    watch.reading(ours.fileno())
    assert watch.ready() == []
    theirs.send(b"x")
    assert watch.ready() == [ours.fileno()]
    assert watch.ready() == []


def test_one_that_woke_for_nothing_is_watched_further(watch, pair):
    ours, theirs = pair
    watch.reading(ours.fileno())
    theirs.send(b"x")
    assert watch.ready() == [ours.fileno()]
    ours.recv(1)
    watch.read_again(ours.fileno())
    assert watch.ready() == []
    theirs.send(b"y")
    assert watch.ready() == [ours.fileno()]


def test_a_connection_that_stands_is_ready(watch, pair):
    watch.connecting(pair[0].fileno())
    assert watch.ready() == [pair[0].fileno()]


def test_a_refused_connection_is_ready_too(watch):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        with socket.socket() as sock:
            sock.setblocking(False)
            sock.connect_ex(free.getsockname())
            watch.connecting(sock.fileno())
            assert watch.ready() == [sock.fileno()]


def test_what_was_forgotten_and_closed_is_never_ready(watch, pair):
    ours, theirs = pair
    fd = ours.fileno()
    watch.reading(fd)
    theirs.send(b"x")
    watch.forget(fd)
    ours.close()
    assert watch.ready() == []


@pytest.mark.skipif(sys.platform not in {"linux", "darwin"}, reason="poll has no descriptor")
def test_the_loop_can_wait_for_the_watch_itself(pair):
    import select

    watch = make_watch()
    watch.connecting(pair[0].fileno())
    assert select.select([watch.fileno()], [], [], 0)[0] == [watch.fileno()]
    watch.close()
    assert PollWatch().fileno() is None
