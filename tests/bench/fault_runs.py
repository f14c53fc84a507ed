"""One scan under a fault, in two namespaces: what is done to it, and what it says in the end."""

import contextlib
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from scanner.core.exit_code import ExitCode
from tests.lab.namespaces import FAR, NETWORK, ROOT, Lab, run

REDIS = "6379"
WAIT = time.sleep  # noqa: TID251 - the laboratory's time is real
DROP = "chain f { type filter hook prerouting priority -300; tcp dport 6379 drop; }"
RESET = "chain f { type filter hook input priority 0; tcp dport 6379 reject with tcp reset; }"
FLOWS = "chain f { type filter hook prerouting priority 0; tcp dport 6379 ct state new ct count over 100 drop; }"


_FIRST_PACKETS = 8
"""More than the neighbour discovery of a link that has just come up."""


@dataclass
class Scan:
    """One scan under way in the near namespace."""

    process: subprocess.Popen[str]
    file: Path
    began_s: float = field(default_factory=time.monotonic)

    @property
    def pid(self) -> int:
        return self.process.pid

    def under_way(self, lab: Lab) -> float:
        """Wait until it has begun to send; returns how long that took, in seconds."""
        before = _sent(lab)
        while not self.over and _sent(lab) < before + _FIRST_PACKETS:
            WAIT(0.05)
        now_s = time.monotonic()
        took_s, self.began_s = now_s - self.began_s, now_s
        return took_s

    @property
    def over(self) -> bool:
        return self.process.poll() is not None

    def wait_until(self, moment_s: float) -> bool:
        """Wait for a moment after the start; returns whether the scan still ran then."""
        while not self.over and time.monotonic() - self.began_s < moment_s:
            WAIT(0.02)
        return not self.over


@dataclass(frozen=True)
class Outcome:
    """What one run said."""

    truth: int
    found: int
    inconclusive: int
    unscanned: int
    status: str
    code: int
    took_s: float
    note: str = ""
    closed: int = 0
    """Ports that refused with a reset: every one of them is open, so that none of these counts as heard."""

    @property
    def failed(self) -> str:
        if self.status == "complete" and self.found < self.truth:
            return "complete, and missed something"
        # Where nothing at all answered, the run says that it could not look, and exits with 3.
        told = self.found + self.inconclusive + self.unscanned
        if told < self.truth and (self.found or self.code != ExitCode.NOTHING_SCANNED):
            return "silence was called clean"
        if self.status != "complete" and self.code == 0:
            return "incomplete, and exit 0"
        return ""

    def line(self, name: str) -> str:
        left = f"{self.found:>6} {self.inconclusive:>6} {self.unscanned:>6} {self.truth:>6}"
        end = f"{self.status:<11} {self.code:>3} {self.took_s:>6.1f}  {self.failed or 'ok'}"
        closed = f"({self.closed} refused with a reset)" if self.closed else ""
        return f"{name:<44} {left}  {end} {self.note} {closed}".rstrip()


HEAD = f"{'fault':<44} {'found':>6} {'incon.':>6} {'unseen':>6} {'truth':>6}  {'status':<11} {'exit':>3} {'s':>6}"

Harm = Callable[[Lab, Scan, float], str]
"""Does harm for so many seconds while a scan runs; returns what it did, in words."""


def _sent(lab: Lab) -> int:
    """Return how many packets have left on the near link."""
    (link,) = json.loads(run("ip", "-n", lab.here, "-j", "-s", "link", "show", "dev", lab.near))
    return int(link["stats64"]["tx"]["packets"])


@contextlib.contextmanager
def answering(lab: Lab, *roles: str) -> Iterator[subprocess.Popen[bytes]]:
    started = lab.start(lab.there, sys.executable, "-m", "tests.bench.fault_peers", *roles)
    assert started.stdout is not None
    assert started.stdout.readline() == b"answering\n"
    try:
        yield started
    finally:
        started.kill()
        started.wait()


def begin(lab: Lab, *arguments: str, before: Sequence[str] = ()) -> Scan:
    file = Path(tempfile.mkstemp(suffix=".json", prefix="faults-")[1])
    words = [*before, sys.executable, "-m", "tests.lab.scanning", "scan", *arguments, "-q", "-o", str(file)]
    process = subprocess.Popen(
        ["ip", "netns", "exec", lab.here, *words],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    return Scan(process, file)


def finish(scan: Scan, truth: int, note: str = "", *, port: str = REDIS) -> tuple[Outcome, dict[str, Any]]:
    _, errors = scan.process.communicate(timeout=900)
    took_s = time.monotonic() - scan.began_s
    text = scan.file.read_text()
    scan.file.unlink()
    if not text:
        return Outcome(truth, 0, 0, 0, "no report", scan.process.returncode, took_s, errors.strip()[-200:]), {}
    report = json.loads(text)
    rows = [row for row in report["endpoints"] if port in {"", str(row["port"])}]
    found = sum(row["status"] == "exposed" for row in rows)
    inconclusive = sum(row["status"] == "inconclusive" for row in rows)
    unscanned, status = report["coverage"]["unscanned"], report["run"]["status"]
    closed, code = report["coverage"]["closed"], scan.process.returncode
    return Outcome(truth, found, inconclusive, unscanned, status, code, took_s, note, closed), report


def mend(lab: Lab) -> None:
    """Bring everything back to where it works."""
    lab.rules("")
    for side, link in ((lab.here, lab.near), (lab.there, lab.far)):
        run("ip", "-n", side, "link", "set", link, "up")
    run("ip", "-n", lab.here, "route", "replace", NETWORK, "via", FAR)
    run("ip", "-n", lab.there, "route", "replace", "local", NETWORK, "dev", "lo")


def froze(lab: Lab, scan: Scan, seconds: float) -> str:
    os.kill(scan.pid, signal.SIGSTOP)
    WAIT(seconds)
    os.kill(scan.pid, signal.SIGCONT)
    return f"{seconds:.1f} s"


def near_link_down(lab: Lab, scan: Scan, seconds: float) -> str:
    run("ip", "-n", lab.here, "link", "set", lab.near, "down")
    WAIT(seconds)
    mend(lab)
    return f"{seconds:.1f} s"


def far_link_down(lab: Lab, scan: Scan, seconds: float) -> str:
    run("ip", "-n", lab.there, "link", "set", lab.far, "down")
    WAIT(seconds)
    mend(lab)
    return f"{seconds:.1f} s"


def banned(lab: Lab, scan: Scan, seconds: float) -> str:
    lab.rules(DROP)
    return "for good"


def descriptors_gone(lab: Lab, scan: Scan, seconds: float) -> str:
    limit = 40 + int(seconds * 20)
    with contextlib.suppress(ProcessLookupError):
        resource.prlimit(scan.pid, resource.RLIMIT_NOFILE, (limit, limit))
    return f"{limit} from then on"


def peers_reset(lab: Lab, scan: Scan, seconds: float) -> str:
    lab.rules(RESET)
    WAIT(seconds)
    lab.rules("")
    return f"{seconds:.1f} s"


HARMS: dict[str, tuple[Harm, tuple[float, float]]] = {
    "SIGSTOP": (froze, (3.0, 15.0)),
    "near link down": (near_link_down, (2.0, 10.0)),
    "far link down": (far_link_down, (2.0, 10.0)),
    "ban": (banned, (0.0, 0.0)),
    "descriptors": (descriptors_gone, (0.5, 8.0)),
    "peers reset": (peers_reset, (1.0, 8.0)),
}


def network(hosts: int) -> str:
    return f"10.9.0.0/{32 - (hosts - 1).bit_length()}"


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
