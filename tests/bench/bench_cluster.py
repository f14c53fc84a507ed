"""Runs on a cluster: random kills without loss or double, what a worker costs, and how workers add up (root).

usage: python -m tests.bench.bench_cluster [--kills N] [--seed N] | --cut SECONDS
       | --scale silent|refused|open [--workers N...]
"""

import argparse
import contextlib
import json
import os
import random
import re
import resource
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from tests.cluster.nats_server import kill
from tests.lab.arrivals import counting
from tests.lab.cluster import Cluster, Said
from tests.lab.namespaces import Lab, make_lab, why_not

OPEN = 18_080
WORDS = ("-p", f"{OPEN},18081-18088", "--no-identify", "--no-names", "--seed", "7")
MOST_A_RUN = 8
"""More, and a run never comes to its end."""
BOUND_S = 180.0
"""What takes longer hangs."""
KILLED = ("10.9.0.0/22", *WORDS, "--rate", "1500", "--cluster-lease", "2s")
SILENT = "10.32.0.0/11"
SCALED = {
    "silent": (SILENT, "-p", "18081,18082", "--engine", "syn", "--rate", "5000000", "--no-names"),
    "refused": ("127.16.0.0/12", "-p", "18081-18084", "--no-names"),
    "open": ("10.9.0.0/20", "-p", "6379", "--no-names"),
}
"""Twice 4,194,304 endpoints, of which the raw sweep hears nothing and the other is refused; 4,096 open Redis."""


