"""Measures the raw sweep against zmap and masscan, side by side, in two namespaces of its own.

usage (root): python -m tests.bench.bench_syn [speed] [hits] [dry] [loss] [--runs N] [--tools 'ours,zmap -T2,masscan']

A tool's speed is endpoints / (wall time of the whole process - wall time of the same command for one address), so
start-up and fixed waits count for nobody. All tools run alternately, and the best of the runs is printed.
"""

import argparse
import asyncio
import json
import os
import platform
import resource
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from scanner.sweep.connect.engine import ConnectEngine
from scanner.sweep.syn.engine import SynEngine
from tests.sweep.jobs import make_job, make_plan, run
from tests.sweep.syn.lab import SCANNER, TARGET, Lab, inside

CLOSED_PORT, OPEN_PORT = 80, 8_080
CLOSED, OPEN = "10.16.0.0/14", "10.24.0.0/16"
DRY = {16: "11.0.0.0/16", 12: "11.0.0.0/12", 8: "11.0.0.0/8"}
LOSS_NET = "10.24.0.0/19"
_MOST_S = 20.0
"""A run of a peer that takes longer is ended and counts as this long."""
ONE_OF = {CLOSED: "10.16.0.1/32", OPEN: "10.24.0.1/32", "11.0.0.0/11": "11.0.0.1/32"}
REPOSITORY = Path(__file__).parents[2]


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", nargs="*", default=["speed", "hits", "dry", "loss"])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--tools", default="ours,zmap,zmap -T2,masscan")
    parser.add_argument("--one", nargs=4, metavar=("NETWORK", "RATE", "RETRIES", "LISTEN_S"), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.one:
        return sweep_once(*asked.one)
    if os.geteuid() != 0 or not shutil.which("nft"):
        say("bench-syn: not run: it needs root, iproute2 and nftables")
        return 0
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    say(f"{platform.platform()}, {os.cpu_count()} CPUs, Python {platform.python_version()}, load {load}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    lab = Lab()
    try:
        lab.build()
        lab.ask(lab.scanner, "ip", "route", "add", "11.0.0.0/8", "via", TARGET)
        bench = Bench(lab, asked.runs, asked.tools.split(","))
        for what in asked.what:
            getattr(bench, what)()
    finally:
        lab.remove()
    return 0


def sweep_once(network: str, rate: str, retries: str, listen_s: str) -> int:
    """Sweep one network with the product's engine and print what came of it as JSON."""
    pace = {"rate": float(rate), "timeout_s": float(listen_s)}
    if retries != "default":
        pace["retries"] = int(retries)
    plan = make_plan(network, [port_of(network)], **pace)

    async def go() -> dict[str, object]:
        job = make_job(plan, 100_000)
        found = await run(SynEngine(ConnectEngine()), job)
        tally = job.tally
        return {"found": len(set(found)), "closed": tally.closed, "loss": tally.estimated_loss}

    result = asyncio.run(go())
    result["rss_mib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
    say(json.dumps(result))
    return 0


class Bench:
    def __init__(self, lab: Lab, runs: int, wanted: list[str]) -> None:
        self.lab = lab
        self.runs = runs
        mac = json.loads(lab.ask(lab.target, "ip", "-j", "link", "show", "veth0"))
        self.gateway_mac = mac[0]["address"]
        self.folder = TemporaryDirectory()
        self.output = Path(self.folder.name) / "out"
        two_senders = partial(self._zmap, senders=2)
        self.tools = {"ours": self._ours, "zmap": self._zmap, "zmap -T2": two_senders, "masscan": self._masscan}
        self.tools = {name: tool for name, tool in self.tools.items() if name in wanted}
        for name in list(self.tools):
            if name != "ours" and not shutil.which(name.split()[0]):
                say(f"{name}: not run: it is not installed")
                del self.tools[name]

    def speed(self) -> None:
        """Closed ports of a /14, open ports of a /16, and a target that answers nothing."""
        self._drop_dry()
        with listening(self.lab):
            for title, network, size in (
                ("closed, /14", CLOSED, 1 << 18),
                ("open, /16", OPEN, 1 << 16),
                ("dry, /11", "11.0.0.0/11", 1 << 21),
            ):
                say(f"\n{title}: thousand endpoints a second, best of {self.runs} alternating runs")
                rates = self._rates(network, size)
                bare = f"; bare TX ring {self._bare() / 1e3:.0f}" if "dry" in title else ""
                say("  " + ", ".join(f"{name} {rate / 1e3:.0f}" for name, rate in rates.items()) + bare)
                others = [rate for name, rate in rates.items() if name != "ours"]
                if others:
                    say(f"  ours / faster peer: {rates['ours'] / max(others):.2f}")

    def hits(self) -> None:
        """Open ports found of 65,536 without loss, each tool at its own full speed and at 100,000 a second."""
        with listening(self.lab):
            for rate in ("inf", "100000"):
                say(f"\nopen ports found of 65536 at rate {rate}; {2 * self.runs} runs of ours")
                found: dict[str, list[int]] = {name: [] for name in self.tools}
                for turn in range(2 * self.runs):
                    for name, tool in self.tools.items():
                        if name != "ours" and turn >= self.runs:
                            continue
                        found[name].append(tool(OPEN, rate=rate, full=True)[1])
                for name, counts in found.items():
                    say(f"  {name}: {counts}")

    def dry(self) -> None:
        """Memory from a /16 to a /8 on a target that drops everything."""
        self._drop_dry()
        say("\ndry networks, one round: seconds and peak memory of the whole process")
        for prefix, network in DRY.items():
            seconds, _, rss_mib = self._ours(network)
            say(f"  /{prefix}: {seconds:.1f} s, {rss_mib} MiB")

    def loss(self) -> None:
        """Misses of 8,192 open ports behind independent loss each way, default rounds."""
        say("\n8192 open ports, loss each way: missed (share); loss estimated / true round trip")
        with listening(self.lab):
            for share in (0.0, 0.01, 0.05, 0.10):
                self.lab.lose(share)
                missed, estimates = 0, []
                for _ in range(2 * self.runs):
                    result = self._sweep(LOSS_NET, rate="20000", retries="default", listen_s=3.0)
                    missed += 8_192 - result["found"]
                    estimates.append(result["loss"])
                every = 2 * self.runs * 8_192
                true = 1 - (1 - share) ** 2
                estimate = statistics.mean(estimates)
                say(f"  {share:.0%}: {missed} of {every} ({missed / every:.3%}); {estimate:.4f} / {true:.4f}")
        self.lab.ask(self.lab.target, "nft", "flush", "ruleset")

    def _rates(self, network: str, size: int) -> dict[str, float]:
        idle: dict[str, list[float]] = {name: [] for name in self.tools}
        took: dict[str, list[float]] = {name: [] for name in self.tools}
        for _ in range(self.runs):
            for name in list(took):
                idle[name].append(self.tools[name](ONE_OF[network])[0])
                took[name].append(self.tools[name](network)[0])
                if max(idle[name][-1], took[name][-1]) >= _MOST_S:
                    say(f"    {name}: cut short after {_MOST_S:.0f} s")
                    del idle[name], took[name]
        for name, seconds in took.items():
            words = ", ".join(f"{one:.2f} - {less:.2f}" for one, less in zip(seconds, idle[name], strict=True))
            say(f"    {name}: {words} s")
        # Whatever else the machine does only ever makes a run longer, so the best of several is the tool's own.
        return {name: size / (min(seconds) - min(idle[name])) for name, seconds in took.items()}

    def _ours(self, network: str, *, rate: str = "inf", full: bool = False) -> tuple[float, int, int]:
        started = time.perf_counter()
        result = self._sweep(network, rate=rate, retries=2 if full else 0, listen_s=3.0 if full else 0.05)
        return time.perf_counter() - started, result["found"], result["rss_mib"]

    def _sweep(self, network: str, *, rate: str, retries: int | str, listen_s: float) -> dict[str, int]:
        words = [network, rate, str(retries), str(listen_s)]
        command = [sys.executable, "-m", "tests.bench.bench_syn", "--one", *words]
        return json.loads(self._in_scanner(command))

    def _zmap(self, network: str, *, rate: str = "inf", full: bool = False, senders: int = 1) -> tuple[float, int, int]:
        del full
        pace = "0" if rate == "inf" else rate
        command = f"zmap -p {port_of(network)} -i veth0 -G {self.gateway_mac} -S {SCANNER} -r {pace} -c 1 -q -v 0"
        words = [*command.split(), "-T", str(senders), "--blacklist-file=/dev/null", "-o", str(self.output), network]
        return self._peer(words, lambda text: {line for line in text.split() if line[:1].isdigit()})

    def _masscan(self, network: str, *, rate: str = "inf", full: bool = False) -> tuple[float, int, int]:
        del full
        # Beyond what it can send, masscan needs minutes on two busy processors.
        pace = "1000000" if rate == "inf" else rate
        command = f"masscan {network} -p{port_of(network)} -e veth0 --router-mac {self.gateway_mac} --wait 1"
        words = [*command.split(), "--adapter-ip", SCANNER, "--rate", pace, "-oL", str(self.output)]
        # A run that was cut short may leave half a line.
        rows = lambda text: (line.split() for line in text.splitlines())  # noqa: E731
        return self._peer(words, lambda text: {row[3] for row in rows(text) if row[:1] == ["open"] and len(row) > 3})

    def _peer(self, command: list[str], hosts: Callable[[str], set[str]]) -> tuple[float, int, int]:
        self.output.unlink(missing_ok=True)
        started = time.perf_counter()
        with suppress(subprocess.TimeoutExpired):
            self._in_scanner(command, _MOST_S)
        took = time.perf_counter() - started
        return took, len(hosts(self.output.read_text())) if self.output.exists() else 0, 0

    def _in_scanner(self, command: list[str], most_s: float | None = None) -> str:
        words = ["ip", "netns", "exec", self.lab.scanner, *command]
        return subprocess.run(words, check=True, capture_output=True, text=True, cwd=REPOSITORY, timeout=most_s).stdout

    def _drop_dry(self) -> None:
        rule = "ip daddr 11.0.0.0/8 drop"
        self.lab.filter(
            self.lab.target, f"table ip d {{ chain p {{ type filter hook prerouting priority -300; {rule}; }}\n}}"
        )

    def _bare(self) -> float:
        """Return packets a second of a transmit ring that is refilled with one constant packet."""
        import numpy as np

        from scanner.sweep.syn.packets import LinkHeader, SynTemplate
        from scanner.sweep.syn.rings import TxRing

        own = json.loads(self.lab.ask(self.lab.scanner, "ip", "-j", "link", "show", "veth0"))[0]["address"]
        link = LinkHeader(bytes.fromhex(own.replace(":", "")), bytes.fromhex(self.gateway_mac.replace(":", "")))
        template = SynTemplate(4, socket.inet_aton(SCANNER), link)
        found = []
        with inside(self.lab.scanner):
            ring = TxRing("veth0", template.frame)
            same = [np.full(ring.slots, value, np.uint32) for value in (0x0B000001, CLOSED_PORT, 7)]
            template.patch_v4(ring.frames, same[0], same[1], 61_000, same[2])
            for _ in range(self.runs):
                started, sent = time.perf_counter(), 0
                while sent < 1 << 20:
                    slots = ring.free(ring.slots)
                    ring.hand_over(slots)
                    ring.kick()
                    sent += slots.stop - slots.start
                found.append(sent / (time.perf_counter() - started))
            ring.close()
        return max(found)


@contextmanager
def listening(lab: Lab) -> Iterator[None]:
    """Let one port answer on every address of the target."""
    with inside(lab.target):
        server = socket.create_server(("0.0.0.0", OPEN_PORT), backlog=65_535)
    try:
        yield
    finally:
        server.close()


def port_of(network: str) -> int:
    return OPEN_PORT if network in {OPEN, LOSS_NET, ONE_OF[OPEN]} else CLOSED_PORT


if __name__ == "__main__":
    raise SystemExit(main())
