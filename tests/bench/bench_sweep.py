"""Measures the connect sweep beside nmap and plain asyncio in a laboratory: python -m tests.bench.bench_sweep.

Whole processes are timed, alternately, so that a busy moment of the machine hits all of them. Nothing but namespaces
made here and 127.0.0.0/8 is touched. `--only refused,mixed,misses,curve,rows` chooses parts, `--runs N` how often.
"""

import argparse
import json
import os
import platform
import re
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

from tests.bench import sweep_rows
from tests.lab.namespaces import ROOT, Lab, make_lab, why_not

OPEN = 8_080
NMAP_FAST = ("nmap", "-n", "-Pn", "-sT", "-T5", "--min-rate", "100000")
NMAP_USUAL = ("nmap", "-n", "-Pn", "-T4")


def say(line: str = "") -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> int:
    parser = argparse.ArgumentParser(description="Benchmarks of the connect sweep.")
    parser.add_argument("--only", default="refused,mixed,misses,curve,rows")
    parser.add_argument("--runs", type=int, default=5, help="runs of each tool (misses: ours twice as many)")
    options = parser.parse_args()
    parts = options.only.split(",")
    say(machine())
    reason = why_not()
    if reason is not None:
        say(reason)
        parts = [part for part in parts if part == "curve"]
    if set(parts) - {"curve"}:
        with make_lab() as lab:
            lab.listen(OPEN)
            for part in parts:
                {"refused": refused, "mixed": mixed, "misses": misses, "rows": rows}.get(part, skip)(lab, options.runs)
    if "curve" in parts:
        curve()
    return 0


def machine() -> str:
    return (
        f"{os.cpu_count()} cores, {platform.system()} {platform.release()}, Python {platform.python_version()},"
        f" load {os.getloadavg()[0]:.1f}, {time.strftime('%Y-%m-%d %H:%M UTC', time.gmtime())}"
    )


def refused(lab: Lab, runs: int) -> None:
    """Refused ports over a /16, four ports each: connections a second of a whole process."""
    count = 65_536 * 4
    tools = {
        "ours": lambda: ours(lab, networks=["10.9.0.0/16"], tcp=[1, 2, 3, 4], rate="unlimited"),
        "nmap -sT -T5 --min-rate 100000": lambda: nmap(lab, *NMAP_FAST, "-p", "1-4", "10.9.0.0/16"),
        "asyncio.open_connection": lambda: plain(lab, "10.9.0.0/16", "1,2,3,4", 1_000),
    }
    say(f"\nrefused ports, 10.9.0.0/16 x 4 ports = {count} connections, {runs} runs each")
    times = alternate(tools, runs, seldom=("asyncio.open_connection",))
    report(times, count)


def mixed(lab: Lab, runs: int) -> None:
    """A /24 with 150 ports: a third of the hosts alive, a third silent, a third unreachable."""
    lab.inside(lab.there, "sysctl", "-qw", "net.ipv4.icmp_ratelimit=0", "net.ipv4.icmp_msgs_per_sec=1000000")
    lab.rules(
        "chain a { type filter hook input priority 0; ip daddr 10.9.1.85-10.9.1.169 drop;"
        " ip daddr 10.9.1.170-10.9.1.255 reject with icmp type host-unreachable; }"
    )
    ports = [*range(1, 150), OPEN]
    spec = f"1-149,{OPEN}"
    found: dict[str, list[int]] = {}
    tools = {
        "ours": lambda: keep(found, "ours", ours(lab, networks=["10.9.1.0/24"], tcp=ports, rate="unlimited")),
        "ours, default pace": lambda: keep(
            found, "ours, default pace", ours(lab, networks=["10.9.1.0/24"], tcp=ports, rate=None)
        ),
        "nmap -T4 -Pn (SYN)": lambda: keep(
            found, "nmap -T4 -Pn (SYN)", nmap(lab, *NMAP_USUAL, "-p", spec, "10.9.1.0/24")
        ),
        "nmap -T4 -Pn -sT": lambda: keep(
            found, "nmap -T4 -Pn -sT", nmap(lab, *NMAP_USUAL, "-sT", "-p", spec, "10.9.1.0/24")
        ),
    }
    say(f"\na /24 x 150 ports, 85 hosts alive, 85 silent, 86 unreachable (ICMP), {min(runs, 3)} runs each")
    times = alternate(tools, min(runs, 3))
    report(times, 256 * 150)
    for name, counts in found.items():
        say(f"  {name}: open ports found {counts} of 85")
    lab.rules("")