def told(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def spent_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def alone(lab: Lab, folder: Path, *words: str) -> tuple[float, float]:
    """Scan without a cluster; return wall and processor seconds."""
    began_s, before_s = time.monotonic(), spent_s()
    done = lab.scan(*words, "-q", "-f", "none", "-o", str(folder / "alone.json"))
    sys.stderr.write(done.stderr)
    return time.monotonic() - began_s, spent_s() - before_s


class Killing:
    """Kills somebody again and again, and holds each report against that of a run on one machine."""

    def __init__(self, lab: Lab, folder: Path, seed: int) -> None:
        self.chance = random.Random(seed)
        self.folder = folder
        self.cluster = Cluster(lab, folder)
        self.counts = dict.fromkeys(("worker", "server", "coordinator"), 0)
        self.workers = [self.cluster.worker(f"w{number}", "10.9.0.0/16\n") for number in range(2)]
        alone(lab, folder, *KILLED[:-2])
        self.whole = self.cluster.report("alone")

    @property
    def kills(self) -> int:
        return sum(self.counts.values())

    def run(self, name: str, most: int) -> bool:
        """Have one run survive kills, at most MOST_A_RUN and `most` in all; return whether its report is right."""
        state = str(self.folder / f"{name}.state")
        scan = self.cluster.scan(name, *KILLED, *self.cluster.options, "--save", state)
        before, end_s = self.kills, time.monotonic() + BOUND_S
        while scan.process.poll() is None and time.monotonic() < end_s:
            with contextlib.suppress(subprocess.TimeoutExpired):
                scan.process.wait(self.chance.uniform(0.5, 3.0))
            if scan.process.poll() is None and self.kills < min(most, before + MOST_A_RUN):
                scan = self.kill(name, scan, state)
        code = scan.process.poll()
        same = code == 0 and self.cluster.report(name) == self.whole
        told(f"{name}: exit {code}, {self.kills - before} kills, {'same' if same else 'DIFFERS'}")
        if not same:
            for file in sorted(self.folder.glob("*.err"), key=lambda one: one.stat().st_mtime)[-4:]:
                told(f"{file.name}: {file.read_text()[-1_500:]}")
        return same

    def kill(self, name: str, scan: Said, state: str) -> Said:
        """Kill one of all, start it again, and return the coordinator."""
        victim = self.chance.choice(tuple(self.counts))
        if victim == "coordinator" and " in " not in scan.words:
            return scan
        self.counts[victim] += 1
        if victim == "worker":
            place = self.chance.randrange(2)
            self.workers[place].kill()
            self.workers[place] = self.cluster.worker(f"k{self.kills}", "10.9.0.0/16\n")
        elif victim == "server":
            kill(self.cluster.server)
            self.cluster.server = self.cluster.start_server()
        else:
            scan.kill()
            return self.cluster.scan(name, *KILLED, *self.cluster.options, "--resume", state)
        return scan


def killing(lab: Lab, folder: Path, kills: int, seed: int) -> None:
    """Print what became of each run until so many kills were survived; exit 1 with the first that differs."""
    killing = Killing(lab, folder, seed)
    runs = 0
    try:
        while killing.kills < kills:
            runs += 1
            if not killing.run(f"run{runs}", kills):
                sys.exit(1)
    finally:
        killing.cluster.close()
    told(f"{kills} kills ({killing.counts}) over {runs} runs: no loss, nothing double")


def cutting(lab: Lab, folder: Path, seconds: float) -> None:
    """Print what a run and a worker do that is cut off from the server in the middle, and comes back later."""
    slow = (*KILLED[: KILLED.index("--rate")], "--rate", "700")
    cluster = Cluster(lab, folder, posts=2)
    try:
        alone(lab, folder, *slow[:-2])
        for number, post in enumerate(cluster.posts):
            cluster.worker(f"w{number}", "10.9.0.0/16\n", where=post)
        with counting(lab) as arrivals:
            scan = cluster.scan("cut", *slow, *cluster.options)
            scan.until("done", times=2)
            cut_off_s = lab.cut(cluster.cables[1])
            scan.until("heard no more")
            threading.Event().wait(max(0.0, cut_off_s + seconds - time.time()))
            healed_s = lab.cut()
            code = scan.end()
        sent = arrivals.times(cluster.address(1))
        late_s = [at - cut_off_s for at in sent if cut_off_s < at < healed_s]
        done = len(re.findall(r"chunk \d+/\d+ by w1-", scan.words[scan.words.index("heard no more") :]))
        same = code == 0 and cluster.report("cut") == cluster.report("alone")
    finally:
        cluster.close()
    told(f"cut off for {healed_s - cut_off_s:.0f} s: exit {code}, {'same report' if same else 'DIFFERS'};")
    told(f"the worker sent on for {max(late_s, default=0.0):.1f} s, and did {done} chunks when it was back")
    if not same:
        sys.exit(1)


def server_s(cluster: Cluster) -> float:
    """Return the processor time of the NATS server so far."""
    assert cluster.server.process is not None
    fields = Path(f"/proc/{cluster.server.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def scaling(lab: Lab, folder: Path, name: str, counts: Sequence[int]) -> None:
    """Print wall and processor time without a cluster (0 workers), and with workers that were there before."""
    words = (*SCALED[name], "--seed", "7")
    if name == "open":
        lab.serve("redis@0.0.0.0:6379")
    for count in counts:
        if not count:
            wall_s, used_s = alone(lab, folder, *words)
            told(f"{name}: alone {wall_s:.1f} s, processor {used_s:.1f} s; {ended(folder / 'alone.json')}")
            continue
        inner = folder / str(count)
        inner.mkdir()
        cluster = Cluster(lab, inner)
        before_s = spent_s()
        workers = [cluster.worker(f"w{number}", "10.0.0.0/8\n127.0.0.0/8\n") for number in range(count)]
        began_s = time.monotonic()
        scan = cluster.scan("run", *words, *cluster.options)
        scan.process.wait(BOUND_S * 2)
        wall_s, led_s = time.monotonic() - began_s, spent_s() - before_s
        for worker in workers:
            worker.end_by(signal.SIGTERM)
        used_s, served_s = spent_s() - before_s, server_s(cluster)
        cluster.close()
        told(
            f"{name}: {count} workers {wall_s:.1f} s, processor {used_s - led_s:.1f} s, coordinator {led_s:.1f} s,"
            f" server {served_s:.1f} s; {ended(inner / 'run.json')}"
        )


def ended(report: Path) -> str:
    held = json.loads(report.read_text())
    coverage = held["coverage"]
    counts = ", ".join(f"{coverage[key]:,} {key}" for key in ("open", "closed", "filtered", "unscanned"))
    return f"{held['run']['status']}, {counts}, {len(held['findings']):,} findings"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--cut", type=float, default=0.0)
    parser.add_argument("--scale", choices=SCALED, action="append", default=[])
    parser.add_argument("--workers", type=int, nargs="+", default=[0, 1, 2, 4])
    options = parser.parse_args()
    if (reason := why_not()) is not None:
        sys.exit(reason)
    with make_lab() as lab, tempfile.TemporaryDirectory() as folder:
        lab.listen(OPEN)
        lab.silent(SILENT)
        for name in options.scale:
            inner = Path(folder, name)
            inner.mkdir()
            scaling(lab, inner, name, options.workers)
        if options.cut:
            cutting(lab, Path(folder), options.cut)
        elif not options.scale:
            killing(lab, Path(folder), options.kills, options.seed)


if __name__ == "__main__":
    main()
