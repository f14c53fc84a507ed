"""What a run may say of an endpoint that it has no row for; compare (test_change.py) speaks with these words."""

from dataclasses import replace
from ipaddress import ip_address

import pytest

from scanner.core.address import to_number
from scanner.core.endpoint import Endpoint
from scanner.core.intervals import Intervals
from scanner.core.ports import PortSet, Transport
from scanner.core.report import EndpointRow, RunStatus
from scanner.core.space import Block, Space
from scanner.findings.run_coverage import RunCoverage, endpoint_key, in_space, planned_space, space_words
from tests.report import samples

REDIS = samples.endpoint("127.0.0.1", 6379)
SPACE = [{"addresses": ["127.0.0.0-127.0.0.3"], "ports": "2375,6379,U:53"}]


def covered(coverage=None, options=None, earlier=None, **changes):
    """Return what a run over SPACE says, with all of its closed endpoints kept unless told otherwise."""
    kept = coverage or samples.coverage(open=0, closed=1, filtered=7, closed_list=("127.0.0.2:22",))
    run = samples.run(options={"space": SPACE} if options is None else options, **changes)
    old = samples.report(run=samples.run(options=earlier or {}))
    return RunCoverage.of(replace(samples.clean_report(), run=run, coverage=kept), old)


def unseen(**coverage):
    fields = {"open": 0, "closed": 1, "closed_list": ("127.0.0.2:22",), **coverage}
    return covered(samples.coverage(**fields)).why_unseen(REDIS)


def test_a_port_of_a_transport_is_another_endpoint():
    udp = Endpoint(ip_address("127.0.0.1"), 6379, Transport.UDP)
    assert endpoint_key(REDIS) != endpoint_key(udp)
    assert endpoint_key(REDIS) == endpoint_key(replace(REDIS, name="cache"))


@pytest.mark.parametrize(
    ("words", "size"),
    [
        ([{"addresses": ["10.0.0.1"], "ports": "80"}], 1),
        ([{"addresses": ["10.0.0.0-10.0.0.3", "::1"], "ports": "80-81,U:53"}], 15),
        ([{"addresses": ["10.0.0.1"], "ports": "80"}, {"addresses": ["10.0.0.2"], "ports": "81"}], 2),
    ],
)
def test_a_space_is_read_as_it_was_written(words, size):
    space = planned_space({"space": words})
    assert space.size == size
    assert planned_space({"space": space_words(space)}) == space


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"space": None},
        {"space": []},
        {"space": "10.0.0.1"},
        {"space": [{"addresses": ["10.0.0.1"], "ports": "x"}]},
        {"space": [{"addresses": ["10.0.0.300"], "ports": "80"}]},
        {"space": SPACE, "shard": "1/2"},
    ],
)
def test_what_does_not_say_what_was_planned_is_no_space(options):
    assert planned_space(options) is None


def test_a_space_of_too_many_pieces_is_not_listed():
    addresses = Intervals((number, number) for number in range(0, 6_000, 2))
    assert space_words(Space([Block(addresses, PortSet.of([80]))])) is None


def test_an_address_with_a_zone_that_is_not_here_is_in_no_space():
    number = to_number(ip_address("fe80::1"))
    space = Space([Block(Intervals([(number, number)]), PortSet.of([80]))])
    assert in_space(space, Endpoint(ip_address("fe80::1"), 80))
    assert not in_space(space, Endpoint(ip_address("fe80::1%nosuch0"), 80))


@pytest.mark.parametrize(
    ("endpoint", "options", "earlier", "seen"),
    [
        (REDIS, None, None, True),
        (samples.endpoint("127.0.0.4", 6379), None, None, False),
        (samples.endpoint("127.0.0.1", 6380), None, None, False),
        (REDIS, {"targets": ["a"]}, {"targets": ["a"]}, True),
        (REDIS, {"targets": ["a"]}, {"targets": ["b"]}, False),
        (REDIS, {"targets": ["a"], "exclude": ["c"]}, {"targets": ["a"]}, False),
    ],
)
def test_only_what_was_planned_was_looked_at(endpoint, options, earlier, seen):
    why = covered(options=options, earlier=earlier).why_unseen(endpoint)
    assert why == ("" if seen else "not in the scope of the newer run")


