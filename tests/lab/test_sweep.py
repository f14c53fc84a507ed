"""The sweep against thousands of hosts behind one cable: what it finds, what it may miss, what it must never say."""

import os
import re
import signal
import time

import pytest

from tests.lab.namespaces import finish

pytestmark = [pytest.mark.root, pytest.mark.timeout(120)]
OPEN = 8_080


@pytest.fixture
def served(lab, module_lab):
    if not hasattr(module_lab, "served"):
        module_lab.listen(OPEN)
        module_lab.served = True
    return lab


def test_without_loss_none_of_many_is_missed_and_runs_repeat(served):
    results = [served.sweep(networks=["10.9.0.0/19"], tcp=[OPEN, 81], rate="unlimited", seed=seed) for seed in (1, 2)]
    for result in results:
        assert (result["open"], result["distinct"], result["closed"]) == (8_192, 8_192, 8_192)
        assert result["alive"] == 8_192
        assert result["loss"] < 0.01


@pytest.mark.parametrize(("per_mille", "most_missed"), [(50, 0.002), (100, 0.01)])
def test_loss_each_way_is_survived_and_estimated(served, per_mille, most_missed):
    served.lose(per_mille)
    result = served.sweep(networks=["10.9.0.0/20"], tcp=[OPEN], rate="unlimited")
    true = 1 - (1 - per_mille / 1_000) ** 2
    assert result["planned"] == 4_096
    assert 4_096 - result["open"] <= 4_096 * most_missed
    assert result["loss"] == pytest.approx(true, rel=0.3)


def test_every_cause_has_its_own_state(served):
    # The kernel limits how many ICMP errors it sends; routers' filters differ, this one shall not.
    served.inside(served.there, "sysctl", "-qw", "net.ipv4.icmp_ratelimit=0", "net.ipv4.icmp_msgs_per_sec=100000")
    causes = {
        1: "reject with tcp reset",
        2: "drop",
        3: "reject with icmp type host-unreachable",
        4: "reject with icmp type net-unreachable",
        5: "reject with icmp type admin-prohibited",
        6: "reject with icmp type host-prohibited",
        7: "reject with icmp type net-prohibited",
        8: "reject with icmp type port-unreachable",
        9: "reject with icmp type prot-unreachable",
    }
    rules = "; ".join(f"ip daddr 10.9.7.{octet} tcp dport {OPEN} {verdict}" for octet, verdict in causes.items())
    served.rules(f"chain a {{ type filter hook input priority 0; {rules}; }}")
    started = {octet: served.begin(networks=[f"10.9.7.{octet}/32"], tcp=[OPEN]) for octet in range(10)}
    results = {octet: finish(sweep) for octet, sweep in started.items()}
    states = {
        octet: next(name for name in ("open", "closed", "filtered", "unreachable") if result[name])
        for octet, result in results.items()
    }
    assert states == {
        0: "open",
        1: "closed",
        2: "filtered",
        3: "unreachable",
        4: "unreachable",
        5: "filtered",
        6: "filtered",
        7: "filtered",
        8: "closed",
        9: "filtered",
    }


def test_a_host_that_drops_connections_above_200_a_second_is_found_out_and_spared(served):
    served.rules(
        "chain a { type filter hook prerouting priority -300; tcp flags & (syn | ack) == syn"
        " limit rate over 200/second burst 20 packets counter drop; }"
    )
    result = served.sweep(networks=["10.9.3.1/32"], tcp=[OPEN, *range(1, 500)], rate=None)
    assert (result["open"], result["closed"], result["filtered"]) == (1, 499, 0)
    dropped = re.search(r"counter packets (\d+)", served.inside(served.there, "nft", "list", "ruleset"))
    assert dropped is not None
    assert int(dropped[1]) < 500


def test_limited_resets_cost_closed_ports_at_most(served):
    served.rules(
        "chain a { type filter hook postrouting priority 0; tcp flags & rst == rst limit rate over 100/second drop; }"
    )
    result = served.sweep(networks=["10.9.3.0/28"], tcp=[OPEN, *range(1, 30)], rate="unlimited", timeout_s=1.5)
    assert result["open"] == 16
    assert result["closed"] + result["filtered"] == 16 * 29


def test_a_second_without_network_loses_nothing(served):
    started = served.begin(networks=["10.9.0.0/21"], tcp=[OPEN, 81], rate=1_500)
    time.sleep(1.2)  # noqa: TID251 - the laboratory's time is real
    served.rules("chain a { type filter hook prerouting priority -300; drop; }")
    time.sleep(2.0)  # noqa: TID251 - the laboratory's time is real
    served.rules("")
    result = finish(started)
    assert (result["open"], result["closed"]) == (2_048, 2_048)


def test_a_process_that_is_frozen_misses_nothing(served):
    # The first questions are lost, so that hundreds are in the air when the process stops; they are answered meanwhile.
    served.rules("chain a { type filter hook prerouting priority -300; drop; }")
    started = served.begin(networks=["10.9.0.0/21"], tcp=[OPEN, 81], rate=1_500)
    time.sleep(1.2)  # noqa: TID251 - the laboratory's time is real
    os.kill(started.pid, signal.SIGSTOP)
    served.rules("")
    time.sleep(5.0)  # noqa: TID251 - the laboratory's time is real
    os.kill(started.pid, signal.SIGCONT)
    result = finish(started)
    assert (result["open"], result["closed"]) == (2_048, 2_048)


