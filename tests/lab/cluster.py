"""A cluster in the laboratory: a NATS server with TLS and client certificates, workers, coordinators to be killed."""

import contextlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from tests.cluster.nats_server import nats_server
from tests.fleet.certificates import Authority, TlsFiles
from tests.fleet.server import Server
from tests.lab.namespaces import NEAR, ROOT, Lab

PORT = 4_222
PATIENCE_S = 60.0
FACTS = ("coverage", "summary", "endpoints", "findings", "problems")


class Cluster:
    """One server at the near end of the cable, whoever works for it, and their words."""

    def __init__(self, lab: Lab, folder: Path, *, posts: int = 0) -> None:
        self.lab, self.folder = lab, folder
        ends = [lab.another() for _ in range(posts)]
        self.posts, self.cables = [post for post, _ in ends], [cable for _, cable in ends]
        """Namespaces for workers of their own, and the far ends of their cables."""
        self._running: list[subprocess.Popen[bytes]] = []
        authority = Authority()
        self._server_files = _issue(authority, folder / "server", NEAR)
        self._files = _issue(authority, folder / "client", "worker")
        self.server = self.start_server()

    def start_server(self) -> Server:
        """Start the server, the streams of an earlier one included."""
        files = self._server_files
        tls = f'tls {{ cert_file: "{files.cert}", key_file: "{files.key}", ca_file: "{files.ca}", verify: true }}'
        prefix = ("ip", "netns", "exec", self.lab.here)
        return nats_server(PORT, self.folder / "store", address=NEAR, more=tls, prefix=prefix)

    @property
    def options(self) -> tuple[str, ...]:
        files = self._files
        keys = ("--cluster-ca", files.ca, "--cluster-cert", files.cert, "--cluster-key", files.key)
        return ("--cluster", f"tls://{NEAR}:{PORT}", *map(str, keys))

    def address(self, number: int) -> str:
        """Return from where the worker at a post of its own sends."""
        return f"10.77.{number + 1}.1"

    def worker(self, name: str, scope: str, *more: str, where: str = "") -> "Said":
        """Start a worker, and return once it serves."""
        file = self.folder / f"{name}.scope"
        file.write_text(scope)
        words = ("worker", "--scope", str(file), "--name", name, *self.options, *more)
        said = self._start(words, self.folder / f"{name}.err", where or self.lab.here)
        said.until("may touch")
        return said

    def scan(self, name: str, *more: str) -> "Said":
        """Start a coordinator; its report is NAME.json."""
        words = ("scan", *more, "-f", "none", "-o", str(self.folder / f"{name}.json"))
        return self._start(words, self.folder / f"{name}.err", self.lab.here)

    def report(self, name: str) -> dict[str, object]:
        """Return what a scan found, in the order that a merge and a run that was not cut share."""
        held = json.loads((self.folder / f"{name}.json").read_text())
        held["coverage"]["closed_list"].sort()
        return {key: held[key] for key in FACTS}

    def _start(self, words: tuple[str, ...], errors: Path, where: str) -> "Said":
        command = ["ip", "netns", "exec", where, sys.executable, "-m", "scanner.cli", *words]
        with errors.open("wb") as file:
            started = subprocess.Popen(command, cwd=ROOT, stderr=file, stdin=subprocess.DEVNULL, env={**os.environ})
        self._running.append(started)
        return Said(started, errors)

    def close(self) -> None:
        for started in self._running:
            with contextlib.suppress(ProcessLookupError):
                started.kill()
            started.wait()
        self.server.stop()


class Said:
    """A process and what it says on standard error."""

    def __init__(self, process: "subprocess.Popen[bytes]", errors: Path) -> None:
        self.process, self.errors = process, errors

    @property
    def words(self) -> str:
        return self.errors.read_text()

    def until(self, text: str, times: int = 1) -> None:
        """Return once it has said something so often."""
        until(lambda: self.words.count(text) >= times or self.process.poll() is not None)
        assert self.words.count(text) >= times, self.words

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def end_by(self, number: int) -> int:
        """Return the exit code that a signal leads to."""
        self.process.send_signal(number)
        return self.end()

    def end(self) -> int:
        """Return the exit code once it has ended by itself."""
        return self.process.wait(PATIENCE_S)


def until(condition: Callable[[], bool]) -> None:
    """Return once something is so, which another process decides; PATIENCE_S bounds a failure alone."""
    turn = threading.Event()
    for _ in range(int(PATIENCE_S / 0.05)):
        if condition():
            return
        turn.wait(0.05)


def _issue(authority: Authority, folder: Path, name: str) -> TlsFiles:
    folder.mkdir()
    files = authority.issue(folder, name)
    files.key.chmod(0o600)
    return files
