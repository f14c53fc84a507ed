import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from scanner.core.finding import Severity
from scanner.history.store.life import Turn
from scanner.watch.digest import Digest, Occasion, Told


@pytest.fixture
def digest():
    one = Told(Turn.NEW, Severity.HIGH, "a" * 64, "10.0.0.1:6379", "", "ops", "Redis — answers", "Redis 7")
    return Digest(id="1d" * 16, at="2026-11-28T00:00:00Z", occasion=Occasion.CHANGE, run="r", told=(one,))


@pytest.fixture
def receiver():
    """A web server on loopback that keeps what it is sent; `status` is what it says to the next POST."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.server.got.append((dict(self.headers), body))
            self.send_response(self.server.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.got, server.status = [], 200
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()
