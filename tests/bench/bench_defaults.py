"""Measures the sweep as a person runs it, without options, beside nmap and an earlier version.

python -m tests.bench.bench_defaults --base FOLDER, where FOLDER holds another checkout. Whole processes are timed one
after the other in a laboratory of its own (tests.lab.namespaces); `--only host,network,lives,spared,first,crowd`
chooses.
"""

import argparse
import json
import os
import random
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple

from tests.bench.bench_sweep import machine, say
from tests.lab.namespaces import ROOT, Lab, make_lab, why_not

OPEN, MUTE, REDIS = 8_080, 7_777, 6_379
SYNS_OVER_200 = (
    "chain a { type filter hook prerouting priority -300; tcp flags & (syn | ack) == syn"
    " limit rate over 200/second burst 20 packets counter drop; }"
)
RESETS_OVER_100 = (
    "chain a { type filter hook postrouting priority 0; tcp flags & rst == rst limit rate over 100/second drop; }"
)
MIXED = (
    "chain a { type filter hook input priority 0; ip daddr 10.9.1.85-10.9.1.169 drop;"
    " ip daddr 10.9.1.170-10.9.1.255 reject with icmp type host-unreachable; }"
)
FEW_OPEN = (
    "chain a { type filter hook input priority 0;"
    f" ip daddr & 0.0.0.255 != 0.0.0.7 tcp dport {REDIS} reject with tcp reset; }}"
)


class Cost(NamedTuple):
    """What one process took."""

    wall_s: float
    processor_s: float
    out: str


def main() -> int:
    parser = argparse.ArgumentParser(description="Benchmarks of the sweep at its defaults.")
    parser.add_argument("--base", type=Path, help="another checkout to run beside this one")
    parser.add_argument("--only", default="host,network,lives,spared,first,crowd")
    options = parser.parse_args()
    say(machine())
    reason = why_not()
    if reason is not None:
        say(reason)
        return 0
    ours = {"ours": ROOT, **({"base": options.base} if options.base else {})}
    parts = {"host": host, "network": network, "lives": lives, "spared": spared, "first": first, "crowd": crowd}
    with make_lab() as lab:
        lab.listen(OPEN, *_twenty())
        for name in options.only.split(","):
            say(f"\n{(parts[name].__doc__ or name).splitlines()[0]}")
            parts[name](lab, ours)
            lab.rules("")
    return 0


def host(lab: Lab, ours: dict[str, Path]) -> None:
    """One host, all 65,535 ports, 20 of them open."""
    _nmap(lab, "nmap -sT", "-Pn", "-sT", "-p-", "10.9.0.1")
    for name, root in ours.items():
        _scan(lab, name, root, "10.9.0.1", "-p", "all")
    _nmap(lab, "nmap -sS", "-Pn", "-sS", "-p-", "10.9.0.1")
    _scan(lab, "ours, syn", ROOT, "10.9.0.1", "-p", "all", "--engine", "syn")


def network(lab: Lab, ours: dict[str, Path]) -> None:
    """A /24 x 1,000 ports: 85 hosts alive, 85 silent, 86 unreachable."""
    lab.inside(lab.there, "sysctl", "-qw", "net.ipv4.icmp_ratelimit=0", "net.ipv4.icmp_msgs_per_sec=1000000")
    lab.rules(MIXED)
    ports = f"1-999,{OPEN}"
    _nmap(lab, "nmap -T4", "-T4", "-p", ports, "10.9.1.0/24")
    for name, root in ours.items():
        _scan(lab, name, root, "10.9.1.0/24", "-p", ports, "--no-identify")
    if shutil.which("rustscan"):
        words = [
            "rustscan",
            "-a",
            # Version 2.4.1 finds nothing in a network that is written as one.
            ",".join(f"10.9.1.{host}" for host in range(256)),
            "-p",
            ports.replace("1-999", ",".join(map(str, range(1, 1_000)))),
            "-g",
        ]
        cost = _cost(["ip", "netns", "exec", lab.here, *words, "--ulimit", "5000", "-b", "4500"], dict(os.environ))
        found = cost.out.count("->")
        say(f"  RustScan     wall {cost.wall_s:6.2f} s, processor {cost.processor_s:5.2f} s, open at {found}")


def lives(lab: Lab, ours: dict[str, Path]) -> None:
    """When the findings of the 85 that live are proven in the same /24 x 1,000 ports, Redis on one of them."""
    words = ["--port", str(REDIS), "--bind", "0.0.0.0", "--save", "", "--protected-mode", "no"]
    lab.start(lab.there, "redis-server", *words)
    lab.rules(MIXED)
    ports = f"1-999,{REDIS}"
    _nmap(lab, "nmap -T4", "-T4", "-p", ports, "10.9.1.0/24")
    for name, root in ours.items():
        command = _ours(lab, "10.9.1.0/24", "-p", ports, "-f", "ndjson")
        began_s = time.perf_counter()
        with subprocess.Popen(command, cwd="/", env=_env(root), stdout=subprocess.PIPE, text=True) as running:
            assert running.stdout is not None
            at_s = [time.perf_counter() - began_s for line in running.stdout if json.loads(line)["type"] == "proven"]
        whole_s = time.perf_counter() - began_s
        told = f"first {at_s[0]:.2f} s, last {at_s[-1]:.2f} s" if at_s else "none before the end"
        say(f"  {name:12} wall {whole_s:6.2f} s, {len(at_s)} proven: {told}")