def test_a_link_that_goes_down_is_waited_for(served):
    started = served.begin(networks=["10.9.0.0/22"], tcp=[OPEN, 81], rate=800)
    time.sleep(1.2)  # noqa: TID251 - the laboratory's time is real
    served.inside(served.here, "ip", "link", "set", served.near, "down")
    time.sleep(3.0)  # noqa: TID251 - the laboratory's time is real
    served.inside(served.here, "ip", "link", "set", served.near, "up")
    served.inside(served.here, "ip", "route", "replace", "10.9.0.0/16", "via", "10.77.0.2")
    result = finish(started)
    assert (result["open"], result["closed"], result["unscanned"]) == (1_024, 1_024, 0)


@pytest.mark.parametrize("raw", [False, True])
def test_the_ceiling_holds_in_every_second(served, raw):
    served.rules(
        "counter syns {}\nchain a { type filter hook prerouting priority -300; tcp flags & (syn | ack) == syn"
        " counter name syns; }"
    )
    started = served.begin(networks=["10.9.0.0/21"], tcp=[OPEN, 81], rate=1_000, raw=raw)
    samples: list[tuple[float, int]] = []
    while started.poll() is None:
        text = served.inside(served.there, "nft", "list", "counter", "inet", "lab", "syns")
        samples.append((time.monotonic(), int(text.split("packets ")[1].split()[0])))
        time.sleep(0.05)  # noqa: TID251 - the laboratory's time is real
    result = finish(started)
    assert result["open"] == 2_048
    for place, (start_s, before) in enumerate(samples):
        within = [count for when_s, count in samples[place:] if when_s - start_s <= 1.0]
        assert within[-1] - before <= 1_050


def test_without_descriptors_or_ports_nothing_is_lost(served):
    served.inside(served.here, "sysctl", "-qw", "net.ipv4.ip_local_port_range=40000 40099")
    try:
        started = served.start(
            served.here, "sh", "-c", 'ulimit -n 64; exec "$0" -m tests.lab.sweeper "$1"', *arguments(rate="unlimited")
        )
        result = finish(started)
    finally:
        served.inside(served.here, "sysctl", "-qw", "net.ipv4.ip_local_port_range=32768 60999")
    assert (result["open"], result["closed"], result["unscanned"]) == (16, 16 * 39, 0)


def arguments(**more) -> list[str]:
    import json
    import sys

    return [sys.executable, json.dumps({"networks": ["10.9.5.0/28"], "tcp": [OPEN, *range(1, 40)], **more})]


def test_no_packet_leaves_the_scope_and_none_is_sent_twice_without_need(served):
    served.rules(
        "counter inside {}\ncounter outside {}\nchain a { type filter hook prerouting priority -300;"
        f" iifname {served.far} tcp flags & (syn | ack) == syn ip daddr 10.9.6.0/24 tcp dport 1-40 counter name inside;"
        # A connection of an earlier test may still be saying goodbye; what is new starts with a SYN or a datagram.
        f" iifname {served.far} tcp flags & (syn | ack) == syn ip daddr != 10.9.6.0/24 counter name outside;"
        f" iifname {served.far} ip protocol udp counter name outside; }}"
    )
    result = served.sweep(networks=["10.9.6.0/24"], tcp=range_of(1, 40), rate="unlimited")
    assert result["closed"] == 256 * 40
    counts = {}
    for name in ("inside", "outside"):
        text = served.inside(served.there, "nft", "list", "counter", "inet", "lab", name)
        counts[name] = int(text.split("packets ")[1].split()[0])
    assert counts == {"inside": 256 * 40, "outside": 0}


def range_of(first: int, last: int) -> list[int]:
    return list(range(first, last + 1))


def test_dead_addresses_of_our_own_link_cost_one_resolution_and_no_connection(served):
    link = served.near
    served.inside(served.here, "ip", "address", "add", "10.88.0.1/24", "dev", link)
    for octet in (7, 30, 200):
        served.inside(served.there, "ip", "address", "add", f"10.88.0.{octet}/24", "dev", served.far)
    served.rules(
        "counter syns {}\nchain a { type filter hook output priority 0; ip daddr 10.88.0.0/24 tcp flags & (syn | ack)"
        " == syn counter name syns; }",
        where=served.here,
    )
    result = served.sweep(networks=["10.88.0.0/24"], tcp=[OPEN, *range(1, 50)], rate="unlimited", list=True)
    assert result["events"] == [["10.88.0.200", OPEN], ["10.88.0.30", OPEN], ["10.88.0.7", OPEN]]
    # The three, and our own address.
    assert result["closed"] == 3 * 49 + 50
    assert result["unreachable"] == 252 * 50
    text = served.inside(served.here, "nft", "list", "counter", "inet", "lab", "syns")
    # Network and broadcast address are refused by the kernel itself; the dead ones were never tried.
    assert int(text.split("packets ")[1].split()[0]) <= 4 * 50 + 50
    assert result["seconds"] < 15


def test_link_local_neighbours_are_reached_through_their_zone(served):
    lines = served.inside(served.there, "ip", "-6", "-o", "address", "show", "dev", served.far, "scope", "link")
    address = lines.split("inet6 ")[1].split("/")[0]
    served.rules("chain a { type filter hook input priority 0; tcp dport 2 drop; }")
    result = served.sweep(networks=[f"{address}%{served.near}/128"], tcp=[1, 2, 3], timeout_s=1.1)
    assert (result["closed"], result["filtered"], result["unscanned"]) == (2, 1, 0)
