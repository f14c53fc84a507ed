"""Two network namespaces joined by a cable: a server in one, the scanner in the other, and no way out of either."""

import contextlib
import json
import os
import signal
import subprocess
import sys
from typing import Any

from tests.fleet.around import Around, Saw
from tests.fleet.owed import Owed
from tests.fleet.server import ROOT

SERVER = "10.201.0.1"
SCANNER = "10.201.0.2"


class Cable:
    """The two namespaces; each is held open by an idle process."""

    def __init__(self, owed: Owed) -> None:
        self._owed = owed
        self._holders = [_hold(), _hold()]
        there, here = (holder.pid for holder in self._holders)
        _in(there, "ip", "link", "add", "veth0", "type", "veth", "peer", "name", "veth1", "netns", str(here))
        for pid, name, address in ((there, "veth0", SERVER), (here, "veth1", SCANNER)):
            _in(pid, "ip", "address", "add", f"{address}/30", "dev", name)
            _in(pid, "ip", "link", "set", name, "up")
            _in(pid, "ip", "link", "set", "lo", "up")

    @property
    def prefix(self) -> list[str]:
        """What to put before a server's argv to run it in the server's namespace."""
        return ["nsenter", "--target", str(self._holders[0].pid), "--net"]

    def see(self, port: int, service: str, transport: str = "tcp") -> dict[str, Any]:
        """Return the verdict on the server as the scanner's namespace sees it: status, rules, note and proof."""
        command = [sys.executable, "-m", "tests.fleet.see_there", SERVER, str(port), service, transport]
        if transport == "tcp" and self._owed.wants(service, port):
            command.append("around")
        done = _in(self._holders[1].pid, *command, cwd=str(ROOT))
        seen: dict[str, Any] = json.loads(done.stdout)
        if around := seen.pop("around"):
            wanted, found = ({way: Saw(*words) for way, words in part.items()} for part in around[:2])
            self._owed.settle(service, Around(wanted, found, around[2]))
        return seen

    def accepts(self, port: int) -> bool:
        """Tell whether the server accepts connections from the scanner's namespace."""
        script = f"import socket; socket.create_connection(('{SERVER}', {port}), 1).close()"
        with contextlib.suppress(subprocess.CalledProcessError):
            _in(self._holders[1].pid, sys.executable, "-c", script)
            return True
        return False

    def close(self) -> None:
        for holder in self._holders:
            os.killpg(holder.pid, signal.SIGKILL)
            holder.wait()


def _hold() -> "subprocess.Popen[bytes]":
    holder = subprocess.Popen(
        ["unshare", "--net", "sh", "-c", "echo ready; exec sleep 3600"], stdout=subprocess.PIPE, start_new_session=True
    )
    assert holder.stdout is not None
    holder.stdout.readline()
    holder.stdout.close()
    return holder


def _in(pid: int, *command: str, cwd: str | None = None) -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run(
        ["nsenter", "--target", str(pid), "--net", *command], check=True, capture_output=True, timeout=30, cwd=cwd
    )