@pytest.mark.parametrize(
    ("coverage", "why"),
    [
        ({"closed": 0, "filtered": 8, "closed_list": ()}, "nothing answered the newer run"),
        ({"unscanned": 1, "unscanned_list": ("127.0.0.1:6379: no descriptors",)}, "did not look at it"),
        ({"unscanned": 1, "unscanned_list": ("127.0.0.2:6379: no descriptors",)}, ""),
        ({"unscanned": 1, "unscanned_list": ("[::1]:6379: no descriptors",)}, ""),
        ({"unscanned": 2, "unscanned_list": ("127.0.0.2:6379: no descriptors",)}, "did not look at it"),
        ({"unscanned": 1, "unscanned_list": ("an endpoint that the run did not come to",)}, "did not look at it"),
        ({"unscanned": 9, "unscanned_list": ("127.0.0.0/24 80: stopped",)}, "did not look at it"),
    ],
)
def test_a_list_that_does_not_name_all_may_leave_out_any(coverage, why):
    assert unseen(**coverage).endswith(why)
    assert bool(unseen(**coverage)) is bool(why)


@pytest.mark.parametrize(
    ("coverage", "rows", "why"),
    [
        ({"closed": 1, "filtered": 7, "closed_list": ("127.0.0.1:6379",)}, (), "the port refuses connections now"),
        ({"closed": 1, "filtered": 7, "closed_list": ("127.0.0.1:22",)}, (), "stays silent now"),
        ({"closed": 1, "filtered": 7, "closed_list": ("127.0.0.2:22",)}, (), ""),
        ({"closed": 0, "open": 1, "filtered": 7}, ("127.0.0.1",), "stays silent now"),
        # Without the whole list, a host of which nothing is known may be down.
        ({"closed": 8, "filtered": 0}, (), "the port is not open any more"),
        ({"closed": 7, "filtered": 1}, (), ""),
        ({"closed": 7, "filtered": 0, "unreachable": 1}, (), ""),
        ({"closed": 7, "filtered": 1}, ("127.0.0.1",), "the port is not open any more"),
        ({"closed": 7, "filtered": 1}, ("127.0.0.2",), ""),
    ],
)
def test_shut_is_only_what_its_host_has_said(coverage, rows, why):
    kept = samples.coverage(**{"open": 0, **coverage})
    run = samples.run(options={"space": SPACE})
    seen = tuple(EndpointRow(endpoint=samples.endpoint(address, 22)) for address in rows)
    report = replace(samples.clean_report(), run=run, coverage=kept, endpoints=seen)
    held = RunCoverage.of(report, report)
    assert held.why_shut(REDIS).startswith(why) or why in held.why_shut(REDIS)
    assert bool(held.why_shut(REDIS)) is bool(why)
    assert bool(held.why_unknown(REDIS)) is True


@pytest.mark.parametrize(("closed", "on_its_host"), [(5, False), (0, True)])
def test_a_port_is_not_shut_where_one_row_stands_for_several_open_ones(closed, on_its_host):
    run = samples.run(options={"space": SPACE})
    row = EndpointRow(endpoint=samples.endpoint("127.0.0.1" if on_its_host else "127.0.0.3", 2375))
    kept = samples.coverage(open=3, closed=closed, filtered=0)
    report = replace(samples.clean_report(), run=run, coverage=kept, endpoints=(row,))
    crowd = RunCoverage.of(report, report)
    assert (crowd.why_shut(REDIS), bool(crowd.why_unknown(REDIS))) == ("", True)
    alone = replace(report, coverage=replace(kept, open=1))
    assert RunCoverage.of(alone, alone).why_shut(REDIS)
    merged = replace(report, endpoints=(replace(row, reached_from=("a", "b", "c")),))
    assert RunCoverage.of(merged, merged).why_shut(REDIS)


def test_a_subject_is_gone_only_from_a_machine_that_was_seen_whole():
    process = replace(REDIS, port=0, subject="process: /tmp/x")
    options = {"host": True}
    whole = covered(options=options, earlier=options)
    part = covered(options=options, earlier=options, status=RunStatus.INCOMPLETE)
    assert whole.why_shut(process) == "it is not on the machine any more"
    assert (part.why_shut(process), part.why_unseen(process)) == ("", "the newer run could not see all of the machine")


def test_a_listener_that_a_whole_view_from_the_inside_does_not_list_is_shut():
    options = {"host": "web-1"}
    whole = covered(options=options, earlier=options, engine="host")
    part = covered(options=options, earlier=options, engine="host", status=RunStatus.INCOMPLETE)
    other = covered(options=options, earlier={"host": "web-2"}, engine="host")
    assert whole.why_shut(REDIS) == "nothing listens there on the machine any more"
    assert (part.why_shut(REDIS), part.why_unseen(REDIS)) == ("", "the newer run could not see all of the machine")
    assert (other.why_shut(REDIS), other.why_unseen(REDIS)) == ("", "not in the scope of the newer run")
