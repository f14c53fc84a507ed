"""Own listeners asked for real, and joined with what their configuration let expect."""

import socket
import socketserver
import tempfile
import threading
from contextlib import contextmanager
from ipaddress import ip_address
from pathlib import Path

from scanner.config.kinds import docker_daemon, redis
from scanner.core.finding import Confidence, Status
from scanner.core.ports import Transport
from scanner.core.problem import ProblemKind
from scanner.core.report import Run, RunStatus
from scanner.host.confirm import _ask_at, confirm
from scanner.host.host_report import machine_report
from scanner.host.reading.files import Files
from scanner.host.reasons import explain
from scanner.host.snapshot import Process, Snapshot, Socket, State
from scanner.host.weigh import Judgement
from scanner.probes.registry import load_registry
from tests.support.engine import Engine

RUN = Run(id="r", status=RunStatus.COMPLETE, started="2026-01-02T03:04:05Z", ended="", engine="host", seed=0)
REGISTRY = load_registry().select(())
PROBES = {probe.id: probe for probe in REGISTRY.probes}
OWN = (ip_address("127.0.0.1"),)


def test_a_wildcard_is_asked_where_strangers_come_in():
    own = [ip_address(text) for text in ("127.0.0.1", "10.9.8.7", "fe80::1", "2001:db8::7")]
    assert str(_ask_at(ip_address("0.0.0.0"), own)) == "10.9.8.7"
    assert str(_ask_at(ip_address("::"), own)) == "2001:db8::7"
    assert str(_ask_at(ip_address("10.9.8.8"), own)) == "10.9.8.8"
    assert str(_ask_at(ip_address("0.0.0.0"), own[:1])) == "127.0.0.1"


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def asked(kind, text, port, tmp_path):
    """Return the report before and after the machine's one listener was asked."""
    listener = Socket(address=ip_address("0.0.0.0"), port=port, transport=Transport.TCP, state=State.LISTEN, inode=5)
    process = Process(pid=7, name="daemon", sockets=frozenset({5}))
    doors = kind.doors(kind.read(text.format(port=port), "/etc/daemon.conf"))
    snapshot = Snapshot(machine="web", processes=(process,), sockets=(listener,), doors={7: doors})
    reasons = explain(snapshot)
    before = machine_report(snapshot, Judgement(), reasons, RUN, checks=(), probes=PROBES)
    return before, confirm(before, snapshot, reasons, registry=REGISTRY, own=OWN, files=Files(tmp_path))


def test_predicted_and_exposed_is_confirmed_on_its_line(tmp_path):
    port = free_port()
    with tempfile.TemporaryDirectory() as folder, Engine(Path(folder) / "s", port) as engine:
        before, after = asked(docker_daemon.KIND, '{{"hosts":\n["tcp://0.0.0.0:{port}"]}}', port, tmp_path)
    assert [finding.confidence for finding in before.findings] == [Confidence.PREDICTED]
    (finding,) = after.findings
    assert (finding.rule, finding.confidence) == ("docker-api-no-auth", Confidence.CONFIRMED)
    assert (finding.anchor.file, finding.anchor.line) == ("/etc/daemon.conf", 2)
    assert f"0.0.0.0:{port} daemon (/etc/daemon.conf:2" in finding.detail
    assert finding.fingerprint == before.findings[0].fingerprint
    assert after.endpoints[0].status is Status.EXPOSED
    assert not [line for line in engine.strange if not line.startswith(("GET", "HEAD"))]


class _Refuses(socketserver.BaseRequestHandler):
    def handle(self):
        while self.request.recv(1024):
            self.request.sendall(b"-NOAUTH Authentication required.\r\n")


@contextmanager
def refusing(port):
    socketserver.ThreadingTCPServer.allow_reuse_address = True
    with socketserver.ThreadingTCPServer(("127.0.0.1", port), _Refuses) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield
        server.shutdown()


def test_predicted_and_protected_is_withdrawn_and_said(tmp_path):
    port = free_port()
    with refusing(port):
        before, after = asked(redis.KIND, "bind 0.0.0.0\nprotected-mode no\nport {port}\n", port, tmp_path)
    assert len(before.findings) == 1
    assert after.findings == ()
    assert [problem.kind for problem in after.problems] == [ProblemKind.PREDICTION_WITHDRAWN]


def test_a_door_that_does_not_answer_stays_predicted(tmp_path):
    before, after = asked(redis.KIND, "bind 0.0.0.0\nprotected-mode no\nport {port}\n", free_port(), tmp_path)
    assert after.findings == before.findings
