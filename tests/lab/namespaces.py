"""Two network namespaces joined by a cable: a scanner here, thousands of hosts there, and nothing else reachable.

There, AnyIP (a local route for a whole network) makes every address of 10.9.0.0/16 answer; nftables adds loss, limits
and rejections. Nothing that is sent can leave the pair.
"""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
NETWORK = "10.9.0.0/16"
NEAR, FAR = "10.77.0.1", "10.77.0.2"


def why_not() -> str | None:
    """Return why namespaces can't be made here, None when they can."""
    if os.geteuid() != 0:
        return "not run: network namespaces need root"
    missing = [tool for tool in ("ip", "nft") if shutil.which(tool) is None]
    if missing:
        return f"not run: {' and '.join(missing)} missing"
    tried = subprocess.run(["unshare", "-n", "true"], capture_output=True, check=False)
    return None if tried.returncode == 0 else "not run: this machine refuses network namespaces"


class Lab:
    """The two namespaces; `close` removes them and ends what was started inside."""

    def __init__(self) -> None:
        mark = f"xs{os.getpid()}"
        self.here, self.there = f"{mark}a", f"{mark}b"
        self._running: list[subprocess.Popen[bytes]] = []
        self._more: list[str] = []
        for name in (self.here, self.there):
            run("ip", "netns", "add", name)
        near, far = f"{mark}n", f"{mark}f"
        run("ip", "link", "add", near, "netns", self.here, "type", "veth", "peer", "name", far, "netns", self.there)
        self.near, self.far = near, far
        for name, link, address in ((self.here, near, NEAR), (self.there, far, FAR)):
            run("ip", "-n", name, "address", "add", f"{address}/30", "dev", link)
            run("ip", "-n", name, "link", "set", "lo", "up")
            run("ip", "-n", name, "link", "set", link, "up")
        run("ip", "-n", self.here, "route", "add", NETWORK, "via", FAR)
        run("ip", "-n", self.there, "route", "add", "local", NETWORK, "dev", "lo")
        self.inside(self.there, "sysctl", "-qw", "net.core.somaxconn=65535", "net.ipv4.tcp_max_syn_backlog=65535")
        self.inside(self.there, "sysctl", "-qw", "net.ipv4.tcp_syncookies=0")

    def another(self) -> tuple[str, str]:
        """Make one more near end; return its name and the name of its cable there.

        It reaches the hosts as the first one does, and the first one itself by way of there.
        """
        number = len(self._more) + 1
        name, far = f"{self.here}{number}", f"{self.far}{number}"
        near, own, gateway = f"{self.near}{number}", f"10.77.{number}.1", f"10.77.{number}.2"
        run("ip", "netns", "add", name)
        self._more.append(name)
        run("ip", "link", "add", near, "netns", name, "type", "veth", "peer", "name", far, "netns", self.there)
        for place, link, address in ((name, near, own), (self.there, far, gateway)):
            run("ip", "-n", place, "address", "add", f"{address}/30", "dev", link)
            run("ip", "-n", place, "link", "set", "lo", "up")
            run("ip", "-n", place, "link", "set", link, "up")
        run("ip", "-n", name, "route", "add", "default", "via", gateway)
        run("ip", "-n", self.here, "route", "replace", "10.77.0.0/16", "via", FAR)
        self.inside(self.there, "sysctl", "-qw", "net.ipv4.ip_forward=1")
        return name, far

    def inside(self, name: str, *command: str) -> str:
        return run("ip", "netns", "exec", name, *command)

    def start(self, name: str, *command: str) -> subprocess.Popen[bytes]:
        started = subprocess.Popen(
            ["ip", "netns", "exec", name, *command], cwd=ROOT, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL
        )
        self._running.append(started)
        return started

    def listen(self, *ports: int) -> None:
        """Accept connections to these ports on every address there."""
        started = self.start(self.there, sys.executable, "-m", "tests.lab.listener", *map(str, ports))
        assert started.stdout is not None
        assert started.stdout.readline() == b"listening\n"

    def serve(self, *roles: str) -> None:
        """Play services there: see tests.lab.answering for the roles."""
        started = self.start(self.there, sys.executable, "-m", "tests.lab.answering", *roles)
        assert started.stdout is not None
        assert started.stdout.readline() == b"answering\n"

    def silent(self, network: str) -> None:
        """Route a network there, where nobody answers but its second address, which refuses."""
        first, _, _ = network.partition("/")
        run("ip", "-n", self.here, "route", "add", network, "via", FAR)
        run("ip", "-n", self.there, "route", "add", "blackhole", network)
        run("ip", "-n", self.there, "route", "add", "local", f"{first[:-1]}1/32", "dev", "lo")

    def rules(self, text: str, *, where: str | None = None) -> None:
        """Replace the packet filter there (or here) by these lines of an inet table."""
        name = where or self.there
        with contextlib.suppress(subprocess.CalledProcessError):
            self.inside(name, "nft", "delete", "table", "inet", "lab")
        if text:
            run("ip", "netns", "exec", name, "nft", "-f", "-", text=f"table inet lab {{\n{text}\n}}\n")

    def cut(self, *cables: str) -> float:
        """Let nothing pass between these cables and the others, the hosts there excepted; return the time of that."""
        drops = "; ".join(f"{way} {cable} drop" for cable in cables for way in ("iifname", "oifname"))
        before_s = time.time()
        self.rules(f"chain c {{ type filter hook forward priority 0; {drops}; }}" if cables else "")
        return before_s

    def lose(self, per_mille: int) -> None:
        """Lose this many of 1,000 packets in each direction, independently."""
        rule = f"iifname {self.far} numgen random mod 1000 < {per_mille} drop"
        back = f"oifname {self.far} numgen random mod 1000 < {per_mille} drop"
        self.rules(
            f"chain a {{ type filter hook prerouting priority -300; {rule}; }}\n"
            f"chain b {{ type filter hook postrouting priority 300; {back}; }}"
            if per_mille
            else ""
        )

    def scan(self, *arguments: str, jumping: str = "") -> subprocess.CompletedProcess[str]:
        """Run `exposure scan` here, as a user types it; its clock may jump after so many seconds of silence."""
        command = [sys.executable, "-m", "tests.lab.scanning", "scan", *arguments]
        return subprocess.run(
            ["ip", "netns", "exec", self.here, *command],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "JUMPING": jumping},
        )

    def sweep(self, **plan: Any) -> dict[str, Any]:
        """Run one sweep in a process of its own; see tests.lab.sweeper for the keys."""
        started = self.begin(**plan)
        return finish(started)

    def begin(self, **plan: Any) -> subprocess.Popen[bytes]:
        return self.start(self.here, sys.executable, "-m", "tests.lab.sweeper", json.dumps(plan))

    def close(self) -> None:
        for started in self._running:
            if started.poll() is None:
                started.kill()
            started.wait()
            if started.stdout is not None:
                started.stdout.close()
        for name in (self.here, self.there, *self._more):
            run("ip", "netns", "delete", name)


def finish(started: subprocess.Popen[bytes]) -> dict[str, Any]:
    out, _ = started.communicate()
    assert started.returncode == 0, f"the sweep ended with {started.returncode}"
    result: dict[str, Any] = json.loads(out)
    assert all(problem["kind"] != "books-not-balanced" for problem in result["problems"])
    return result


def run(*command: str, text: str | None = None) -> str:
    done = subprocess.run(command, check=True, capture_output=True, text=True, input=text)
    return done.stdout


@contextlib.contextmanager
def make_lab() -> Iterator[Lab]:
    lab = Lab()
    try:
        yield lab
    finally:
        lab.close()


def set_of(addresses: Iterable[str]) -> str:
    return "{ " + ", ".join(addresses) + " }"
