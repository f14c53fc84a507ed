"""What answers for hosts that are not there is noticed, and what is really there behind it is still judged."""

import contextlib
import json
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.root, pytest.mark.timeout(120)]
NETWORK = "10.10.0.0/24"
REDIS, SHOP = "10.10.0.20", "10.10.0.21"


@pytest.fixture
def routed(lab):
    """A network behind a router: two hosts exist, and for the others the router says so."""
    with behind_a_router(lab):
        yield lab


@contextlib.contextmanager
def behind_a_router(lab):
    there = lab.there
    commands = (
        "link add dead0 type veth peer name dead1",
        "link set dead0 up",
        "link set dead1 up",
        "address add 10.10.0.1/24 dev dead0",
        f"address add {REDIS}/32 dev lo",
        f"address add {SHOP}/32 dev lo",
    )
    for command in commands:
        lab.inside(there, "ip", *command.split())
    lab.inside(there, "sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv4.icmp_ratelimit=0")
    lab.inside(lab.here, "ip", "route", "add", NETWORK, "via", "10.77.0.2")
    try:
        yield
    finally:
        lab.inside(lab.here, "ip", "route", "delete", NETWORK)
        lab.inside(there, "ip", "link", "delete", "dead0")
        for address in (REDIS, SHOP):
            lab.inside(there, "ip", "address", "delete", f"{address}/32", "dev", "lo")


@contextlib.contextmanager
def answering(lab, where: str, *roles: str):
    started = lab.start(where, sys.executable, "-m", "tests.lab.answering", *roles)
    try:
        assert started.stdout.readline() == b"answering\n"
        yield
    finally:
        started.kill()
        started.wait()


def redirect(ports: str, listener: int, *, network: str = NETWORK, hook: str = "prerouting") -> str:
    """Lead ports of a whole network to one listener; the shop is let through."""
    return (
        f"chain proxy {{ type nat hook {hook} priority -100; ip daddr {SHOP} accept; ip daddr {network}"
        f" tcp dport {{ {ports} }} redirect to :{listener}; }}\n"
    )


def scan(lab, tmp_path: Path, *arguments: str, jumping: str = "") -> tuple[dict, dict]:
    """Return the report of a scan as a user runs it, and its endpoints by place."""
    file = tmp_path / "report.json"
    done = lab.scan(*arguments, "-q", "--rate", "2000", "-o", str(file), jumping=jumping)
    assert done.returncode in {0, 1, 4}, done.stderr
    report = json.loads(file.read_text())
    return report, {f"{row['address']}:{row['port']}": row for row in report["endpoints"]}


def confirmed(report: dict) -> set[str]:
    return {f"{one['address']}:{one['port']}" for one in report["findings"] if one["confidence"] == "confirmed"}


@pytest.mark.parametrize("targets", ["10.10.0.0/24", "10.10.0.16/29", "10.10.0.5"])
def test_a_proxy_that_answers_for_the_dead_is_noticed_and_what_is_behind_it_is_judged(routed, tmp_path, targets):
    """The proxy's own error looks like that of an open proxy, on every address."""
    routed.rules(redirect("80", 3128))
    behind = "gateway@0.0.0.0:3128", f"redis@{REDIS}:6379", f"docker-api@{REDIS}:2375", f"page@{SHOP}:80"
    with answering(routed, routed.there, *behind):
        report, by_place = scan(routed, tmp_path, targets, "-p", "80,2375,6379")
    shop = by_place.pop(f"{SHOP}:80", {})
    proxied = [row for place, row in by_place.items() if place.endswith(":80")]
    assert proxied
    assert all("80 answers" in row["suspect"] and row["status"] in {"open", "identified"} for row in proxied)
    if "/" not in targets:
        assert confirmed(report) == set()
        return
    assert confirmed(report) == {f"{REDIS}:2375", f"{REDIS}:6379"}
    assert by_place[f"{REDIS}:6379"]["suspect"] is None
    assert (shop["suspect"], shop["status"]) == (None, "open")
    assert "Shop" in shop["note"]


@pytest.mark.parametrize(
    ("targets", "router"),
    [("10.10.0.0/28", "says who is dead"), ("10.10.0.0/28", "is silent"), ("10.10.0.9", "is silent")],
)
def test_a_virus_scanner_that_accepts_mail_for_the_dead_is_noticed(routed, tmp_path, targets, router):
    silent = "chain quiet { type filter hook output priority 0; icmp type destination-unreachable drop; }"
    routed.rules(redirect("25, 80, 110, 143", 2525) + (silent if router == "is silent" else ""))
    with answering(routed, routed.there, "hangup@0.0.0.0:2525"):
        report, by_place = scan(routed, tmp_path, targets, "-p", "25,80,110,143")
    taken = {place: row for place, row in by_place.items() if not place.startswith("10.10.0.1:")}
    assert len(taken) >= 4
    assert all(row["suspect"] and row["status"] == "open" for row in taken.values())
    assert report["findings"] == []


