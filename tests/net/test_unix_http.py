import socket
import tempfile
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from scanner.core.errors import Malformed
from scanner.net.unix_http import Gone, get_json
from tests.support.engine import Engine


@pytest.fixture
def folder():
    # A Unix socket's path has room for 107 characters.
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


@pytest.fixture
def engine(folder):
    with Engine(folder / "s", **{"/info": [[]] * 9}) as running:
        yield folder / "s", running


@contextmanager
def saying(path, *pieces, closing=True):
    """A server that says what it is told, whatever it is asked, and keeps the connection open or not."""
    done = threading.Event()

    def serve():
        with server.accept()[0] as peer:
            peer.recv(4096)
            for piece in pieces:
                peer.sendall(piece)
            if not closing:
                done.wait(30)

    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen()
        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield path
        finally:
            done.set()
            thread.join()


def soon():
    return time.monotonic() + 10


def test_a_get_and_nothing_else_is_sent(engine):
    path, running = engine
    assert get_json(path, "/info", until=soon()) == [[]] * 9
    assert running.strange == []


@pytest.mark.parametrize(("status", "kind"), [(404, Gone), (500, Malformed)])
def test_another_status_is_said(folder, status, kind):
    answer = b"HTTP/1.1 %d Nope\r\nContent-Length: 2\r\n\r\n{}" % status
    with saying(folder / "s", answer) as path, pytest.raises(kind, match=f"{status} to GET /secrets"):
        get_json(path, "/secrets", until=soon())


def test_chunks_are_joined(folder):
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    with saying(folder / "s", head, b"2\r\n[7\r\n", b"1\r\n]\r\n0\r\n\r\n") as path:
        assert get_json(path, "/x", until=soon()) == [7]


@pytest.mark.parametrize(
    "answer",
    [b"", b"SSH-2.0\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n[", b"HTTP/1.1 200 OK\r\n\r\n[1",
     b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"],
)  # fmt: skip
def test_what_is_no_whole_answer_is_malformed(folder, answer):
    with saying(folder / "s", answer) as path, pytest.raises(Malformed):
        get_json(path, "/x", until=soon())


def test_one_deadline_counts_for_the_whole_answer(folder):
    with saying(folder / "s", b"HTTP/1.1 200 OK\r\n\r\n[", closing=False) as path, pytest.raises(TimeoutError):
        get_json(path, "/x", until=time.monotonic() + 0.2)


def test_after_the_deadline_nothing_is_asked(engine):
    with pytest.raises(TimeoutError):
        get_json(engine[0], "/info", until=time.monotonic() - 1)


def test_more_than_the_limit_is_refused(engine, monkeypatch):
    monkeypatch.setattr("scanner.net.unix_http.LIMIT_BYTES", 10)
    with pytest.raises(Malformed):
        get_json(engine[0], "/info", until=soon())


def test_nobody_there_is_an_os_error(tmp_path):
    with pytest.raises(OSError):  # noqa: PT011 - the kind depends on what lies there
        get_json(tmp_path / "none", "/info", until=soon())
