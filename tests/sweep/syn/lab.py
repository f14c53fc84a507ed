"""Two network namespaces joined by a veth pair: a scanner and a target that answers for whole networks."""

import ctypes
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

CLONE_NEWNET = 0x40000000
NEEDS_ROOT = pytest.mark.skipif(
    os.geteuid() != 0 or not all(shutil.which(tool) for tool in ("ip", "nft", "sysctl")),
    reason="needs root, iproute2 and nftables",
)
SCANNER, TARGET = "10.250.0.1", "10.250.0.2"
SCANNER6, TARGET6 = "fd00:250::1", "fd00:250::2"
ANSWERING, ANSWERING6 = "10.16.0.0/12", "fd00:16::/64"
"""Every address in them belongs to the target."""


class Lab:
    """The two namespaces by name; commands run in either."""

    def __init__(self) -> None:
        self.scanner = f"exp{os.getpid()}a"
        self.target = f"exp{os.getpid()}b"

    def build(self) -> None:
        for name in (self.scanner, self.target):
            call("ip", "netns", "add", name)
            call("ip", "-n", name, "link", "set", "lo", "up")
        call(
            *("ip", "-n", self.scanner, "link", "add", "veth0", "type", "veth"),
            *("peer", "name", "veth0", "netns", self.target),
        )
        for name, own, own6 in ((self.scanner, SCANNER, SCANNER6), (self.target, TARGET, TARGET6)):
            call("ip", "-n", name, "link", "set", "veth0", "up")
            call("ip", "-n", name, "addr", "add", f"{own}/24", "dev", "veth0")
            call("ip", "-n", name, "addr", "add", f"{own6}/64", "dev", "veth0", "nodad")
        call("ip", "-n", self.target, "route", "add", "local", ANSWERING, "dev", "lo")
        call("ip", "-n", self.target, "-6", "route", "add", "local", ANSWERING6, "dev", "lo")
        self.restore_routes()
        self.tune(
            self.target,
            ("net.ipv4.icmp_ratelimit", "0"),
            ("net.ipv4.icmp_msgs_per_sec", "100000"),
            ("net.ipv4.icmp_msgs_burst", "10000"),
            ("net.ipv6.icmp.ratelimit", "0"),
            ("net.core.somaxconn", "65535"),
            ("net.ipv4.tcp_max_syn_backlog", "1000000"),
            ("net.ipv4.tcp_syncookies", "0"),
        )

    def restore_routes(self) -> None:
        """Set the scanner's addresses and routes, which go when its link goes down."""
        call("ip", "-n", self.scanner, "addr", "replace", f"{SCANNER6}/64", "dev", "veth0", "nodad")
        call("ip", "-n", self.scanner, "route", "replace", "10.0.0.0/9", "via", TARGET)
        call("ip", "-n", self.scanner, "-6", "route", "replace", ANSWERING6, "via", TARGET6)

    def remove(self) -> None:
        for name in (self.scanner, self.target):
            subprocess.run(["ip", "netns", "del", name], check=False, capture_output=True)

    def tune(self, name: str, *settings: tuple[str, str]) -> None:
        call("ip", "netns", "exec", name, "sysctl", "-qw", *(f"{key}={value}" for key, value in settings))

    def filter(self, name: str, rules: str) -> None:
        """Replace the nftables rules of one namespace."""
        call("ip", "netns", "exec", name, "nft", "flush", "ruleset")
        subprocess.run(["ip", "netns", "exec", name, "nft", "-f", "-"], input=rules, text=True, check=True)

    def lose(self, share: float) -> None:
        """Lose packets independently each way at the target."""
        rule = f"numgen random mod 10000 < {round(share * 10_000)} drop"
        self.filter(
            self.target,
            f"""table inet loss {{
            chain in {{ type filter hook prerouting priority -300; iifname veth0 {rule}; }}
            chain out {{ type filter hook postrouting priority 300; oifname veth0 {rule}; }}
            }}""",
        )

    def ask(self, name: str, *command: str) -> str:
        return call("ip", "netns", "exec", name, *command)


def call(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


@contextmanager
def inside(name: str) -> Iterator[None]:
    """Put the calling thread, and the threads that it starts, into a namespace."""
    libc = ctypes.CDLL(None, use_errno=True)
    with Path("/proc/thread-self/ns/net").open("rb") as home, Path(f"/run/netns/{name}").open("rb") as away:
        _enter(libc, away.fileno())
        try:
            yield
        finally:
            _enter(libc, home.fileno())


def _enter(libc: ctypes.CDLL, fd: int) -> None:
    if libc.setns(fd, CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns")