def spared(lab: Lab, ours: dict[str, Path]) -> None:
    """One host x 1,000 ports that drops SYNs above 200 a second, then one that limits resets to 100 a second."""
    for rules in (SYNS_OVER_200, RESETS_OVER_100):
        for name, root in ours.items():
            lab.rules(rules)
            result = _sweep(lab, root, networks=["10.9.3.1/32"], tcp=[*range(1, 1_000), OPEN], rate=None)
            dropped = re.search(r"counter packets (\d+)", lab.inside(lab.there, "nft", "list", "ruleset"))
            say(
                f"  {name:12} {result['seconds']:6.1f} s, open {result['open']}, closed {result['closed']} of 999,"
                f" filtered {result['filtered']}, loss {result['loss']:.0%}"
                + (f", dropped {dropped[1]} SYNs" if dropped else "")
            )


def first(lab: Lab, ours: dict[str, Path]) -> None:
    """When each kind of record first came in a /16 x 1 port scan, Redis at 256 addresses."""
    if shutil.which("redis-server") is None:
        say("  not run: redis-server is missing")
        return
    words = ["--port", str(REDIS), "--bind", "0.0.0.0", "--save", "", "--protected-mode", "no"]
    lab.start(lab.there, "redis-server", *words)
    lab.rules(FEW_OPEN)
    for name, root in ours.items():
        command = _ours(lab, "10.9.0.0/16", "-p", str(REDIS), "--engine", "connect", "-f", "ndjson")
        began_s = time.perf_counter()
        running = subprocess.Popen(command, cwd="/", env=_env(root), stdout=subprocess.PIPE, text=True)
        seen: dict[str, float] = {}
        assert running.stdout is not None
        for line in running.stdout:
            seen.setdefault(json.loads(line)["type"], time.perf_counter() - began_s)
        running.wait()
        say(f"  {name:12} " + ", ".join(f"{kind} {at_s:.2f} s" for kind, at_s in seen.items()))


def crowd(lab: Lab, ours: dict[str, Path]) -> None:
    """A /16 of which every address accepts connections on one port and never says a word."""
    started = lab.start(lab.there, sys.executable, "-m", "tests.bench.mute", str(MUTE))
    assert started.stdout is not None
    started.stdout.readline()
    _scan(lab, "ours", ours["ours"], "10.9.0.0/16", "-p", str(MUTE))


def _twenty() -> list[int]:
    return random.Random(1).sample(range(10_000, 65_536), 19)


def _env(root: Path) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(root)}


def _ours(lab: Lab, *arguments: str) -> list[str]:
    return ["ip", "netns", "exec", lab.here, sys.executable, "-P", "-m", "scanner.cli", "scan", *arguments]


def _scan(lab: Lab, name: str, root: Path, *arguments: str) -> None:
    cost = _cost(_ours(lab, *arguments, "-f", "json"), _env(root))
    report = json.loads(cost.out)
    told = {key: report["coverage"].get(key) for key in ("open", "closed", "filtered", "unreachable", "unscanned")}
    say(f"  {name:12} wall {cost.wall_s:6.2f} s, processor {cost.processor_s:5.2f} s, {told}")


def _nmap(lab: Lab, name: str, *arguments: str) -> None:
    if shutil.which("nmap") is None:
        say(f"  {name}: not run, nmap is missing")
        return
    cost = _cost(["ip", "netns", "exec", lab.here, "nmap", "-n", *arguments], dict(os.environ))
    found = len(re.findall(r"\d+/tcp +open", cost.out))
    say(f"  {name:12} wall {cost.wall_s:6.2f} s, processor {cost.processor_s:5.2f} s, open {found}")


def _cost(command: list[str], env: dict[str, str]) -> Cost:
    before, began_s = os.times(), time.perf_counter()
    done = subprocess.run(command, cwd="/", env=env, capture_output=True, text=True, check=False)
    wall_s, after = time.perf_counter() - began_s, os.times()
    processor_s = after.children_user + after.children_system - before.children_user - before.children_system
    return Cost(wall_s, processor_s, done.stdout)


def _sweep(lab: Lab, root: Path, **plan: Any) -> dict[str, Any]:
    code = "import sys; sys.path.insert(0, sys.argv[2]); from tests.lab.sweeper import main; main()"
    command = ["ip", "netns", "exec", lab.here, sys.executable, "-P", "-c", code, json.dumps(plan), str(root)]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
    result: dict[str, Any] = json.loads(done.stdout)
    return result


if __name__ == "__main__":
    sys.exit(main())
