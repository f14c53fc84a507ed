"""An estate of real servers, scanned together on loopback: how many could not be heard out.

`python -m tests.bench.bench_estate [--runs N] [--busy LOOPS]`: with busy loops beside it the machine is slow and the
servers are not. Servers that are not installed are left out and named. Fails when any endpoint is inconclusive.
"""

import argparse
import contextlib
import json
import shlex
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

from tests.fleet.server import NotReady, Server, program
from tests.lab.namespaces import ROOT

_ETCD = "etcd --name default --data-dir {dir}/data --listen-client-urls http://{address}:2379 --advertise-client-urls"
SERVERS: tuple[tuple[str, tuple[int, ...], dict[str, str]], ...] = (
    ("redis-server --bind {address} --port 6379 --protected-mode no --save ''", (6379,), {}),
    ("redis-server --bind {address} --port 6379 --requirepass secret --save ''", (6379,), {}),
    ("memcached -l {address} -p 11211 -U 0 -u nobody", (11211,), {}),
    ("nats-server -a {address} -p 4222", (4222,), {}),
    ("mosquitto -c {dir}/m.conf", (1883,), {"m.conf": "listener 1883 {address}\nallow_anonymous true\nuser root\n"}),
    ("beanstalkd -l {address} -p 11300", (11300,), {}),
    ("gearmand --listen={address} --port=4730 -l stderr", (4730,), {}),
    (
        f"{_ETCD} http://{{address}}:2379 --listen-peer-urls http://{{address}}:2380"
        " --initial-advertise-peer-urls http://{address}:2380 --initial-cluster default=http://{address}:2380",
        (2379, 2380),
        {},
    ),
    (
        "prometheus --config.file={dir}/p.yml --web.listen-address={address}:9090 --storage.tsdb.path={dir}/p",
        (9090,),
        {"p.yml": "global: {}\n"},
    ),
    (
        "nginx -c {dir}/n.conf -p {dir} -e {dir}/e.log",
        (80, 6379),
        {
            "n.conf": "daemon off;\npid {dir}/n.pid;\nuser root;\nevents {}\nhttp { access_log off;\n"
            "server { listen {address}:80; listen {address}:6379; location / { return 200 shop; } } }\n"
        },
    ),
    (
        "haproxy -f {dir}/h.cfg",
        (8404,),
        {
            "h.cfg": "defaults\n  mode http\n  timeout client 5s\n  timeout server 5s\n  timeout connect 5s\n"
            "frontend f\n  bind {address}:8404\n  stats enable\n  stats uri /stats\n"
        },
    ),
    (
        "dnsmasq -k -C /dev/null --listen-address={address} --bind-interfaces --port=53 --no-resolv --user=root"
        " --pid-file={dir}/d.pid",
        (53,),
        {},
    ),
)


def scan(places: list[str]) -> tuple[Counter[str], list[str]]:
    """Return how many endpoints have which status, and those that were not heard out."""
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        words = [sys.executable, "-m", "tests.lab.scanning", "scan", *places, "-q", "-o", file.name]
        subprocess.run(words, cwd=ROOT, capture_output=True, check=False)
        report = json.loads(Path(file.name).read_text())
    rows = report["endpoints"]
    unheard = [f"{row['address']}:{row['port']} {row['reason']}" for row in rows if row["status"] == "inconclusive"]
    return Counter(row["status"] for row in rows), unheard


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--busy", type=int, default=0, metavar="LOOPS")
    options = parser.parse_args()
    failed = False
    with contextlib.ExitStack() as running:
        places, names = [], []
        for line, ports, files in SERVERS:
            argv = shlex.split(line)
            name = line.partition(" ")[0]
            if program(name) is None:
                sys.stdout.write(f"not installed: {name}\n")
                continue
            server = Server(argv, ports)
            running.callback(server.stop)
            try:
                server.start(files=files)
            except NotReady as error:
                sys.stdout.write(f"did not start: {name}: {str(error)[-200:]}\n")
                continue
            places += [f"{server.address}:{port}" for port in ports]
            names.append(name)
        for _ in range(options.busy):
            loop = subprocess.Popen([sys.executable, "-c", "while True: pass"])
            running.callback(loop.kill)
        for number in range(options.runs):
            statuses, unheard = scan(places)
            failed = failed or bool(unheard)
            told = ", ".join(f"{count} {status}" for status, count in sorted(statuses.items()))
            sys.stdout.write(f"run {number + 1}: {len(names)} servers, {len(places)} endpoints: {told}\n")
            for line in unheard:
                sys.stdout.write(f"  not heard out: {line}\n")
            sys.stdout.flush()
    sys.exit(failed)


if __name__ == "__main__":
    main()
