"""What grows with the size of an estate, measured at four sizes: the exponent of each part must stay near 1.

    python -m tests.bench.bench_scale [--largest 100000]

Prints processor seconds for four sizes and the exponent over them; exits 1 when one is above 1.15 and takes long enough
to tell.
"""

import argparse
import gc
import io
import itertools
import math
import sys
import tempfile
import time
from dataclasses import replace
from datetime import date
from ipaddress import ip_address
from pathlib import Path

import numpy as np

from scanner.cli.scan_options import ScanOptions
from scanner.cli.sources import resolve_sources
from scanner.core.address import to_number
from scanner.core.endpoint import Endpoint
from scanner.core.intervals import Intervals
from scanner.core.observation import Observation
from scanner.core.plan import ScanPlan, Target
from scanner.core.ports import PortSet
from scanner.core.scope import Scope
from scanner.core.space import Block, Space
from scanner.findings.acceptance_file import parse_acceptances
from scanner.findings.accepted import apply_acceptances
from scanner.findings.baseline import mark_known
from scanner.findings.change import compare
from scanner.findings.merge import merge
from scanner.probes.decoy_host import DecoyHosts
from scanner.report.read import read_report
from scanner.report.writer import WriteOptions, find_format
from scanner.sweep.syn.bitmap import Bitmap
from scanner.sweep.syn.layout import Layout
from scanner.sweep.syn.syn_order import SynOrder
from scanner.targets.files import read_targets
from scanner.targets.imports.file import parse
from scanner.targets.plan import resolve_targets
from tests.report import samples

MOST = 1.15
NOISE = 0.1
"""On a machine that does something else, caches and clocks bend the exponent by so much; N squared is far beyond."""
TELLS_S = 0.2
"""A part that takes less at the largest size is noise."""
FIRST = int(ip_address("10.0.0.0"))
CATALOGUE = PortSet.of(tcp=(6379, 2375))


def address(number):
    return str(ip_address(FIRST + number))


def number_of(n):
    return to_number(ip_address(FIRST + n))


def space(count, step=1):
    addresses = Intervals([(number_of(n * step),) * 2 for n in range(count)])
    return Space([Block(addresses, PortSet.of(tcp=(6379,)))])


def report(count, **run):
    findings = [
        replace(samples.finding(address(n)), fingerprint=f"{n:064x}", endpoint=samples.endpoint(address(n)))
        for n in range(count)
    ]
    whole = samples.report(*findings)
    return replace(whole, run=samples.run(scope_sha256="ab" * 32, endpoints_total=count, **run))


def settle(count):
    plan = space(count, 256)
    hosts = DecoyHosts(Scope(plan.addresses))
    seen = [Observation(endpoint=Endpoint(ip_address(FIRST + n * 256), 6379), mute=True) for n in range(count)]
    return lambda: hosts.settle(seen)


def diff(count):
    old, new = report(count), samples.report()
    return lambda: compare(old, replace(new, coverage=replace(new.coverage, closed=0)))


def accept(count):
    entry = '[[accept]]\ntarget = "{}"\nport = 6379\nreason = "r"\nowner = "o"\nuntil = {}\n'
    text = "".join(entry.format(address(n), date(2099, 1, 1)) for n in range(min(count, 40_000)))
    entries = parse_acceptances(text, Path("accept.toml"))
    found = report(count)
    return lambda: apply_acceptances(found, entries, space(10))


def baseline(count):
    old, new = report(count), report(count)
    return lambda: mark_known(new, old)


def merged(count):
    parts = [("1", report(count, shard="1/2")), ("2", report(count, shard="2/2"))]
    return lambda: merge(parts)


def target_of(count):
    wide = tuple(
        Target(text=str(n), addresses=Intervals([(number_of(n * 256), number_of(n * 256 + 63))])) for n in range(count)
    )
    plan = ScanPlan(targets=wide, scope=Scope(), space=Space(), seed=1)
    return lambda: [plan.target_of(number_of(n * 256), 6379) for n in range(count)]


def targets(count):
    file = Path(tempfile.mkdtemp()) / "targets.txt"
    file.write_text("".join(f"{address(n)}:6379 name-{n} owner=ops\n" for n in range(count)))
    return lambda: resolve_targets([], files=[str(file)], catalogue=CATALOGUE)


