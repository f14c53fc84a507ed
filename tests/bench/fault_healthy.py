"""A healthy /24 of pages, open Redis, SSH and pages on Redis's port: how long a scan takes, beside another version.

`python -m tests.bench.fault_healthy OTHER [--runs N]`, as root: OTHER is a checkout of another version, whose scans
alternate with ours in the same two namespaces.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.bench.fault_runs import answering, say
from tests.lab.namespaces import ROOT, Lab, make_lab

KINDS = ("page@{}:80", "redis@{}:6379", "ssh@{}:22", "page@{}:6379", "nginx@{}:6379")
WORDS = ["10.9.1.0/24", "-p", "22,80,6379,8080"]


def scan(lab: Lab, source: Path, what: list[str]) -> tuple[float, float, int, int, str]:
    """Return the seconds, the processor time, what was exposed, what was open, and the status."""
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        words = [sys.executable, "-m", "tests.lab.scanning", "scan", *what, "-q", "-o", file.name]
        before = os.times()
        began_s = time.monotonic()
        subprocess.run(
            ["ip", "netns", "exec", lab.here, *words],
            cwd=source,
            env={**os.environ, "PYTHONPATH": str(source)},
            capture_output=True,
            check=False,
        )
        took_s, after = time.monotonic() - began_s, os.times()
        report = json.loads(Path(file.name).read_text())
    cpu_s = after.children_user + after.children_system - before.children_user - before.children_system
    exposed = sum(row["status"] == "exposed" for row in report["endpoints"])
    return took_s, cpu_s, exposed, report["coverage"]["open"], report["run"]["status"]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("other", type=Path)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    roles = [KINDS[number % len(KINDS)].format(f"10.9.1.{number}") for number in range(1, 201)]
    took: dict[str, list[float]] = {"ours": [], "other": []}
    with make_lab() as lab, answering(lab, *roles):
        for _ in range(options.runs):
            for name, source in (("other", options.other), ("ours", ROOT)):
                told = scan(lab, source, WORDS)
                took[name].append(told[0])
                seen = f"{told[2]} exposed of {told[3]} open, {told[4]}"
                say(f"{name:<6} {told[0]:6.1f} s, {told[1]:5.1f} s of processor time, {seen}")
    say(f"best of {options.runs}: {min(took['ours']) / min(took['other']):.2f} times the other version's")


if __name__ == "__main__":
    main()
