"""docs/cluster.md, tried: its certificates, its server, its permissions, its unit."""

import asyncio
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
from nats.errors import Error as NatsError

from scanner.cluster import names
from scanner.cluster.connection import connect
from scanner.cluster.exchange import Exchange
from scanner.cluster.names import Chunk, new_run
from scanner.cluster.server_url import Keys, read_server_url
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


@pytest.fixture
def port(tmp_path):
    """The server of the page, with its certificates, in a folder; gives its port."""
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
    server.start(cwd=tmp_path, ready=b"Server is ready")
    yield port
    server.stop()


def test_the_server_of_the_page_serves_and_a_worker_may_give_no_work(tmp_path, port):
    with ExitStack() as stack:
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


async def test_whoever_has_the_certificate_of_a_worker_can_take_nothing_away(tmp_path, port):
    chunk = Chunk(new_run(), "office", 1)

    def url(who):
        keys = Keys(ca=tmp_path / "ca.pem", certificate=tmp_path / f"{who}.pem", key=tmp_path / f"{who}.key")
        return read_server_url(f"tls://localhost:{port}", keys, {})

    async with (
        connect(url("coordinator"), "c", asyncio.Event()) as ours,
        connect(url("worker"), "w", asyncio.Event()) as theirs,
    ):
        exchange = Exchange(ours)
        await exchange.prepare(["office"], 30.0)
        await exchange.open(chunk.run)
        await exchange.offer(chunk, b"job")
        stops = await exchange.hear(names.ALL_STOPS)
        stream = theirs.jetstream(timeout=0.5)
        for forbidden in (
            lambda: stream.publish(Chunk(chunk.run, "office", 2).job, b"job"),
            lambda: stream.purge_stream(names.JOBS),
            lambda: stream.delete_stream(names.OUTCOMES),
            lambda: stream.delete_consumer(names.JOBS, "office"),
            lambda: stream.get_msg(names.OUTCOMES, seq=1),
            lambda: stream.delete_msg(names.JOBS, 1),
        ):
            with pytest.raises((NatsError, TimeoutError)):
                await forbidden()
        await theirs.publish(names.stop_subject(chunk.run))
        await theirs.flush()
        await ours.flush()
        assert await exchange.waiting(chunk.run) == {chunk.job}
        assert await exchange.is_open(chunk.run)
        assert stops.pending_msgs == 0
        # What it may: take the job.
        (message,) = await (await Exchange(theirs).queue("office")).fetch(1, timeout=5)
        assert message.data == b"job"


def test_the_unit_of_the_page_is_one(tmp_path):
    verify = shutil.which("systemd-analyze")
    if verify is None:
        pytest.skip("systemd is not installed")
    unit = tmp_path / "exposure-worker.service"
    unit.write_text(block("ini", "[Unit]"))
    run = subprocess.run([verify, "verify", str(unit)], capture_output=True, text=True, check=False)
    assert "exposure-worker.service" not in run.stderr, run.stderr
