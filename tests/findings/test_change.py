from dataclasses import replace
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.address import to_number
from scanner.core.endpoint import Endpoint
from scanner.core.finding import FindingState, Status
from scanner.core.intervals import Intervals
from scanner.core.ports import PortSet, Transport
from scanner.core.problem import Problem, ProblemKind
from scanner.core.report import EndpointRow, RunStatus
from scanner.core.space import Block, Space
from scanner.findings.baseline import mark_known
from scanner.findings.change import Fate, compare
from scanner.findings.run_coverage import in_space, planned_space, space_words
from tests.report import samples


def space_of(*addresses, tcp=(2375, 6379), udp=()):
    spans = Intervals((to_number(ip_address(text)), to_number(ip_address(text))) for text in addresses)
    return Space([Block(spans, PortSet.of(tcp, udp))])


def run_over(*addresses, **changes):
    return samples.run(options={"space": space_words(space_of(*addresses))}, **changes)


OLD = samples.report(samples.finding("127.0.0.1"), run=run_over("127.0.0.1", "127.0.0.2"))


ALL_REFUSED = replace(samples.clean_report(), coverage=samples.coverage(open=0, closed=8, filtered=0))


def fates(new, old=OLD):
    return [(change.fate, change.why) for change in compare(old, new)]


def test_the_same_finding_is_unchanged_whatever_its_version_and_words():
    found = replace(samples.finding("127.0.0.1"), version="9", detail="other", product="Valkey")
    assert fates(samples.report(found, run=run_over("127.0.0.1"))) == [(Fate.UNCHANGED, "")]


def test_what_only_the_newer_run_has_is_new():
    new = samples.report(samples.finding("127.0.0.1"), samples.finding("127.0.0.2"), run=run_over("127.0.0.1"))
    assert [fate for fate, _ in fates(new)] == [Fate.UNCHANGED, Fate.NEW]


def test_a_port_of_a_run_in_which_all_that_was_not_open_refused_is_gone():
    coverage = samples.coverage(open=0, closed=8, filtered=0)
    new = replace(samples.clean_report(), run=run_over("127.0.0.1"), coverage=coverage)
    assert fates(new) == [(Fate.GONE, "the port is not open any more")]


def test_a_large_run_with_silence_in_it_never_calls_a_host_fixed_that_may_be_down():
    new = replace(samples.clean_report(), run=run_over("127.0.0.1"))
    assert (new.coverage.filtered, new.coverage.closed_list) == (1, ())
    assert fates(new) == [(Fate.UNKNOWN, "which endpoints refused was not kept")]
    row = EndpointRow(endpoint=samples.endpoint("127.0.0.1", 22))
    assert [fate for fate, _ in fates(replace(new, endpoints=(row,)))] == [Fate.GONE]


@pytest.mark.parametrize(
    ("closed", "fate", "why"),
    [
        (("127.0.0.1:6379",), Fate.GONE, "the port refuses connections now"),
        (("127.0.0.1:22",), Fate.GONE, "the port stays silent now, and its host answers on others"),
        (("127.0.0.2:6379",), Fate.UNKNOWN, "its host did not answer"),
    ],
)
def test_a_run_that_keeps_its_closed_ports_tells_refusal_from_silence(closed, fate, why):
    coverage = samples.coverage(open=0, closed=1, filtered=7, closed_list=closed)
    new = replace(samples.clean_report(), run=run_over("127.0.0.1"), coverage=coverage)
    assert fates(new) == [(fate, why)]


@pytest.mark.parametrize(
    ("status", "fate"),
    [
        (Status.PROTECTED, Fate.GONE),
        (Status.IDENTIFIED, Fate.UNKNOWN),
        (Status.OPEN, Fate.UNKNOWN),
        (Status.INCONCLUSIVE, Fate.UNKNOWN),
    ],
)
def test_an_open_port_is_gone_only_when_it_refuses(status, fate):
    row = EndpointRow(endpoint=samples.endpoint("127.0.0.1"), status=status, service="redis")
    new = samples.report(run=run_over("127.0.0.1"), endpoints=(row,))
    assert [found for found, _ in fates(new)] == [fate]


