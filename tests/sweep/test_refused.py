import pytest

from scanner.sweep.refused import Refused


@pytest.fixture
def refused():
    return Refused(0.0)


def test_what_was_refused_around_a_standstill_is_no_answer_until_a_port_is_found_open_after_it(refused):
    refused.accepted(1.0)
    refused.refused(1.2, 1)
    refused.blinked(1.3, 3.0)
    refused.refused(3.1, 1)
    for within_s in (1.31, 2.9):
        refused.accepted(within_s)
        assert refused.since_open, "it may have been asked before or after"
    refused.accepted(3.2)
    assert not refused.since_open
    assert refused.is_turned(1.1, 1.2)
    assert refused.is_turned(3.05, 3.1)
    assert not refused.is_turned(0.5, 0.9)
    assert not refused.is_turned(3.2, 3.3)
    assert not refused.is_proven(1.1, 1.2)


def test_a_standstill_counts_once_and_without_refusals_not_at_all(refused):
    refused.accepted(1.0)
    refused.blinked(1.3, 3.0)
    refused.accepted(3.1)
    assert not refused.any_turn
    refused.refused(3.2, 1)
    refused.accepted(3.3)
    assert not refused.any_turn


def test_two_standstills_without_an_open_port_between_are_one(refused):
    refused.accepted(1.0)
    refused.blinked(1.5, 2.0)
    refused.refused(2.1, 1)
    refused.blinked(2.2, 3.0)
    refused.accepted(2.1)
    assert not refused.any_turn
    refused.accepted(3.0)
    assert refused.is_turned(1.2, 1.3)


def test_a_time_in_which_open_ports_refused_is_proven(refused):
    refused.turned(1.0, 2.0)
    assert refused.any_turn
    assert refused.is_turned(1.5, 1.6)
    assert refused.is_proven(1.5, 1.6)


def test_a_port_that_is_told_late_changes_nothing(refused):
    refused.accepted(2.0)
    refused.refused(2.1, 5)
    refused.accepted(1.0)
    assert (refused.open_s, refused.count, refused.since_open) == (2.0, 5, True)
