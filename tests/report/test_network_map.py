"""The map: every host that answered, by its worst finding, and never in colours alone."""

from dataclasses import replace

from lxml import etree

from scanner.core.finding import FindingState, Severity, Status
from scanner.core.report import EndpointRow
from scanner.core.unheard import Unheard
from scanner.report.network_map import network_map
from tests.report import samples


def cells(svg):
    root = etree.fromstring(f"<div>{svg}</div>").find("svg")
    return [(one.get("class"), one.find("text").text, one.find("title").text) for one in root.iter("g")]


def rows(*addresses):
    return tuple(EndpointRow(endpoint=samples.endpoint(address)) for address in addresses)


def test_each_host_has_its_worst_finding_in_the_order_of_addresses():
    found = samples.report(
        samples.finding("10.0.0.30", severity=Severity.LOW),
        samples.finding("10.0.0.30", 6380),
        samples.docker_finding("10.0.0.4"),
    )
    unheard = EndpointRow(endpoint=samples.endpoint("10.0.0.7"), status=Status.INCONCLUSIVE, reason=Unheard.TIMED_OUT)
    (network, svg), *rest = network_map(replace(found, endpoints=(*rows("10.0.0.200"), unheard))).networks
    assert (network, rest) == ("10.0.0.0/24", [])
    assert cells(svg) == [
        ("critical", "4 C", "10.0.0.4: critical"),
        ("unheard", "7 ?", "10.0.0.7: not heard out"),
        ("high", "30 H", "10.0.0.30: high"),
        ("quiet", "200", "10.0.0.200: without a finding"),
    ]
    assert "1 critical, 1 high, 1 not heard out, 1 without a finding" in svg


def test_what_is_accepted_colours_no_host():
    report = samples.report(samples.finding("10.0.0.1", state=FindingState.ACCEPTED))
    (_, svg), *_ = network_map(replace(report, endpoints=())).networks or [("", "")]
    assert svg == ""


def test_networks_of_both_families_are_told_apart():
    report = replace(samples.clean_report(), endpoints=rows("10.0.1.9", "fd00:20::252", "10.0.0.1", "fe80::1%eth0"))
    drawn = dict(network_map(report).networks)
    assert list(drawn) == ["10.0.0.0/24", "10.0.1.0/24", "fd00:20::/64", "fe80::/64"]
    assert [cells(svg)[0][1] for svg in drawn.values()] == ["1", "9", "252", "1"]


def test_too_many_networks_leave_the_worst():
    many = rows(*(f"10.0.{third}.1" for third in range(40)))
    drawn = network_map(replace(samples.report(samples.finding("10.0.39.1")), endpoints=many))
    assert len(drawn.networks) == 24
    assert drawn.networks[-1][0] == "10.0.39.0/24"
    assert drawn.left_out == "and 16 more networks with 16 hosts"


def test_no_host_is_no_map():
    assert network_map(samples.clean_report()) == ((), "")
