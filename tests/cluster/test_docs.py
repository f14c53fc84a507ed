"""docs/cluster.md, tried: its certificates, its server, its permissions, its unit."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from scanner.core.exit_code import ExitCode
from tests.fleet.server import Server, program

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/cluster.md").read_text()
pytestmark = [pytest.mark.real, pytest.mark.slow]


def block(kind, begins):
    """Return the one block of the page with that mark and beginning."""
    found = [
        text for mark, text in re.findall(r"^```(\w*)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL) if mark == kind
    ]
    (one,) = [text for text in found if text.startswith(begins)]
    return one


def test_the_server_of_the_page_serves_and_a_worker_may_give_no_work(tmp_path):
    if program("nats-server") is None:
        pytest.skip("nats-server is not installed")
    script = block("sh", "openssl").replace("nats-server -c nats.conf\n", "")
    subprocess.run(
        ["bash", "-e", "-c", script],
        cwd=tmp_path,
        env={**os.environ, "HOST": "localhost"},
        check=True,
        capture_output=True,
    )
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = held.getsockname()[1]
    (tmp_path / "nats.conf").write_text(block("", "listen").replace("0.0.0.0:4222", f"127.0.0.1:{port}"))
    (tmp_path / "scope.txt").write_text("127.0.0.0/24\n")
    server = Server(["nats-server", "-c", "nats.conf"], (port,), address="127.0.0.1")
    with ExitStack() as stack:
        server.start(cwd=tmp_path, ready=b"Server is ready")
        stack.callback(server.stop)
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        at = listener.getsockname()[1]

        def words(who):
            keys = ("--cluster-ca", "ca.pem", "--cluster-cert", f"{who}.pem", "--cluster-key", f"{who}.key")
            return ("--cluster", f"tls://localhost:{port}", *keys)

        command = [sys.executable, "-m", "scanner.cli"]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        worker = subprocess.Popen(
            [*command, "worker", "--scope", "scope.txt", *words("worker")],
            cwd=tmp_path,
            env=environment,
            stderr=subprocess.DEVNULL,
        )
        stack.callback(worker.wait)
        stack.callback(worker.terminate)
        scan = [
            "scan",
            "127.0.0.1",
            "-p",
            f"{at},{at ^ 1}",
            "--no-identify",
            "--rate",
            "1000",
            "-f",
            "none",
            "-o",
            "r.json",
        ]
        run = subprocess.run(
            [*command, *scan, *words("coordinator")],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert run.returncode == ExitCode.CLEAN, run.stderr
        assert json.loads((tmp_path / "r.json").read_text())["coverage"]["open"] == 1
        run = subprocess.run(
            [*command, *scan, *words("worker")],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert run.returncode == ExitCode.NOTHING_SCANNED
        assert "may this account" in run.stderr


def test_the_unit_of_the_page_is_one(tmp_path):
    verify = shutil.which("systemd-analyze")
    if verify is None:
        pytest.skip("systemd is not installed")
    unit = tmp_path / "exposure-worker.service"
    unit.write_text(block("ini", "[Unit]"))
    run = subprocess.run([verify, "verify", str(unit)], capture_output=True, text=True, check=False)
    assert "exposure-worker.service" not in run.stderr, run.stderr