def misses(lab: Lab, runs: int) -> None:
    """Open ports missed behind independent loss in each direction."""
    network, count = "10.9.0.0/19", 8_192
    say(f"\n{count} open ports behind independent loss each way: share missed (our estimate of the loss)")
    for per_mille in (0, 10, 50, 100):
        lab.lose(per_mille)
        mine = [lab.sweep(networks=[network], tcp=[OPEN], rate="unlimited", seed=run) for run in range(2 * runs)]
        theirs = [nmap(lab, *NMAP_USUAL, "-sT", "-p", str(OPEN), network) for _ in range(max(1, runs // 3))]
        missed = [1 - result["open"] / count for result in mine]
        true = 1 - (1 - per_mille / 1_000) ** 2
        estimates = [result["loss"] for result in mine]
        say(
            f"  {per_mille / 10:.0f} %: ours {statistics.mean(missed):.4%} (worst {max(missed):.4%}, {len(mine)} runs,"
            f" {statistics.median(result['seconds'] for result in mine):.1f} s);"
            f" round-trip loss true {true:.2%}, estimated {min(estimates):.2%} to {max(estimates):.2%};"
            f" nmap -T4 -sT {statistics.mean(1 - result[1] / count for result in theirs):.4%}"
            f" ({len(theirs)} runs, {statistics.median(result[0] for result in theirs):.1f} s)"
        )
    lab.rules("")


def rows(lab: Lab, _runs: int) -> None:
    """Lines of the reliability scorecard that take too long for every build."""
    say("\nreliability, one line each")
    for row in sweep_rows.ROWS:
        lab.rules("")
        say(f"  {row.__doc__.splitlines()[0] if row.__doc__ else row.__name__}: {row(lab)}")
    lab.rules("")


def curve() -> None:
    """127.0.0.0/8 on one port: memory stays flat, time grows with the number of addresses."""
    say("\n127.0.0.0/N on one closed port")
    for bits in (16, 14, 12, 10, 8):
        plan = {"networks": [f"127.0.0.0/{bits}"], "tcp": [1], "rate": "unlimited"}
        done = subprocess.run(
            [sys.executable, "-m", "tests.lab.sweeper", json.dumps(plan)], cwd=ROOT, capture_output=True, check=True
        )
        result = json.loads(done.stdout)
        rate = result["planned"] / result["seconds"]
        say(
            f"  /{bits}: {result['planned']:>10} endpoints {result['seconds']:7.1f} s {rate:9.0f}/s"
            f" peak {result['peak_mb']:.0f} MB, unscanned {result['unscanned']}"
        )


def skip(_lab: Lab, _runs: int) -> None:
    """Do nothing: the part is run elsewhere, or was not asked for."""


def alternate(
    tools: dict[str, Callable[[], tuple[float, Any]]], runs: int, seldom: tuple[str, ...] = ()
) -> dict[str, list[tuple[float, float]]]:
    """Return wall and processor seconds of each run; the latter depend less on what else the machine does.

    What is slow enough to be beyond doubt is run every third time.
    """
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in tools}
    for number in range(runs):
        for name, tool in tools.items():
            if name in seldom and number % 3:
                continue
            before = os.times()
            wall_s, _ = tool()
            after = os.times()
            cpu_s = after.children_user + after.children_system - before.children_user - before.children_system
            times[name].append((wall_s, cpu_s))
    return times


def report(times: dict[str, list[tuple[float, float]]], count: int) -> None:
    mine_wall_s, mine_cpu_s = map(statistics.median, zip(*times["ours"], strict=True))
    for name, found in times.items():
        walls, cpus = zip(*found, strict=True)
        wall_s, cpu_s = statistics.median(walls), statistics.median(cpus)
        say(
            f"  {name:32} wall {wall_s:6.2f} s ({min(walls):.2f} to {max(walls):.2f}), {count / wall_s:7.0f}/s,"
            f" processor {cpu_s:5.2f} s; ours is {wall_s / mine_wall_s:.2f}x as fast, with {mine_cpu_s / cpu_s:.2f}x"
            " the processor time"
        )


def keep(found: dict[str, list[int]], name: str, result: tuple[float, int]) -> tuple[float, int]:
    found.setdefault(name, []).append(result[1])
    return result


def ours(lab: Lab, **plan: Any) -> tuple[float, int]:
    """Return wall time and open ports of a process that runs our engine."""
    began_s = time.perf_counter()
    result = lab.sweep(**plan)
    return time.perf_counter() - began_s, result["open"]


def nmap(lab: Lab, *command: str) -> tuple[float, int]:
    """Return wall time and open ports of an nmap process."""
    if shutil.which("nmap") is None:
        raise SystemExit("not run: nmap is missing")
    began_s = time.perf_counter()
    out = lab.inside(lab.here, *command, "--open", "-oG", "-")
    return time.perf_counter() - began_s, len(re.findall(r"\d+/open/tcp", out))


def plain(lab: Lab, network: str, ports: str, workers: int) -> tuple[float, int]:
    """Return wall time and open ports of the plain asyncio sweep."""
    began_s = time.perf_counter()
    started = lab.start(lab.here, sys.executable, "-m", "tests.bench.plain_asyncio", network, ports, str(workers))
    out, _ = started.communicate()
    return time.perf_counter() - began_s, int(out)


if __name__ == "__main__":
    sys.exit(main())