def test_what_was_not_looked_at_again_is_unknown_with_the_reason():
    clean = samples.clean_report()
    blind = replace(samples.blind_report(), run=run_over("127.0.0.1"))
    cut = replace(clean, run=run_over("127.0.0.1", status=RunStatus.INTERRUPTED))
    listed = samples.coverage(open=0, closed=6, unscanned=1, unscanned_list=("127.0.0.1:6379: no descriptors",))
    words = samples.coverage(
        open=0, closed=2, unscanned=5, unscanned_list=("5 endpoints that the run did not come to",)
    )
    other = samples.coverage(
        open=0, closed=7, filtered=0, unscanned=1, unscanned_list=("127.0.0.2:6379: no descriptors",)
    )
    assert fates(replace(clean, run=run_over("127.0.0.2"))) == [(Fate.UNKNOWN, "not in the scope of the newer run")]
    assert fates(blind) == [(Fate.UNKNOWN, "nothing answered the newer run")]
    for coverage in (listed, words):
        assert fates(replace(cut, coverage=coverage)) == [(Fate.UNKNOWN, "the newer run did not look at it")]
    row = EndpointRow(endpoint=samples.endpoint("127.0.0.1", 22))
    seen = replace(cut, coverage=other, endpoints=(row,))
    assert fates(seen) == [(Fate.GONE, "the port is not open any more")]


@pytest.mark.parametrize("kind", ["network-lost", "host-fell-silent", "nothing-answered"])
@pytest.mark.parametrize(
    ("closed", "fate"),
    [(("127.0.0.1:22",), Fate.UNKNOWN), (("127.0.0.1:6379",), Fate.GONE), ((), Fate.UNKNOWN)],
    ids=["silent", "refused", "closed ports not kept"],
)
def test_silence_in_a_run_that_lost_its_network_or_was_banned_is_unknown(kind, closed, fate):
    coverage = samples.coverage(open=0, closed=1, filtered=7, closed_list=closed)
    lost = (Problem(ProblemKind(kind), "network", "silent now"),)
    new = replace(samples.clean_report(), run=run_over("127.0.0.1"), coverage=coverage, problems=lost)
    assert [found for found, _ in fates(new)] == [fate]


def test_a_part_of_the_work_says_nothing_of_the_rest():
    options = {**run_over("127.0.0.1").options, "shard": "1/2"}
    new = replace(samples.clean_report(), run=samples.run(options=options))
    assert fates(new) == [(Fate.UNKNOWN, "not in the scope of the newer run")]


def test_reports_without_a_space_are_compared_when_they_were_asked_the_same():
    options = {"targets": ["127.0.0.1"], "ports": "6379"}
    old = replace(OLD, run=samples.run(options=options))
    whole = replace(samples.clean_report(), coverage=samples.coverage(open=0, closed=8, filtered=0))
    same = replace(whole, run=samples.run(options=options))
    other = replace(whole, run=samples.run(options={**options, "ports": "2375"}))
    assert [fate for fate, _ in fates(same, old)] == [Fate.GONE]
    assert [fate for fate, _ in fates(other, old)] == [Fate.UNKNOWN]


SPANS = st.lists(st.tuples(st.integers(0, 1 << 20), st.integers(0, 1 << 10)), min_size=1, max_size=5)


@given(SPANS, st.sets(st.integers(1, 65_535), min_size=1, max_size=5), st.sets(st.integers(1, 65_535), max_size=5))
def test_a_space_survives_its_words(spans, tcp, udp):
    base = to_number(ip_address("10.0.0.0"))
    addresses = Intervals((base + first, base + first + more) for first, more in spans)
    space = Space([Block(addresses, PortSet.of(tcp, udp))])
    again = planned_space({"space": space_words(space)})
    assert again == space
    first = ip_address("10.0.0.0") + spans[0][0]
    assert in_space(again, Endpoint(first, min(tcp)))
    assert not in_space(again, Endpoint(ip_address("9.255.255.255"), min(tcp)))
    assert in_space(again, Endpoint(first, min(tcp), Transport.UDP)) == (min(tcp) in udp)


