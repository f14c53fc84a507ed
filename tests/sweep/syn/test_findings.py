"""The same estate of real servers through every engine: the way ports are swept must not change what is found."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.fleet.server import Server, program
from tests.sweep.syn.lab import NEEDS_ROOT, Lab

pytestmark = [pytest.mark.root, pytest.mark.real, NEEDS_ROOT, pytest.mark.timeout(180)]
ROOT = Path(__file__).parents[3]
NETWORK, FIRST_HOST = "10.21.1.0/24", "10.21.1.1"
REDIS = ["redis-server", "--bind", "0.0.0.0", "--port", "6379", "--protected-mode", "no", "--save", ""]
MEMCACHED = ["memcached", "-u", "nobody", "-l", "0.0.0.0", "-p", "11211", "-U", "0", "-v"]
DOCKER = [
    *("dockerd", "--iptables=false", "--ip6tables=false", "--bridge=none", "--storage-driver=vfs"),
    *("--data-root={dir}/data", "--exec-root={dir}/exec", "--pidfile={dir}/docker.pid", "-H", "tcp://0.0.0.0:2375"),
    "--tls=false",
]
PROGRAMS = {
    "redis-server": (REDIS, b"Ready to accept"),
    "memcached": (MEMCACHED, b""),
    "dockerd": (DOCKER, b"API listen"),
}


@pytest.fixture
def estate(lab: Lab) -> Iterator[Lab]:
    """A /24: eight hosts with everything, half of the rest closed, half silent."""
    missing = [name for name in PROGRAMS if not program(name)]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")
    lab.filter(
        lab.target,
        """table inet f {
        chain p { type filter hook input priority 0;
        ip daddr 10.21.1.128/25 drop
        ip daddr 10.21.1.8-10.21.1.127 reject with tcp reset
        }
        }""",
    )
    with ExitStack() as stack:
        for argv, ready in PROGRAMS.values():
            server = Server(argv, ports=(), address=FIRST_HOST)
            stack.callback(server.stop)
            server.start(prefix=("nsenter", f"--net=/run/netns/{lab.target}"), ready=ready)
        yield lab


Outcome = tuple[set[str], set[tuple[str, int, str]], dict[str, int]]


def scan(lab: Lab, engine: str, *, prefix: str = "") -> tuple[dict, str]:
    """Scan the estate with the command line; return the report and what went to standard error."""
    command = f"scan {NETWORK} -p 2375,6379,11211 --engine {engine} --rate 3000 --timeout 2 --retries 0 -f json -v"
    words = ["ip", "netns", "exec", lab.scanner, *prefix.split(), sys.executable, "-m", "scanner.cli", *command.split()]
    done = subprocess.run(words, capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 1, done.stderr
    return json.loads(done.stdout), done.stderr


def outcome(report: dict) -> Outcome:
    coverage = {
        key: report["coverage"][key] for key in ("endpoints_planned", "open", "closed", "filtered", "unscanned")
    }
    endpoints = {(one["address"], one["port"], one["status"]) for one in report["endpoints"]}
    return {one["fingerprint"] for one in report["findings"]}, endpoints, coverage


def findings(lab: Lab, engine: str) -> Outcome:
    report, _ = scan(lab, engine)
    assert report["run"]["engine"] == engine
    return outcome(report)


def test_every_engine_finds_the_same(estate):
    seen = {engine: findings(estate, engine) for engine in ("connect", "syn", "nmap")}
    fingerprints, endpoints, coverage = seen["connect"]
    assert len(endpoints) == 24
    assert not [one for one in endpoints if one[2] != "exposed"]
    assert len(fingerprints) >= 24
    assert coverage["open"] == 24
    assert seen["connect"] == seen["syn"] == seen["nmap"]


def test_without_the_privilege_the_connect_sweep_carries_on_and_says_so(estate):
    connect, _ = scan(estate, "connect")
    unprivileged, said = scan(estate, "syn", prefix="setpriv --bounding-set=-net_raw --inh-caps=-net_raw")
    assert "Traceback" not in said
    assert "run it with sudo" in said
    assert unprivileged["run"]["engine"] == "connect"
    assert unprivileged["run"]["status"] == connect["run"]["status"] == "complete"
    assert [one["kind"] for one in unprivileged["problems"]] == ["engine-replaced"]
    assert outcome(unprivileged) == outcome(connect)
