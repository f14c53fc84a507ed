"""500 pages, open Redis and SSH, on default ports and all on one odd port: endpoints a second, beside another version.

`python -m tests.bench.bench_odd OTHER [--runs N]`, as root: OTHER is a checkout of another version, whose scans
alternate with ours in the same two namespaces.
"""

import argparse
from pathlib import Path

from tests.bench.fault_healthy import scan
from tests.bench.fault_runs import answering, say
from tests.lab.namespaces import ROOT, make_lab

USUAL = {"page": 80, "redis": 6379, "ssh": 22}
ODD = 7_077
HOSTS = [f"10.9.{network}.{host}" for network in (1, 2) for host in range(1, 251)]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("other", type=Path)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    kinds = [list(USUAL)[number % len(USUAL)] for number in range(len(HOSTS))]
    for place in ("default ports", "one odd port"):
        ports = {kind: ODD if place == "one odd port" else port for kind, port in USUAL.items()}
        roles = [f"{kind}@{host}:{ports[kind]}" for kind, host in zip(kinds, HOSTS, strict=True)]
        words = ["10.9.1.1-250", "10.9.2.1-250", "-p", ",".join(str(port) for port in sorted(set(ports.values())))]
        best: dict[str, float] = {}
        with make_lab() as lab, answering(lab, *roles):
            for _ in range(options.runs):
                for name, source in (("other", options.other), ("ours", ROOT)):
                    took_s, cpu_s, exposed, found, status = scan(lab, source, words)
                    best[name] = min(took_s, best.get(name, took_s))
                    seen = f"{exposed} exposed of {found} open, {status}"
                    say(f"{place}, {name:<6} {took_s:6.1f} s, {cpu_s:5.1f} s of processor time, {seen}")
        say(f"{place}: {len(HOSTS) / best['ours']:.0f} a second, {best['other'] / best['ours']:.1f} times the other's")


if __name__ == "__main__":
    main()