def test_a_space_of_too_many_pieces_is_left_out_and_hostile_words_mean_nothing():
    base = to_number(ip_address("10.0.0.0"))
    pieces = Intervals((base + 2 * number, base + 2 * number) for number in range(3_000))
    assert space_words(Space([Block(pieces, PortSet.of([1]))])) is None
    for words in ("x", [1], [{}], [{"addresses": ["nonsense name"], "ports": "1"}], [{"ports": "99999"}]):
        assert planned_space({"space": words}) in {None, Space()}


def test_the_baseline_marks_what_it_knew_and_since_when():
    now = samples.report(samples.finding("127.0.0.1"), samples.finding("127.0.0.2"))
    known, new = mark_known(now, OLD).findings
    assert (known.state, known.first_seen) == (FindingState.KNOWN, OLD.run.started)
    assert (new.state, new.first_seen) == (FindingState.NEW, None)


def test_a_chain_of_baselines_keeps_the_first_day():
    second = replace(mark_known(OLD, OLD), run=samples.run(started="2027-01-01T00:00:00Z"))
    (found,) = mark_known(OLD, second).findings
    assert found.first_seen == OLD.run.started


def web(path, status, host=None):
    endpoint = Endpoint(ip_address("127.0.0.1"), 6379, base_path=path, host=host)
    return EndpointRow(endpoint=endpoint, status=status, service="redis")


@pytest.mark.parametrize(
    ("rows", "fate"),
    [
        ((web("/a", Status.OPEN), web("/b", Status.PROTECTED)), Fate.UNKNOWN),
        ((web("/b", Status.PROTECTED), web("/a", Status.OPEN)), Fate.UNKNOWN),
        ((web("/a", Status.PROTECTED), web("/b", Status.EXPOSED)), Fate.GONE),
        # None of them is the place itself: what proves least speaks for the port.
        ((web("/b", Status.PROTECTED), web("/c", Status.INCONCLUSIVE)), Fate.UNKNOWN),
        ((web("/a", Status.OPEN, "one"), web("/a", Status.PROTECTED, "two")), Fate.UNKNOWN),
    ],
)
def test_of_several_urls_behind_a_port_the_one_that_is_meant_proves_the_fix(rows, fate):
    known = replace(samples.finding("127.0.0.1"), endpoint=web("/a", Status.EXPOSED).endpoint)
    old = samples.report(known, run=run_over("127.0.0.1"))
    new = replace(samples.clean_report(), endpoints=rows, run=run_over("127.0.0.1"))
    assert [change.fate for change in compare(old, new)] == [fate]


@pytest.mark.parametrize(
    ("filtered", "answering", "fate"),
    [(0, (), Fate.GONE), (2, (), Fate.UNKNOWN), (2, ("127.0.0.1",), Fate.GONE), (2, ("127.0.0.2",), Fate.UNKNOWN)],
)
def test_a_large_run_calls_nothing_gone_whose_host_may_be_down(filtered, answering, fate):
    clean = samples.clean_report()
    coverage = replace(clean.coverage, closed=5_000, closed_list=(), filtered=filtered)
    rows = tuple(EndpointRow(endpoint=Endpoint(ip_address(host), 22)) for host in answering)
    new = replace(clean, run=run_over("127.0.0.1"), coverage=coverage, endpoints=rows)
    assert [one for one, _ in fates(new)] == [fate]


@pytest.mark.parametrize(("seed", "fate"), [(7, Fate.GONE), (8, Fate.UNKNOWN)])
def test_the_same_shard_of_another_seed_is_another_part_of_the_network(seed, fate):
    clean = ALL_REFUSED
    before = replace(OLD, run=samples.run(options={"shard": "1/2"}, shard="1/2", seed=7))
    now = replace(clean, run=samples.run(options={"shard": "1/2"}, shard="1/2", seed=seed))
    assert [one for one, _ in fates(now, before)] == [fate]
