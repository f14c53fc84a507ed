"""The rows of bench_faults: each plays one fault and returns what the run said; the first line is its name."""

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.bench.fault_runs import (
    DROP,
    FLOWS,
    REDIS,
    WAIT,
    Outcome,
    answering,
    begin,
    far_link_down,
    finish,
    froze,
    near_link_down,
    network,
)
from tests.lab.namespaces import Lab, run

Row = Callable[[Lab, int], Iterator[Outcome]]
ALL_REDIS = f"redis@0.0.0.0:{REDIS}"
BAD = "10.9.200.{}"
_MIXED, _FEW_MIXED = 256, 64
BAN_AFTER_300 = """
  chain f { type filter hook prerouting priority -300;
    tcp dport 6379 tcp flags & (syn | ack) == syn limit rate over 1/hour burst 300 packets jump ban;
    ip saddr @banned drop; }
  chain ban { add @banned { ip saddr }; drop; }
  set banned { type ipv4_addr; flags dynamic; }
"""


# Whoever asks for more than 150 ports in a moment is dropped until it has said nothing for 15 s.
RENEWED_BAN = """
  set banned { type ipv4_addr; flags dynamic,timeout; timeout 15s; }
  chain f { type filter hook prerouting priority -300;
    ip saddr @banned update @banned { ip saddr timeout 15s } drop;
    tcp dport 6379 tcp flags & (syn | ack) == syn limit rate over 20/second burst 150 packets jump ban; }
  chain ban { add @banned { ip saddr timeout 15s } drop; }
"""
RESETS_AFTER_300 = """
  chain f { type filter hook input priority 0;
    tcp dport 6379 tcp flags & (syn | ack) == syn limit rate over 1/hour burst 300 packets jump ban;
    ip saddr @banned tcp dport 6379 reject with tcp reset; }
  chain ban { add @banned { ip saddr }; reject with tcp reset; }
  set banned { type ipv4_addr; flags dynamic; }
"""


def beside(lab: Lab, hosts: int, *roles: str, port: int = 8_099) -> Outcome:
    """Scan open Redis with peers among them; the note tells what became of those."""
    places = [f"{role}@{BAD.format(number)}:{port}" for number, role in enumerate(roles, 1)]
    targets = [network(hosts), *(f"{BAD.format(number)}:{port}" for number in range(1, len(roles) + 1))]
    with answering(lab, ALL_REDIS, *places):
        outcome, report = finish(begin(lab, *targets, "-p", REDIS), hosts)
    told = {row["address"]: row for row in report.get("endpoints", ()) if row["port"] == port}
    words = [
        f"{role}: {told[BAD.format(number)]['status']}" if BAD.format(number) in told else f"{role}: MISSING"
        for number, role in enumerate(roles, 1)
    ]
    return replace(outcome, note=", ".join(words))


def absurd_lengths(lab: Lab, hosts: int) -> Iterator[Outcome]:
    """absurd lengths, an endless page"""
    yield beside(lab, hosts, "length", "digits", "chunk", "endless")


def deep_docker(lab: Lab, hosts: int) -> Iterator[Outcome]:
    """Docker's /version 600 deep, then resumed"""
    yield beside(lab, hosts, "deep", port=2_375)
    with tempfile.TemporaryDirectory() as folder, answering(lab, ALL_REDIS, f"deep@{BAD.format(1)}:2375"):
        file = str(Path(folder) / "run.db")
        targets = network(hosts), f"{BAD.format(1)}:2375", "-p", REDIS
        finish(begin(lab, *targets, "--save", file), hosts)
        outcome, _ = finish(begin(lab, *targets, "--resume", file), hosts)
    yield replace(outcome, note="resumed")


def odd_numbers(lab: Lab, hosts: int) -> Iterator[Outcome]:
    """numbers that are none (², 5,000 digits)"""
    roles = {"redis-digits": 6_379, "redis-superscript": 6_379, "search-superscript": 9_200}
    places = [f"{role}@{BAD.format(number)}:{port}" for number, (role, port) in enumerate(roles.items(), 1)]
    with answering(lab, *places):
        outcome, _ = finish(begin(lab, *(place.partition("@")[2] for place in places)), len(roles), port="")
    yield outcome


