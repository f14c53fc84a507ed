"""The image's own files; that it is built and runs is tried where an engine is, by .github/workflows/image.yml."""

import fnmatch
import http.server
import importlib.util
import re
import socket
import threading

import pytest

from tests.ci.conftest import ROOT

DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")
_SPEC = importlib.util.spec_from_file_location("health", ROOT / ".ci/container/health.py")
health = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(health)


def test_whatever_is_copied_is_sent_to_the_engine():
    copied = [
        word for line in re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE, re.MULTILINE) for word in line.split()[:-1]
    ]
    sent = [line[1:] for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines() if line[:1] == "!"]
    for word in copied:
        assert (ROOT / word).exists(), word
        assert any(fnmatch.fnmatch(word, pattern) or word.startswith(f"{pattern}/") for pattern in sent), word


def test_nobody_is_root_in_it():
    assert re.findall(r"^USER (.+)$", DOCKERFILE, re.MULTILINE) == ["65532:65532"]


@pytest.mark.parametrize(
    ("command", "where"),
    [
        ("/opt/exposure/bin/python3 /opt/exposure/bin/exposure scan 10.0.0.5", None),
        ("python3 /opt/exposure/bin/exposure serve", ("127.0.0.1", 8571, False)),
        ("docker-init -- exposure serve --port 9000", ("127.0.0.1", 9000, False)),
        ("exposure serve --listen=0.0.0.0 --tls-cert a.pem --tls-key a.key", ("0.0.0.0", 8571, True)),
    ],
)
def test_only_serve_has_a_page(command, where):
    assert health.place(command.split()) == where


@pytest.mark.parametrize(("status", "well"), [(200, True), (503, False)])
def test_the_page_is_asked(status, well):
    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append((self.path, self.headers["Host"]))
            self.send_response(status)
            self.end_headers()

        def log_message(self, *words):
            pass

    asked = []
    with http.server.HTTPServer(("127.0.0.1", 0), Page) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        assert health.answers("0.0.0.0", server.server_port, False) is well
        thread.join()
    assert asked == [("/healthz", "0.0.0.0")]


def test_nobody_there_is_not_well():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert health.answers("127.0.0.1", port, True) is False
