"""What hosts of all kinds make of a sweep at defaults: on a virtual clock, through the whole connect engine."""

from collections import Counter

import pytest

from scanner.core.rates import HOST_RATE
from tests.support.virtual_net import Filtered, Host, Limited, Shy, sweep
from tests.sweep.jobs import make_plan

ADDRESS = "10.1.1.1"
PORTS = range(1, 601)
OPEN = (5, 80, 597)


def each_second(times):
    return Counter(int(at_s - times[0]) for at_s in times)


def run(host, **pace):
    return sweep(make_plan(ADDRESS, PORTS, rate=None, **pace), {ADDRESS: host})


def test_a_host_that_answers_at_once_is_asked_as_fast_as_it_answers():
    host = Host(*OPEN)
    found, tally, took_s = run(host)
    assert found == list(OPEN)
    assert (tally.closed, tally.filtered, tally.unscanned) == (597, 0, 0)
    assert took_s < 0.5
    # One that is open is asked once more: its answer confirms all those that refused.
    assert len(host.asked) == len(PORTS) + 1


def test_a_polite_run_keeps_the_ceiling_of_a_host():
    host = Host(*OPEN)
    found, tally, _ = run(host, polite=True)
    assert (found, tally.closed) == (list(OPEN), 597)
    assert max(each_second(host.asked).values()) <= HOST_RATE * 1.05


def test_a_device_that_drops_connections_above_200_a_second_is_found_out_and_spared():
    host = Limited(*OPEN, limit=200)
    found, tally, _ = run(host)
    assert found == list(OPEN)
    assert (tally.closed, tally.filtered, tally.unscanned) == (597, 0, 0)
    dropped, asked = each_second([host.asked[0], *host.dropped]), each_second(host.asked)
    assert sum(count for second, count in dropped.items() if second >= 3) == 0
    assert max(count for second, count in asked.items() if second >= 3) <= 200
    assert len(host.dropped) < 3 * 200


def test_a_device_that_goes_silent_when_hurried_is_left_alone_and_then_spared():
    host = Shy(*OPEN, limit=200, sulks_s=8.0)
    found, tally, _ = run(host)
    assert found == list(OPEN)
    assert (tally.closed, tally.filtered, tally.unscanned) == (597, 0, 0)
    assert host.sulks == 1
    while_it_sulked = [count for second, count in each_second(host.asked).items() if 1 <= second < 8]
    assert max(while_it_sulked) < 10


def test_what_a_device_that_never_came_back_would_have_said_is_unscanned():
    host = Shy(*OPEN, limit=200, sulks_s=1e9)
    found, tally, _ = run(host)
    assert tally.filtered == 0
    assert tally.closed + len(found) + tally.unscanned == len(PORTS)
    assert tally.unscanned > 300
    assert any("fell silent while it was asked" in problem.detail for problem in tally.problems)


def test_limited_resets_slow_the_host_down_and_no_closed_port_is_taken_for_silent():
    host = Limited(*OPEN, limit=100, only_resets=True)
    found, tally, _ = run(host)
    assert found == list(OPEN)
    assert (tally.closed, tally.filtered) == (597, 0)


@pytest.mark.parametrize("closed", [range(100, 110), range(1, 601, 2)], ids=["few answer", "half answers"])
def test_ports_that_are_really_silent_cost_no_pause(closed):
    host = Filtered(*OPEN, closed=set(closed) - set(OPEN))
    found, tally, took_s = run(host)
    assert found == list(OPEN)
    assert tally.filtered == 600 - len(set(closed) | set(OPEN))
    assert tally.unscanned == 0
    assert took_s < 14


def test_one_slow_host_holds_up_nobody_else():
    slow, quick = Limited(*OPEN, limit=50), Host(*OPEN)
    plan = make_plan([ADDRESS, "10.1.1.2"], range(1, 401), rate=None)
    _, tally, took_s = sweep(plan, {ADDRESS: slow, "10.1.1.2": quick})
    assert (tally.closed, tally.filtered) == (796, 0)
    # What follows are canaries: it is known to be open.
    assert quick.asked[399] - quick.asked[0] < 1.0
    assert took_s > 5


def test_silent_addresses_cost_those_that_answer_nothing():
    plan = make_plan([f"10.1.1.{number}" for number in range(1, 9)], range(1, 301), rate=None)
    host = Host(*OPEN)
    found, tally, _ = sweep(plan, {ADDRESS: host})
    assert found == [5, 80]
    assert (tally.closed, tally.filtered) == (298, 7 * 300)
    # Canaries come later.
    assert host.asked[299] - host.asked[0] < 3.0
