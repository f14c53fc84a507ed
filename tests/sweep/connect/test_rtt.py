import pytest

from scanner.sweep.connect.rtt import LATE_S, LEAST_PATIENCE_S, Host, Hosts
from scanner.sweep.pace import PATIENCE_S


def test_the_estimate_follows_rfc_6298():
    host = Host()
    host.sample(0.1)
    assert (host.srtt_s, host.rttvar_s) == (0.1, 0.05)
    host.sample(0.2)
    assert host.rttvar_s == pytest.approx(0.75 * 0.05 + 0.25 * 0.1)
    assert host.srtt_s == pytest.approx(0.875 * 0.1 + 0.125 * 0.2)
    assert host.timeout_s == pytest.approx(host.srtt_s + 4 * host.rttvar_s)


def test_a_host_without_evidence_gets_room_for_three_syns():
    hosts = Hosts(10, details=True)
    assert hosts.patience_s(1, PATIENCE_S) == PATIENCE_S
    hosts.meet(1)
    hosts.answered(1, 0.01)
    assert hosts.patience_s(1, PATIENCE_S) == PATIENCE_S


def test_a_near_host_is_waited_for_less_and_a_far_one_more():
    hosts = Hosts(10, details=True)
    for _ in range(20):
        hosts.answered(1, 0.001)
        hosts.answered(2, 0.4)
    assert LEAST_PATIENCE_S <= hosts.patience_s(1, PATIENCE_S) < 1.0
    assert hosts.patience_s(2, PATIENCE_S) >= 0.8
    assert hosts.patience_s(2, 0.5) == 0.5


def test_an_answer_after_the_second_syn_is_late_and_no_sample():
    hosts = Hosts(10, details=True)
    for _ in range(10):
        assert not hosts.answered(1, 0.01)
    before = hosts.patience_s(1, PATIENCE_S)
    assert hosts.answered(1, LATE_S + 0.1)
    assert hosts.patience_s(1, PATIENCE_S) == before


def test_on_a_slow_path_a_second_is_not_late():
    hosts = Hosts(10, details=True)
    for _ in range(200):
        hosts.answered(1, 0.9)
    assert not hosts.answered(1, 1.1)


def test_whoever_is_met_is_told_once_where_hosts_have_details():
    hosts = Hosts(10, details=True)
    hosts.meet(7)
    hosts.meet(8, at_once=True)
    assert hosts.newly_met == [7, 8]
    plain = Hosts(10, details=False)
    plain.meet(7)
    assert plain.newly_met == []


def test_details_of_many_hosts_are_forgotten_but_not_that_they_live():
    hosts = Hosts(10**7, details=True)
    for number in range(70_000):
        hosts.meet(number, at_once=True)
    assert 60_000 < len(hosts._known) <= 65_536
    assert 0 in hosts.living
    assert len(hosts.living) == 70_000
    assert hosts.patience_s(0, PATIENCE_S) == PATIENCE_S
    assert hosts.patience_s(69_999, PATIENCE_S) < PATIENCE_S