def ban(lab: Lab, hosts: int) -> Iterator[Outcome]:
    """a ban after 300 SYNs"""
    with answering(lab, ALL_REDIS):
        lab.rules(BAN_AFTER_300)
        outcome, _ = finish(begin(lab, network(hosts), "-p", REDIS), hosts)
    yield outcome


def renewed_ban(lab: Lab, hosts: int) -> Iterator[Outcome]:
    """a ban for 15 s that each packet renews"""
    with answering(lab, ALL_REDIS):
        for engine in ("connect", "syn"):
            lab.rules(RENEWED_BAN)
            # Every ban is sat out in silence: a thousand hosts take a quarter of an hour.
            outcome, _ = finish(begin(lab, network(256), "-p", REDIS, "--engine", engine), 256, engine)
            lab.rules("")
            yield outcome


def ban_by_resets(lab: Lab, hosts: int) -> Iterator[Outcome]:
    """resets for all after 300 SYNs"""
    with answering(lab, ALL_REDIS):
        for engine in ("connect", "syn"):
            lab.rules(RESETS_AFTER_300)
            outcome, _ = finish(
                begin(lab, network(hosts), "-p", REDIS, "--engine", engine, "--rate", "400"), hosts, engine
            )
            lab.rules("")
            yield outcome


def few_flows(lab: Lab, hosts: int) -> Iterator[Outcome]:
    """a router that knows 100 flows"""
    with answering(lab, ALL_REDIS):
        lab.rules(FLOWS)
        outcome, _ = finish(begin(lab, network(hosts), "-p", REDIS), hosts)
    yield outcome


def few_descriptors(lab: Lab, hosts: int) -> Iterator[Outcome]:
    """ulimit -n"""
    with answering(lab, ALL_REDIS):
        for limit in (64, 100, 200):
            before = "prlimit", f"--nofile={limit}:{limit}"
            outcome, _ = finish(begin(lab, network(256), "-p", REDIS, before=before), 256)
            yield replace(outcome, note=f"{limit}")


def frozen(lab: Lab, hosts: int) -> Iterator[Outcome]:
    """SIGSTOP during the probes"""
    with answering(lab, ALL_REDIS):
        for seconds in (12.0, 40.0):
            scan = begin(lab, network(hosts), "-p", REDIS)
            scan.under_way(lab)
            scan.wait_until(1.0)
            froze(lab, scan, seconds)
            outcome, _ = finish(scan, hosts, f"{seconds:.0f} s")
            yield outcome


def link_lost(lab: Lab, hosts: int) -> Iterator[Outcome]:
    """the link down for 8 s during the probes"""
    with answering(lab, ALL_REDIS):
        for name, harm in (("near", near_link_down), ("far", far_link_down)):
            scan = begin(lab, network(hosts), "-p", REDIS)
            scan.under_way(lab)
            scan.wait_until(1.0)
            harm(lab, scan, 8.0)
            outcome, _ = finish(scan, hosts, name)
            yield outcome


def down_from_the_start(lab: Lab, hosts: int) -> Iterator[Outcome]:
    """the link down before the first answer"""
    with answering(lab, ALL_REDIS):
        for engine in ("connect", "syn"):
            for seconds in (3.0, 6.0, None):
                run("ip", "-n", lab.there, "link", "set", lab.far, "down")
                scan = begin(lab, network(64), "-p", REDIS, "--engine", engine)
                if seconds is not None:
                    scan.wait_until(seconds)
                    far_link_down(lab, scan, 0.0)
                outcome, _ = finish(
                    scan, 64, f"{engine}, up {'never' if seconds is None else f'after {seconds:.0f} s'}"
                )
                far_link_down(lab, scan, 0.0)
                yield outcome


def _mixed(hosts: int = _MIXED) -> tuple[list[str], int]:
    """Return who answers in a network in which every fourth host is an open Redis, and how many those are."""
    kinds = ("redis", "page", "mute", "ssh")
    places = [f"{kinds[number % len(kinds)]}@10.9.0.{number}:{REDIS}" for number in range(hosts)]
    return places, sum(place.startswith("redis") for place in places)


