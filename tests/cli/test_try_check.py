"""Trying a check on a server: what it says of each expectation, and what it never touches."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pytest

from scanner.cli.try_check import try_once
from scanner.core.errors import UsageError
from tests.support.command_line import exposure_here

TITLE = b"<title>My Panel</title>"
ITEMS = b'{"items": [], "version": "1.0"}'


class _Pages(BaseHTTPRequestHandler):
    pages: ClassVar = {}

    def do_GET(self):
        status, body = self.pages.get(self.path, (404, b""))
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Say nothing."""


@pytest.fixture
def serve():
    with ThreadingHTTPServer(("127.0.0.1", 0), _Pages) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()

        def serve(**pages):
            _Pages.pages = {"/" if name == "front" else "/api/items": page for name, page in pages.items()}
            return f"http://127.0.0.1:{server.server_port}"

        yield serve
        server.shutdown()
        thread.join()


@pytest.fixture
def check(tmp_path):
    path = tmp_path / "my-panel.toml"
    path.write_text(exposure_here("checks", "new", "my-panel").stdout)
    return path


OK, TITLED, LISTED = "(all) status = [200]", "(all) words = ['My Panel']", "(all) json = '/items', type = 'array'"


@pytest.mark.parametrize(
    ("pages", "verdict", "identity", "exposed"),
    [
        ({"front": (200, TITLE), "items": (200, ITEMS)}, "exposed", {OK: True, TITLED: True}, {OK: True, LISTED: True}),
        (
            {"front": (200, TITLE), "items": (401, b"")},
            "protected",
            {OK: True, TITLED: True},
            {OK: False, LISTED: False},
        ),
        ({"front": (200, b"<title>Other</title>")}, "none", {OK: True, TITLED: False}, None),
    ],
)
def test_each_expectation_says_whether_it_held(serve, check, pages, verdict, identity, exposed):
    def told(held):
        return [f"  {'holds' if held[said] else 'FAILS'}  {said}" for said in held]

    more = ["exposed, GET /api/items:", *told(exposed)] if exposed else []
    said = try_once(check, serve(**pages), allow_public=False).splitlines()
    assert said == [f"verdict: {verdict}", "identity, GET /:", *told(identity), *more]


def test_nothing_that_answers_is_said_in_words(check, closed_port):
    first, second = try_once(check, f"http://127.0.0.1:{closed_port}", allow_public=False).splitlines()
    assert first == "verdict: none"
    assert second.startswith(f"no answer from 127.0.0.1:{closed_port}: ")


@pytest.mark.parametrize("target", ["127.0.0.1", "127.0.0.1-2"])
def test_more_or_less_than_one_endpoint_is_refused(check, target):
    with pytest.raises(UsageError):
        try_once(check, target, allow_public=False)


def test_a_public_address_needs_the_option(check):
    with pytest.raises(UsageError, match="--allow-public"):
        try_once(check, "http://8.8.8.8/", allow_public=False)
