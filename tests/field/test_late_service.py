"""A gate that runs before its service has started: --wait, --expect-open, and what Compose publishes."""

import contextlib
import json
import socket
import subprocess
import sys
import threading

import pytest

from tests.cli.test_scan import ROOT, exposure

pytestmark = pytest.mark.slow


@pytest.fixture
def compose(tmp_path, closed_port):
    file = tmp_path / "compose.yaml"
    file.write_text(f"services:\n  cache:\n    image: redis\n    ports: ['{closed_port}:6379']\n")
    return file


def test_nothing_listens_yet_is_not_clean(compose, closed_port):
    run = exposure("scan", "--from-compose", compose, "-f", "json")
    report = json.loads(run.stdout)
    assert (run.returncode, report["run"]["status"]) == (4, "incomplete")
    ((kind, where),) = [(problem["kind"], problem["where"]) for problem in report["problems"]]
    assert (kind, where) == ("expected-closed", f"127.0.0.1:{closed_port} (cache)")


def test_a_closed_port_is_clean_until_it_is_expected_to_be_open(closed_port):
    target = f"127.0.0.1:{closed_port}"
    assert exposure("scan", target).returncode == 0
    assert exposure("scan", target, "--expect-open").returncode == 4
    assert exposure("scan", "127.0.0.1", "-p", closed_port, "--expect-open").returncode == 4
    assert exposure("scan", target, "--wait", "0s").returncode == 4


def test_a_service_that_starts_during_the_wait_is_looked_at(compose, closed_port):
    command = [sys.executable, "-m", "scanner.cli", "scan", "--from-compose", compose, "--wait", "50s", "-f", "json"]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL
    ) as scanning:
        # It says so before its first attempt; only then does the service start.
        assert "waiting up to 50 s for 1 endpoint" in scanning.stderr.readline()
        with socket.create_server(("127.0.0.1", closed_port)) as late:
            threading.Thread(target=answer, args=(late,), daemon=True).start()
            report = json.loads(scanning.communicate()[0])
    assert scanning.returncode == 1
    assert [finding["rule"] for finding in report["findings"]] == ["redis-no-password"]


def answer(listener):
    """Play a Redis without a password, as far as a first question goes."""
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        threading.Thread(target=converse, args=(connection,), daemon=True).start()


def converse(connection):
    # Whoever only waits leaves without a word.
    with connection, contextlib.suppress(OSError):
        while data := connection.recv(4096):
            info = b"# Server\r\nredis_version:7.2.4\r\n# Clients\r\nconnected_clients:1\r\n"
            if b"PING" in data.upper():
                connection.sendall(b"+PONG\r\n")
            elif b"INFO" in data.upper():
                connection.sendall(b"$%d\r\n%b\r\n" % (len(info), info))
            else:
                connection.sendall(b"-ERR unknown command\r\n")


@pytest.mark.parametrize("option", [["--wait", "5s"], ["--expect-open"]])
def test_a_network_is_no_list_of_what_must_be_open(option):
    run = exposure("scan", "127.0.0.0/28", "-p", "1", *option)
    assert run.returncode == 2
    assert "pin them" in run.stderr


@pytest.mark.parametrize("word", ["soon", "-1s", "2h", "1e9", ""])
def test_a_wait_that_is_no_time_is_refused(word):
    assert exposure("scan", "127.0.0.1:1", "--wait", word).returncode == 2


def test_a_quiet_run_says_nothing_but_what_was_asked_for(closed_port, tmp_path):
    target = f"127.0.0.1:{closed_port}"
    run = exposure("scan", target, "--expect-open", "--quiet", "-o", tmp_path / "o.json")
    assert (run.returncode, run.stdout, run.stderr) == (4, "", "")
    assert json.loads(exposure("scan", target, "--quiet", "-f", "json").stdout)["findings"] == []
    run = exposure("scan", target, "-f", "none")
    assert (run.returncode, run.stdout) == (0, "")
