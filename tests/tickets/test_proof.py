"""What reports say of a place: the only grounds on which a ticket is closed."""

from dataclasses import replace
from ipaddress import ip_address

import pytest

from scanner.core.endpoint import Endpoint
from scanner.core.errors import UsageError
from scanner.core.finding import Status
from scanner.core.ports import Transport
from scanner.tickets.proof import Sight, place_of, read_looks, target_of
from tests.tickets.worlds import night, redis_finding

HERE = redis_finding()
PLACE = "127.0.0.1:6379"


def test_virtual_hosts_of_one_port_are_settled_by_the_least_protected():
    base = redis_finding(port=8080)
    looks = read_looks(night(1, base, protected=(base,)))
    assert looks.at(str(base.endpoint)).sight is Sight.EXPOSED


def test_a_proof_from_before_the_report_is_refused():
    with pytest.raises(UsageError, match="look again"):
        read_looks(night(2), [night(1)])


@pytest.mark.parametrize(
    ("status", "sight", "settles"),
    [
        (Status.INCONCLUSIVE, Sight.UNSEEN, False),
        (Status.OPEN, Sight.ANSWERS, False),
        (Status.IDENTIFIED, Sight.ANSWERS, False),
        (Status.PROTECTED, Sight.PROTECTED, True),
        (Status.EXPOSED, Sight.EXPOSED, False),
    ],
)
def test_only_a_refusal_settles(status, sight, settles):
    report = night(1, HERE)
    look = read_looks(replace(report, endpoints=(replace(report.endpoints[0], status=status),))).at(PLACE)
    assert (look.sight, look.sight.settles) == (sight, settles)
    assert look.words.endswith("in run run1, which ended 2026-03-01T01:10:00Z")


def test_a_host_that_refused_settles_every_path_of_its_port():
    looks = read_looks(night(1, closed=(HERE,)))
    assert looks.at(PLACE).sight is looks.at(f"{PLACE}|/a").sight is Sight.CLOSED
    assert not looks.at("127.0.0.1:63790").sight.settles
    assert not looks.at(f"{PLACE}/udp").sight.settles


def test_what_no_report_names_was_not_looked_at():
    look = read_looks(night(1)).at(PLACE)
    assert look.sight is Sight.UNSEEN
    assert "that is no proof of a fix" in look.words


def test_what_a_report_was_not_to_look_at_is_another_s():
    report = night(1)
    space = [{"addresses": ["127.0.0.1"], "ports": "6379"}]
    looks = read_looks(replace(report, run=replace(report.run, options={"space": space})))
    assert looks.at(PLACE).sight is Sight.UNSEEN
    assert looks.at("127.0.0.2:6379").sight is looks.at(f"{PLACE}/udp").sight is Sight.OUTSIDE
    part = read_looks(replace(report, run=replace(report.run, options={"shard": "1/2"})))
    assert part.at(PLACE).sight is Sight.OUTSIDE
    assert looks.at("process: /tmp/x").sight is Sight.UNSEEN


def test_the_latest_look_counts_whatever_the_zones_of_the_clocks():
    early, late = night(2, HERE), night(3, closed=(HERE,))
    early = replace(early, run=replace(early.run, started="2026-03-04T00:30:00+23:59"))
    for proofs in ((early, late), (late, early)):
        assert read_looks(night(1), proofs).at(PLACE).sight is Sight.CLOSED


@pytest.mark.parametrize("time", ["", "yesterday\x1b[2J", "2026-03-02T01:00:00", "2026-03-02"])
def test_a_time_that_says_no_moment_is_refused_in_one_line(time):
    proof = night(2)
    with pytest.raises(UsageError, match="not a time in ISO 8601 with its zone") as caught:
        read_looks(night(1), [replace(proof, run=replace(proof.run, started=time))])
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    ("endpoint", "place", "target"),
    [
        (Endpoint(ip_address("10.0.0.5"), 80), "10.0.0.5:80", "10.0.0.5:80"),
        (Endpoint(ip_address("10.0.0.5"), 80, base_path="/a"), "10.0.0.5:80|/a", "10.0.0.5:80"),
        (Endpoint(ip_address("fe80::1%eth0"), 80), "[fe80::1%eth0]:80", "[fe80::1%eth0]:80"),
        (Endpoint(ip_address("10.0.0.5"), 53, Transport.UDP), "10.0.0.5:53/udp", ""),
        (Endpoint(ip_address("127.0.0.1"), 0, subject="file: /x:80"), "file: /x:80", ""),
    ],
)
def test_a_place_is_named_and_becomes_a_target_where_it_can(endpoint, place, target):
    assert place_of(endpoint) == place
    assert target_of(place) == target


@pytest.mark.parametrize(
    "place",
    [
        "10.0.0.5:80\n8.8.8.8:22",
        "10.0.0.5\n8.8.8.8:22",
        "[fe80::1%a\n8.8.8.8:1]:80",
        "[fe80::1%a --allow-public]:80",
        "10.0.0.0/8",
        "10.0.0.0/8:80",
        "10.0.0.5:0",
        "10.0.0.5:65536",
        "10.0.0.5:-1",
        "10.0.0.5",
        "evil.example:80",
        "@local:80",
        "",
    ],
)
def test_what_somebody_wrote_into_a_ticket_widens_no_scan(place):
    assert target_of(place) == ""
