"""Starts one real server on a loopback address of its own and ends it with everything that it started."""

import contextlib
import http.client
import os
import pwd
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

POLL_S = 0.02
PATIENCE_S = 20.0
GRACE_S = 5.0

# pytest-randomly gives every worker the same seed, and with it the same addresses.
_RANDOM = random.SystemRandom()

Ready = Callable[["Server"], bool]

ROOT = Path(__file__).parents[2]
_EXTRA_PATH = (
    "/usr/sbin",
    "/sbin",
    "/usr/local/sbin",
    "/usr/lib/postgresql/15/bin",
    "/usr/lib/postgresql/17/bin",
    str(ROOT / ".fleet" / "bin"),
)


class NotReady(Exception):
    """The server did not come up; the text holds the tail of its log."""


def search_path() -> str:
    return os.pathsep.join((os.environ.get("PATH", ""), *_EXTRA_PATH))


def program(name: str) -> str | None:
    """Return the full path of a program, also from where Debian hides servers and from .fleet/bin."""
    return shutil.which(name, path=search_path())


def new_address() -> str:
    """Return a random loopback address, so that servers of parallel tests keep their default ports."""
    return f"127.{_RANDOM.randint(64, 254)}.{_RANDOM.randint(0, 254)}.{_RANDOM.randint(1, 254)}"


def new_directory() -> Path:
    """Return an empty directory that servers running as another user can reach (pytest's own are private)."""
    directory = Path(tempfile.mkdtemp(prefix="fleet-", dir="/tmp"))
    directory.chmod(0o755)
    return directory


@dataclass
class Server:
    """A running server."""

    argv: list[str]
    ports: tuple[int, ...]
    address: str = field(default_factory=new_address)
    directory: Path = field(default_factory=new_directory)
    process: subprocess.Popen[bytes] | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    """What it was given beside the usual."""

    @property
    def port(self) -> int:
        """The first port that it listens on."""
        return self.ports[0]

    @property
    def log(self) -> str:
        """The last 4,000 characters of what it printed."""
        return self.full_log[-4000:]

    @property
    def full_log(self) -> str:
        """All that it printed."""
        path = self.directory / "server.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def fill(self, text: str) -> str:
        """Replace {address}, {port} and {dir} and leave all other braces alone."""
        return (
            text.replace("{address}", self.address)
            .replace("{port}", str(self.ports[0] if self.ports else 0))
            .replace("{dir}", str(self.directory))
        )

    def start(
        self,
        *,
        files: Mapping[str, str] | None = None,
        env: Mapping[str, str] | None = None,
        user: str | None = None,
        cwd: Path | None = None,
        ready: Ready | bytes | None = None,
        patience_s: float = PATIENCE_S,
        prefix: Sequence[str] = (),
    ) -> "Server":
        for name, text in (files or {}).items():
            path = self.directory / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(self.fill(text))
        as_user = user if user and os.geteuid() == 0 else None
        if as_user:
            _give(self.directory, as_user)
        self.environment = {key: self.fill(value) for key, value in (env or {}).items()}
        argv = [self.fill(word) for word in self.argv]
        argv = [*map(self.fill, prefix), program(argv[0]) or argv[0], *argv[1:]]
        log = (self.directory / "server.log").open("wb")
        with log:
            self.process = subprocess.Popen(
                argv,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=cwd or self.directory,
                env={"PATH": search_path(), "HOME": str(self.directory), "LC_ALL": "C.UTF-8"} | self.environment,
                start_new_session=True,
                user=as_user,
                group=pwd.getpwnam(as_user).pw_gid if as_user else None,
                extra_groups=[] if as_user else None,
            )
        self._await_ready(ready, patience_s)
        return self

    def waits_for(self, condition: Callable[[], bool], patience_s: float = PATIENCE_S) -> bool:
        """Tell whether a condition came true in time."""
        deadline = time.monotonic() + patience_s
        while not (true := condition()) and time.monotonic() < deadline:
            time.sleep(POLL_S)  # noqa: TID251 - waits for another process; bounded by patience_s
        return true

    def stop(self) -> None:
        """End the server's whole process group: politely, then not; then what has left it."""
        if self.process is not None:
            _end(self.process)
            _end_strays(self.directory)
        shutil.rmtree(self.directory, ignore_errors=True)

    def _await_ready(self, ready: Ready | bytes | None, patience_s: float) -> None:
        assert self.process is not None
        deadline = time.monotonic() + patience_s
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise NotReady(f"{self.argv[0]} ended with {self.process.returncode}:\n{self.log}")
            if self._is_ready(ready):
                return
            time.sleep(POLL_S)  # noqa: TID251 - waits for another process; bounded by patience_s
        raise NotReady(f"{self.argv[0]} was not ready after {patience_s:g} s:\n{self.log}")

    def _is_ready(self, ready: Ready | bytes | None) -> bool:
        if isinstance(ready, bytes):
            return ready in (self.directory / "server.log").read_bytes()
        if ready is None:
            return all(accepts(self.address, port) for port in self.ports)
        try:
            return bool(ready(self))
        except OSError:
            return False


def accepts(address: str, port: int) -> bool:
    """Tell whether a TCP connection is accepted."""
    with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET) as sock:
        sock.settimeout(1)
        return sock.connect_ex((address, port)) == 0


def answers(path: str) -> Ready:
    """Return the condition that a server answers a GET on its first port, and not that it is only starting (503).

    A server in Java accepts connections, in its kernel's queue, long before it reads one.
    """

    def answering(server: Server) -> bool:
        connection = http.client.HTTPConnection(server.address, server.port, timeout=5)
        try:
            connection.request("GET", path)
            return connection.getresponse().status != http.HTTPStatus.SERVICE_UNAVAILABLE
        except http.client.HTTPException:
            return False
        finally:
            connection.close()

    return answering


def _give(directory: Path, user: str) -> None:
    entry = pwd.getpwnam(user)
    for path in (directory, *directory.rglob("*")):
        os.chown(path, entry.pw_uid, entry.pw_gid)


def _end_strays(directory: Path) -> None:
    """End what made itself a daemon of its own and was given the server's directory, as Samba's helpers are."""
    given = os.fsencode(directory)
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if given in (entry / "cmdline").read_bytes():
                os.kill(int(entry.name), signal.SIGKILL)


def _end(process: subprocess.Popen[bytes]) -> None:
    for how in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, how)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(GRACE_S)
            break
    deadline = time.monotonic() + GRACE_S
    with contextlib.suppress(ProcessLookupError):
        while time.monotonic() < deadline:
            os.killpg(process.pid, signal.SIGKILL)
            time.sleep(POLL_S)  # noqa: TID251 - waits for the last of the group; bounded by GRACE_S
