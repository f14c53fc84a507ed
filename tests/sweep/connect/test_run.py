import asyncio

import pytest

from scanner.sweep.connect.engine import ConnectEngine
from scanner.sweep.engine import Checkpoint
from tests.support import virtual_net
from tests.sweep.jobs import assert_balanced, make_job, make_plan, run


class Ledger:
    def __init__(self, checkpoint=None):
        self.checkpoint = checkpoint or Checkpoint()
        self.committed = []

    def restore(self):
        return self.checkpoint

    def commit(self, checkpoint):
        self.committed.append(checkpoint)


def sweep(plan, *, ledger=None, stopped=False):
    async def go():
        job = make_job(plan)
        job.ledger = ledger
        if stopped:
            job.stop.set()
        return job, await run(ConnectEngine(), job)

    return asyncio.run(go())


def test_a_sweep_that_is_stopped_before_it_starts_sends_nothing_and_says_so(network):
    job, found = sweep(make_plan(network, [1]), stopped=True)
    assert found == []
    assert (job.tally.planned, job.tally.unscanned, job.tally.settled) == (256, 256, 0)
    assert job.tally.unscanned_list == ["256 endpoints that the run did not come to"]
    assert_balanced(job.tally)


def test_second_attempts_that_a_stop_cuts_short_were_counted_as_filtered_and_stay_so():
    host = virtual_net.Filtered(1, closed=range(2, 31))
    plan = make_plan("10.1.1.1", range(1, 41), rate=None)
    found, tally, _ = virtual_net.sweep(plan, {"10.1.1.1": host}, stop_s=4.0)
    assert (found, tally.closed, tally.filtered, tally.unscanned) == ([1], 29, 10, 0)
    assert tally.problems == []


def test_a_finished_sweep_has_committed_everything(network, listeners):
    _, port = listeners(7)
    ledger = Ledger()
    job, found = sweep(make_plan(network, [port]), ledger=ledger)
    assert [event.port for event in found] == [port]
    last = ledger.committed[-1]
    assert (last.low_water, last.open, last.closed) == (256, 1, 255)
    assert [event.port for kept in ledger.committed for event in kept.opened] == [port]
    assert job.tally.alive


def test_a_finished_sweep_that_is_resumed_tries_nothing_again(network, listeners):
    _, port = listeners(7)
    first = Ledger()
    sweep(make_plan(network, [port]), ledger=first)
    done = first.committed[-1]
    met = [address for kept in first.committed for address in kept.met]
    again = Ledger(Checkpoint(low_water=256, open=done.open, closed=done.closed, met=met))
    job, found = sweep(make_plan(network, [port]), ledger=again)
    assert found == []
    assert (job.tally.open, job.tally.closed, job.tally.unscanned) == (1, 255, 0)
    assert job.tally.hosts_alive == len(job.tally.alive) == 256


@pytest.mark.parametrize("seconds", [1.0, 3.0, 8.0])
@pytest.mark.parametrize("moment_s", [0.025, 0.055, 0.085, 0.115, 0.4, 1.3, 2.5])
def test_nothing_is_closed_while_a_firewall_resets_everything_for_a_while(moment_s, seconds):
    """Up to ten open ports were called closed: those that were open already were known only 0.1 s later."""
    host = virtual_net.Refusing(80, from_s=moment_s, to_s=moment_s + seconds)
    hosts = {f"10.1.1.{number}": host for number in range(256)}
    found, tally, _ = virtual_net.sweep(make_plan("10.1.1.0/24", [80], rate=100), hosts)
    assert (len(found), tally.closed, tally.unscanned) == (256, 0, 0)


def test_nothing_is_closed_when_a_firewall_resets_everything_for_good():
    """Fifteen ports were still asked when the network had been given up, and called closed."""
    host = virtual_net.Refusing(80, from_s=0.5, to_s=10_000.0)
    hosts = {f"10.1.{number >> 8}.{number & 255}": host for number in range(1_024)}
    found, tally, _ = virtual_net.sweep(make_plan("10.1.0.0/22", [80], rate=100), hosts)
    assert (tally.closed, tally.unscanned) == (0, 1_024 - len(found))


@pytest.mark.parametrize("seconds", [1.2, 2.0, 2.6])
@pytest.mark.parametrize("stalled_s", [0.39, 0.402, 0.41, 0.5, 0.9])
def test_nothing_is_closed_when_the_process_stands_still_while_a_firewall_resets_everything(stalled_s, seconds):
    """One port was refused, the process did not run for 1.7 s, and a port that was open then confirmed the refusal."""
    host = virtual_net.Refusing(80, from_s=0.395, to_s=0.395 + seconds)
    hosts = {f"10.1.1.{number}": host for number in range(256)}
    plan = make_plan("10.1.1.0/24", [80], rate=100)
    found, tally, _ = virtual_net.sweep(plan, hosts, stall=(stalled_s, 1.7))
    assert (len(found), tally.closed, tally.unscanned) == (256, 0, 0)