def exclusions(count):
    file = Path(tempfile.mkdtemp()) / "exclude.txt"
    file.write_text("".join(f"{address(n * 2)}\n" for n in range(count)))
    return lambda: resolve_targets(["10.0.0.0/12"], exclude_files=[str(file)], catalogue=CATALOGUE)


def names(count):
    file = Path(tempfile.mkdtemp()) / "targets.txt"
    file.write_text("".join(f"{address(n)} n{n}\n" for n in range(count)))
    return lambda: read_targets(str(file))


def imported(count):
    records = ",\n".join(
        f'{{"ip": "10.0.{n >> 16}.1", "ports": [{{"port": {n % 65_535 + 1}, "proto": "tcp", "status": "open"}}]}}'
        for n in range(count)
    )
    data = f"[{records}]".encode()
    return lambda: parse(data)


def nmap_hosts(count):
    hosts = "".join(
        f'<host><address addr="{address(n)}" addrtype="ipv4"/><ports><port protocol="tcp" portid="80">'
        '<state state="open" reason="syn-ack"/></port></ports></host>\n'
        for n in range(count)
    )
    file = Path(tempfile.mkdtemp()) / "report.xml"
    file.write_text(f"<nmaprun>{hosts}</nmaprun>")
    options = ScanOptions(from_nmap=(file,))
    return lambda: resolve_sources(options, CATALOGUE)


def sorted_by_life(count):
    hosts = max(2, count // 64)
    space = Space([Block(Intervals([(number_of(0), number_of(0) + hosts - 1)]), PortSet.of(range(1, 65)))])
    order = SynOrder(Layout(space), 1, range(space.size), sort=True)
    alive = Bitmap(hosts)
    turns = itertools.count(1)

    def work():
        turn = next(turns)
        alive.add(np.arange(hosts * turn // 4))
        order.sort(0, alive, turn, turn * 1e6)

    return work


def written(form):
    def prepare(count):
        whole = report(count)
        writer = find_format(form)

        return lambda: writer.write(whole, io.StringIO(), WriteOptions())

    return prepare


def reread(count):
    file = Path(tempfile.mkdtemp()) / "report.json"
    with file.open("w") as out:
        find_format("json").write(report(count), out, WriteOptions())
    return lambda: read_report(file)


PARTS = {
    "settle, a port in each of N networks": (settle, 32),
    "diff, N gone": (diff, 4),
    "accept, N entries": (accept, 4),
    "baseline, N known": (baseline, 4),
    "merge, 2 x N findings": (merged, 4),
    "target of an endpoint, N networks": (target_of, 4),
    "N pinned targets resolved": (targets, 4),
    "N exclusions": (exclusions, 1),
    "N lines of targets": (names, 1),
    "N ports imported": (imported, 1),
    "N hosts of an nmap report planned": (nmap_hosts, 1),
    "N endpoints sorted by who lives": (sorted_by_life, 1),
    "json written": (written("json"), 8),
    "sarif written": (written("sarif"), 8),
    "html written": (written("html"), 8),
    "json read": (reread, 8),
}
"""What is measured, and by what its largest size is divided: some parts hold much in memory for each."""


def seconds(prepare, count):
    work = prepare(count)
    took = []
    for _ in range(2):
        # The collector walks all that is alive, the report itself among it: that is not the part's own work.
        gc.collect()
        gc.disable()
        begun = time.process_time()
        work()
        took.append(time.process_time() - begun)
        gc.enable()
    return min(took)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--largest", type=int, default=100_000)
    largest = parser.parse_args().largest
    bad = 0
    for name, (prepare, part) in PARTS.items():
        sizes = [max(8, largest // part // step) for step in (8, 4, 2, 1)]
        took = [seconds(prepare, size) for size in sizes]
        exponent = math.log(took[-1] / max(took[0], 1e-6)) / math.log(sizes[-1] / sizes[0]) if took[-1] else 0.0
        wrong = exponent > MOST + NOISE and took[-1] > TELLS_S
        bad += wrong
        row = "  ".join(f"{size:>7,}: {one:6.3f} s" for size, one in zip(sizes, took, strict=True))
        sys.stdout.write(f"{name:<38} {row}  exponent {exponent:4.2f}{'  TOO STEEP' if wrong else ''}\n")
        sys.stdout.flush()
    return int(bad > 0)


if __name__ == "__main__":
    sys.exit(main())
