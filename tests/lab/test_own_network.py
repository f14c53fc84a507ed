"""`exposure scan @local` where a machine really is: on its own links, on none, on a cloud's /32 (case N01)."""

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.lab.namespaces import ROOT, run, why_not

pytestmark = [pytest.mark.root, pytest.mark.timeout(90)]
PORTS = ("-p", "2375,6379,U:53,161")


@contextlib.contextmanager
def segment(hosts: int) -> Iterator[list[str]]:
    """Give namespaces that share one switch: 10.77.9.1/29, .2, ...; nothing leads out of it."""
    mark = f"xo{os.getpid()}"
    switch, names = f"{mark}s", [f"{mark}{number}" for number in range(1, hosts + 1)]
    made = []
    try:
        for name in (switch, *names):
            run("ip", "netns", "add", name)
            made.append(name)
            run("ip", "-n", name, "link", "set", "lo", "up")
        run("ip", "-n", switch, "link", "add", "lan0", "type", "bridge")
        run("ip", "-n", switch, "link", "set", "lan0", "up")
        for number, name in enumerate(names, 1):
            run("ip", "-n", name, "link", "add", "eth0", "type", "veth", "peer", "name", f"p{number}", "netns", switch)
            run("ip", "-n", switch, "link", "set", f"p{number}", "master", "lan0", "up")
            run("ip", "-n", name, "address", "add", f"10.77.9.{number}/29", "dev", "eth0")
            run("ip", "-n", name, "link", "set", "eth0", "up")
        yield names
    finally:
        for name in made:
            run("ip", "netns", "delete", name)


def exposure(inside: list[str], *arguments: str) -> tuple[int, dict, str]:
    command = [*inside, sys.executable, "-m", "tests.lab.scanning", "scan", *arguments, "-f", "json", "--no-names"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return done.returncode, json.loads(done.stdout or "{}"), done.stderr


@pytest.fixture(autouse=True)
def able():
    reason = why_not()
    if reason is not None:
        pytest.skip(reason)


@pytest.mark.parametrize("engine", ["connect", "syn"])
def test_a_clean_network_of_three_hosts_is_clean(engine):
    with segment(3) as names:
        inside = ["ip", "netns", "exec", names[0]]
        code, report, _ = exposure(inside, "@local", *PORTS, "--engine", engine)
        assert (code, report["run"]["status"], report["problems"]) == (0, "complete", [])
        coverage = report["coverage"]
        assert (coverage["hosts_alive"], coverage["unscanned"], coverage["addresses"]) == (3, 0, 8)
        assert coverage["unreachable"] >= 2 * 4


def test_what_a_prohibiting_route_keeps_back_is_no_broadcast_address_and_leaves_a_gap():
    with segment(2) as names:
        run("ip", "-n", names[0], "route", "add", "prohibit", "10.77.9.4/32")
        inside = ["ip", "netns", "exec", names[0]]
        code, report, _ = exposure(inside, "10.77.9.2", "10.77.9.4", "-p", "U:53")
        assert (code, report["coverage"]["unscanned"]) == (4, 1)


def setup(*commands: str) -> list[str]:
    return ["unshare", "-n", "sh", "-c", "; ".join(["ip link set lo up", *commands, 'exec "$@"']), "sh"]


def test_without_a_network_nothing_could_be_scanned():
    code, report, error = exposure(setup(), "@local", *PORTS)
    assert code == 3
    assert [problem["kind"] for problem in report["problems"]] == ["local-no-network"]
    assert "nothing could be scanned" in error


def test_a_cloud_machines_own_address_is_not_its_network():
    # N01
    link = ("ip link add eth0 type veth peer name far0", "ip link set far0 up", "ip link set eth0 up")
    inside = setup(*link, "ip address add 10.128.0.5/32 dev eth0")
    code, report, _ = exposure(inside, "@local", "-p", "7001")
    assert code == 4
    ((kind, where),) = [(problem["kind"], problem["where"]) for problem in report["problems"]]
    assert (kind, where) == ("local-only-itself", "@local: eth0 10.128.0.5/32")
    code, report, _ = exposure(setup(*link, "ip address add 10.128.0.5/24 dev eth0"), "10.128.0.5", "-p", "7001")
    assert (code, report["problems"]) == (0, [])
