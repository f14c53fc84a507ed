"""Reliability of the sweep under long or rude conditions: each row returns what happened, in words."""

import json
import os
import random
import re
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.lab.namespaces import FAR, Lab, finish

OPEN = 8_080
WAIT = time.sleep  # noqa: TID251 - the laboratory's time is real
DROP_ALL = "chain a { type filter hook prerouting priority -300; drop; }"


def sets_repeat(lab: Lab) -> str:
    """Ten runs without loss, 8,192 open ports: the same set each time"""
    found = {lab.sweep(networks=["10.9.0.0/19"], tcp=[OPEN], rate="unlimited", seed=run)["open"] for run in range(10)}
    return f"{'same' if found == {8_192} else 'DIFFERENT'}: {sorted(found)}"


def freeze_of_a_minute(lab: Lab) -> str:
    """The process frozen for 60 s with questions in the air"""
    lab.rules(DROP_ALL)
    started = lab.begin(networks=["10.9.0.0/21"], tcp=[OPEN, 81], rate=1_500)
    WAIT(1.2)
    os.kill(started.pid, signal.SIGSTOP)
    lab.rules("")
    WAIT(60)
    os.kill(started.pid, signal.SIGCONT)
    return told(finish(started), 2_048)


def network_away_for_30_s(lab: Lab) -> str:
    """The link down for 30 s"""
    started = lab.begin(networks=["10.9.0.0/22"], tcp=[OPEN, 81], rate=500)
    WAIT(1.2)
    lab.inside(lab.here, "ip", "link", "set", lab.near, "down")
    WAIT(30)
    lab.inside(lab.here, "ip", "link", "set", lab.near, "up")
    lab.inside(lab.here, "ip", "route", "replace", "10.9.0.0/16", "via", FAR)
    return told(finish(started), 1_024)


def silent_blackout_of_20_s(lab: Lab) -> str:
    """Everything dropped for 20 s, without any error to see"""
    started = lab.begin(networks=["10.9.0.0/21"], tcp=[OPEN, 81], rate=500)
    WAIT(2)
    lab.rules(DROP_ALL)
    WAIT(20)
    lab.rules("")
    return told(finish(started), 2_048)


def narrow_link(lab: Lab) -> str:
    """A bottleneck of 1 Mbit/s, default pace"""
    bucket = ("tbf", "rate", "1mbit", "burst", "3000", "limit", "6000")
    lab.inside(lab.here, "tc", "qdisc", "replace", "dev", lab.near, "root", *bucket)
    lab.inside(lab.there, "tc", "qdisc", "replace", "dev", lab.far, "root", *bucket)
    try:
        result = lab.sweep(networks=["10.9.0.0/19"], tcp=[OPEN, 81], rate=None)
    finally:
        lab.inside(lab.here, "tc", "qdisc", "del", "dev", lab.near, "root")
        lab.inside(lab.there, "tc", "qdisc", "del", "dev", lab.far, "root")
    return told(result, 8_192)


def connection_table(lab: Lab) -> str:
    """A router that knows 1,000 connections for 10 s each and drops the next, default pace"""
    flow = "ip saddr . tcp sport . ip daddr . tcp dport"
    lab.rules(
        f"set flows {{ typeof {flow}; size 1000; flags dynamic, timeout; timeout 10s; }}\n"
        "chain a { type filter hook prerouting priority 0;"
        f" iifname {lab.far} tcp flags & (syn | ack) == syn goto new; }}\n"
        f"chain new {{ {flow} @flows accept; add @flows {{ {flow} }} accept; drop; }}"
    )
    began_s = time.monotonic()
    result = lab.sweep(networks=["10.9.0.0/21"], tcp=[OPEN, 81], rate=None)
    paused = [problem["kind"] for problem in result["problems"]]
    return f"{told(result, 2_048)} after {time.monotonic() - began_s:.0f} s; said {paused}"


def killed_again_and_again(lab: Lab) -> str:
    """kill -9 at 200 random moments of a resumable run of 204,800 endpoints"""
    chance = random.Random(1)
    lab.rules(
        f"counter asked {{}}\nchain a {{ type filter hook prerouting priority -300; iifname {lab.far}"
        " tcp flags & (syn | ack) == syn counter name asked; }"
    )
    with tempfile.TemporaryDirectory() as folder:
        wanted = {"network": "10.9.8.0/22", "ports": [OPEN, OPEN + 200], "rate": 6_000}
        runs = kills = 0
        while True:
            wanted["path"] = str(Path(folder) / "run.db")
            started = lab.start(lab.here, sys.executable, "-m", "tests.history.one_part", json.dumps(wanted))
            assert started.stdout is not None
            started.stdout.readline()
            runs += 1
            if kills < 200:
                # Each life gets as far as its first commit, so that every kill can do harm.
                started.stdout.readline()
                WAIT(chance.uniform(0.0, 0.05))
                started.kill()
                kills += 1
            rest = started.stdout.read().splitlines()
            if started.wait() == 0:
                break
        result = json.loads(rest[-1])
    text = lab.inside(lab.there, "nft", "list", "counter", "inet", "lab", "asked")
    found = re.search(r"packets (\d+)", text)
    asked = int(found[1]) if found else 0
    complete = result["open"] == 1_024 and result["closed"] == 203_776 and len(result["findings"]) == 1_024
    return (
        f"{'complete' if complete else 'INCOMPLETE'} after {runs} runs, {len(result['findings'])} findings of 1024,"
        f" {asked - 204_800} endpoints asked again in all ({(asked - 204_800) / kills:.1f} for each kill)"
    )


def told(result: dict[str, Any], count: int) -> str:
    balanced = result["planned"] == sum(
        result[name] for name in ("open", "closed", "filtered", "unreachable", "unscanned")
    )
    return (
        f"{count - result['open']} of {count} open missed, {count - result['closed']} closed not seen,"
        f" {result['unscanned']} unscanned, loss {result['loss']:.1%}, {result['seconds']:.0f} s"
        f"{'' if balanced else ', NOT BALANCED'}"
    )


ROWS: tuple[Callable[[Lab], str], ...] = (
    sets_repeat,
    silent_blackout_of_20_s,
    network_away_for_30_s,
    narrow_link,
    connection_table,
    killed_again_and_again,
    freeze_of_a_minute,
)
