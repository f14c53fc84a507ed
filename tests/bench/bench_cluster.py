"""Runs on a cluster: random kills without loss or double, what a worker costs, and how workers add up (root).

usage: python -m tests.bench.bench_cluster [--kills N] [--seed N] [--scale]
"""

import argparse
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.cluster.nats_server import kill
from tests.lab.cluster import Cluster, until
from tests.lab.namespaces import Lab, make_lab, why_not

OPEN = 18_080
WORDS = ("-p", f"{OPEN},18081-18088", "--no-identify", "--no-names", "--seed", "7")
KILLED = ("10.9.0.0/22", *WORDS, "--rate", "1500", "--cluster-lease", "2s")
SCALED = {
    "4,194,304 refused (127.16.0.0/12 x 4)": ("127.16.0.0/12", "-p", "18081-18084", "--no-names", "--no-identify"),
    "4,096 open (10.9.0.0/20)": ("10.9.0.0/20", "-p", str(OPEN), "--no-names"),
}


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


def killing(lab: Lab, folder: Path, kills: int, seed: int) -> None:
    """Kill somebody again and again until so many kills were survived, and hold each report against the whole one."""
    chance = random.Random(seed)
    cluster = Cluster(lab, folder)
    alone(lab, folder, *KILLED[:-2])
    whole = cluster.report("alone")
    survived = runs = 0
    counts = dict.fromkeys(("worker", "server", "coordinator"), 0)
    workers = [cluster.worker(f"w{number}", "10.9.0.0/16\n") for number in range(2)]
    try:
        while survived < kills:
            runs += 1
            state = ("--save", str(folder / f"{runs}.state"))
            scan = cluster.scan(f"r{runs}", *KILLED, *cluster.options, *state)
            while scan.process.poll() is None:
                pause_s = chance.uniform(0.5, 3.0)
                end_s = time.monotonic() + pause_s
                until(lambda scan=scan, end_s=end_s: scan.process.poll() is not None or time.monotonic() > end_s)
                if scan.process.poll() is not None or survived >= kills:
                    try:
                        scan.end()
                    except subprocess.TimeoutExpired:
                        for file in sorted(folder.glob("*.err"), key=lambda one: one.stat().st_mtime)[-4:]:
                            told(f"{file.name}: {file.read_text()[-1_500:]}")
                        raise
                    break
                victim = chance.choice(tuple(counts))
                if victim == "coordinator" and " in " not in scan.words:
                    continue
                survived, counts[victim] = survived + 1, counts[victim] + 1
                if victim == "worker":
                    place = chance.randrange(2)
                    workers[place].kill()
                    workers[place] = cluster.worker(f"k{survived}", "10.9.0.0/16\n")
                elif victim == "server":
                    kill(cluster.server)
                    cluster.server = cluster.start_server()
                else:
                    scan.kill()
                    again = ("--resume", str(folder / f"{runs}.state"))
                    scan = cluster.scan(f"r{runs}", *KILLED, *cluster.options, *again)
            found = cluster.report(f"r{runs}")
            same = scan.process.returncode == 0 and found == whole
            told(f"run {runs}: exit {scan.process.returncode}, {survived} kills, {'same' if same else 'DIFFERS'}")
            if not same:
                told(scan.words + json.dumps(found["coverage"])[:600])
                sys.exit(1)
    finally:
        cluster.close()
    told(f"{kills} kills ({counts}) over {runs} runs: no loss, nothing double")


def scaling(lab: Lab, folder: Path) -> None:
    """Print wall and processor time without a cluster, and with 1, 2 and 4 workers that were there before."""
    for name, words in SCALED.items():
        wall_s, used_s = alone(lab, folder, *words, "--seed", "7")
        told(f"{name}: alone {wall_s:.1f} s, processor {used_s:.1f} s")
        for count in (1, 2, 4):
            inner = folder / f"{count}-{words[0].replace('/', '-')}"
            inner.mkdir()
            cluster = Cluster(lab, inner)
            before_s = spent_s()
            workers = [cluster.worker(f"w{number}", "10.9.0.0/16\n127.0.0.0/8\n") for number in range(count)]
            began_s = time.monotonic()
            scan = cluster.scan("run", *words, "--seed", "7", *cluster.options)
            scan.process.wait()
            wall_s = time.monotonic() - began_s
            for worker in workers:
                worker.process.terminate()
                worker.process.wait()
            used_s = spent_s() - before_s
            cluster.close()
            coverage = json.loads((inner / "run.json").read_text())["coverage"]
            end = f"exit {scan.process.returncode}, {coverage['open']} open, {coverage['unscanned']} unscanned"
            told(f"  {count} workers: {wall_s:.1f} s, processor {used_s:.1f} s without the server; {end}")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--scale", action="store_true")
    options = parser.parse_args()
    if (reason := why_not()) is not None:
        sys.exit(reason)
    with make_lab() as lab, tempfile.TemporaryDirectory() as folder:
        lab.listen(OPEN)
        if options.scale:
            scaling(lab, Path(folder))
        else:
            killing(lab, Path(folder), options.kills, options.seed)


if __name__ == "__main__":
    main()