def test_a_virus_scanner_on_this_machine_is_noticed_with_an_address_that_nobody_has(lab, tmp_path):
    """It answers for a living neighbour; for a dead one nothing was ever sent, so only a control shows it."""
    link, far = lab.near, lab.far
    lab.inside(lab.here, "ip", "address", "add", "10.88.1.1/28", "dev", link)
    lab.inside(lab.there, "ip", "address", "add", "10.88.1.7/28", "dev", far)
    lab.rules(redirect("25, 110", 2525, network="10.88.1.0/28", hook="output"), where=lab.here)
    with answering(lab, lab.here, "hangup@0.0.0.0:2525"), answering(lab, lab.there, "redis@10.88.1.7:6379"):
        report, by_place = scan(lab, tmp_path, "10.88.1.4/30", "-p", "25,110,6379")
    assert {place: row["status"] for place, row in by_place.items()} == {
        "10.88.1.7:25": "open",
        "10.88.1.7:110": "open",
        "10.88.1.7:6379": "exposed",
    }
    for port in (25, 110):
        assert "addresses that no host has" in by_place[f"10.88.1.7:{port}"]["suspect"]
    assert confirmed(report) == {"10.88.1.7:6379"}


SYN_PROXY = """
  counter asked {{}}
  chain untracked {{ type filter hook prerouting priority -300; ip daddr {host} tcp dport {ports} notrack; }}
  chain count {{ type filter hook prerouting priority -310;
    ip daddr {host} tcp dport 6379 tcp flags & (syn | ack) == syn counter name asked; }}
  chain proxy {{ type filter hook forward priority 0; ip daddr {host} tcp dport {ports}
    ct state invalid,untracked synproxy mss 1460 wscale 7 timestamp sack-perm; }}
"""


@pytest.mark.parametrize("ports", ["1-65535", "6379"])
def test_a_syn_proxy_with_nobody_behind_it_is_noticed_by_one_port(routed, tmp_path, ports):
    # Who asks for the one protected port sees a handshake and then nothing; the queue of what was sent stays full.
    with dead_silence(routed):
        routed.rules(SYN_PROXY.format(host="10.10.0.9", ports=ports))
        # Only the kernel is on the other side, and it says in time whether it acknowledges.
        report, by_place = scan(routed, tmp_path, "10.10.0.9", "-p", "6379", jumping="0.02")
        text = routed.inside(routed.there, "nft", "list", "counter", "inet", "lab", "asked")
    asked = int(text.split("packets ")[1].split()[0])
    (row,) = by_place.values()
    # Nobody was heard: a link that broke looks the same, so it is a gap as well as a suspicion.
    assert row["status"] == "inconclusive"
    assert "never acknowledges" in row["suspect"]
    assert report["findings"] == []
    # The sweep's own connection comes first, and two late rounds ask again: silence is no answer yet.
    assert asked <= 1 + 3 * 3


@contextlib.contextmanager
def dead_silence(lab):
    """Make the router keep to itself that nobody is there, and give the dead address a neighbour that drops all."""
    lab.inside(lab.there, "ip", "neighbour", "replace", "10.10.0.9", "lladdr", "02:00:00:00:00:09", "dev", "dead0")
    try:
        yield
    finally:
        lab.inside(lab.there, "ip", "neighbour", "delete", "10.10.0.9", "dev", "dead0")


def test_four_real_web_servers_are_no_middlebox(routed, tmp_path):
    hosts = [f"10.10.0.{last}" for last in range(40, 44)]
    for host in hosts:
        routed.inside(routed.there, "ip", "address", "add", f"{host}/32", "dev", "lo")
    routed.rules("chain wall { type filter hook input priority 0; tcp dport != 80 drop; }")
    try:
        with answering(routed, routed.there, *(f"page@{host}:80" for host in hosts)):
            _, by_place = scan(routed, tmp_path, "10.10.0.40/30", "-p", "80")
    finally:
        for host in hosts:
            routed.inside(routed.there, "ip", "address", "delete", f"{host}/32", "dev", "lo")
    assert len(by_place) == 4
    assert all(row["suspect"] is None for row in by_place.values())