def mixed(lab: Lab, hosts: int) -> Iterator[Outcome]:
    """a mixed /24: Redis, pages, mute ports, SSH"""
    places, truth = _mixed()
    with answering(lab, *places):
        for name, harm, seconds in (
            ("frozen for 12 s", froze, 12.0),
            ("near link down for 8 s", near_link_down, 8.0),
            ("far link down for 8 s", far_link_down, 8.0),
        ):
            scan = begin(lab, network(_MIXED), "-p", REDIS)
            scan.under_way(lab)
            scan.wait_until(1.0)
            harm(lab, scan, seconds)
            outcome, report = finish(scan, truth, name)
            yield replace(outcome, note=f"{name}, {_alive(report)}")


def killed(lab: Lab, hosts: int) -> Iterator[Outcome]:
    """a mixed /26, killed after 1 s and resumed"""
    # Who was asked when a process ended is asked a few at a time, and a quarter of them are mute.
    places, truth = _mixed(_FEW_MIXED)
    with tempfile.TemporaryDirectory() as folder, answering(lab, *places):
        for engine in ("connect", "syn"):
            file = str(Path(folder) / f"{engine}.db")
            words = network(_FEW_MIXED), "-p", REDIS, "--engine", engine
            scan = begin(lab, *words, "--save", file)
            scan.under_way(lab)
            scan.wait_until(1.0)
            scan.process.kill()
            scan.process.communicate()
            outcome, report = finish(begin(lab, *words, "--resume", file), truth)
            yield replace(outcome, note=f"{engine}, {_alive(report, _FEW_MIXED)}")


def _alive(report: dict[str, Any], hosts: int = _MIXED) -> str:
    alive = report["coverage"]["hosts_alive"] if report else 0
    return f"{alive} hosts alive{'' if alive == hosts else f' INSTEAD OF {hosts}'}"


def slow_docker(lab: Lab, hosts: int) -> Iterator[Outcome]:
    """Docker that takes 2, 3, 4, 6 s an answer"""
    places = [f"slow-{seconds}@{BAD.format(seconds)}:2375" for seconds in (2, 3, 4, 6)]
    with answering(lab, *places):
        outcome, _ = finish(begin(lab, *(place.partition("@")[2] for place in places)), 4, port="")
    yield outcome


def starting_neo4j(lab: Lab, hosts: int) -> Iterator[Outcome]:
    """Neo4j whose HELLO takes 4 s"""
    with answering(lab, f"starting@{BAD.format(1)}:7687"):
        outcome, report = finish(begin(lab, f"{BAD.format(1)}:7687"), 1, port="")
    suspect = [row["suspect"] for row in report["endpoints"] if row["suspect"]]
    yield replace(outcome, note=f"called a decoy: {suspect}" if suspect else "")


def two_urls(lab: Lab, hosts: int) -> Iterator[Outcome]:
    """two URLs of one port"""
    with answering(lab, f"docker-api@{BAD.format(1)}:2375"):
        outcome, report = finish(
            begin(lab, f"http://{BAD.format(1)}:2375/a", f"http://{BAD.format(1)}:2375/b"), 0, port=""
        )
    asked = report["coverage"]["asked"]
    yield replace(outcome, truth=0, note=f"{asked} places asked{'' if asked == 2 else ' INSTEAD OF 2'}")


def silent_blackout(lab: Lab, hosts: int) -> Iterator[Outcome]:
    """everything dropped after 1 s, for 20 s"""
    with answering(lab, ALL_REDIS):
        scan = begin(lab, network(hosts), "-p", REDIS)
        scan.under_way(lab)
        scan.wait_until(1.0)
        lab.rules(DROP)
        WAIT(20)
        lab.rules("")
        outcome, _ = finish(scan, hosts)
    yield outcome


ROWS: tuple[Row, ...] = (
    absurd_lengths,
    deep_docker,
    odd_numbers,
    ban,
    renewed_ban,
    ban_by_resets,
    few_flows,
    few_descriptors,
    frozen,
    link_lost,
    down_from_the_start,
    silent_blackout,
    mixed,
    killed,
    slow_docker,
    starting_neo4j,
    two_urls,
)
