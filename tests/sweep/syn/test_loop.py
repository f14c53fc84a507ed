"""The loop itself, on a clock and a wire of our own."""

from collections import Counter

import pytest

from scanner.core.errors import SetupError
from scanner.core.outage import QUIETS_S
from scanner.sweep.engine import Checkpoint
from scanner.sweep.outage_words import TURNED_WORDS
from tests.sweep.jobs import assert_balanced, make_job, make_plan
from tests.sweep.syn.virtual import VirtualClock, VirtualLink, drive


class Memory:
    """A ledger that keeps what it is given, as the run's file does."""

    def __init__(self, dies_after: int | None = None):
        self.kept = Checkpoint()
        self.opened = []
        self.dies_after = dies_after

    def restore(self):
        return self.kept

    def commit(self, checkpoint):
        if self.dies_after is not None:
            self.dies_after -= 1
            if self.dies_after < 0:
                raise KeyboardInterrupt
        self.kept = Checkpoint(
            low_water=checkpoint.low_water,
            open=checkpoint.open,
            closed=checkpoint.closed,
            filtered=checkpoint.filtered,
            unreachable=checkpoint.unreachable,
            met=[*self.kept.met, *checkpoint.met],
        )
        self.opened += checkpoint.opened


def start(network="10.0.0.0/20", *, ledger=None, link=None, **pace):
    clock = VirtualClock()
    job = make_job(make_plan(network, [80], **pace))
    job.clock, job.ledger = clock, ledger
    link = link or VirtualLink(clock)
    link.clock = clock
    return job, link


@pytest.mark.parametrize("rate", [100.0, 3_000.0, 50_000.0])
def test_a_rate_is_never_exceeded_by_more_than_five_percent_in_any_second(rate):
    job, link = start(rate=rate, network="10.0.0.0/21")
    assert len(drive(job, link)) == 2_048
    times = sorted(at_s for at_s, _ in link.sent)
    most = rate * 1.05 + 1
    first = 0
    for last, at_s in enumerate(times):
        while at_s - times[first] >= 1.0:
            first += 1
        assert last - first + 1 <= most


def test_a_polite_sweep_starts_slowly_and_stays_below_3000():
    job, link = start(network="10.0.0.0/18", rate=None, polite=True)
    assert len(drive(job, link)) == 1 << 14
    each_second = Counter(int(at_s) for at_s, _ in link.sent)
    assert each_second[0] < 1_000
    assert 2_500 < max(each_second.values()) <= 3_000 * 1.05


def test_without_a_rate_the_sweep_is_as_fast_as_answers_come_back():
    job, link = start(network="10.0.0.0/18", rate=None)
    assert len(drive(job, link)) == 1 << 14
    assert link.sent[-1][0] < 2.0


@pytest.mark.slow
def test_a_path_that_carries_less_is_asked_less():
    clock = VirtualClock()
    carried = Counter()

    def too_narrow(now_s, address, nth):
        carried[int(now_s * 10)] += 1
        return carried[int(now_s * 10)] > 80

    job, link = start(network="10.0.0.0/17", rate=None, link=VirtualLink(clock, lost=too_narrow))
    found = drive(job, link)
    settled = [at_s for at_s, _ in link.sent if 15 < at_s < 25]
    assert 300 < len(settled) / 10 < 1_300
    assert len(found) > 32_768 * 0.995
    assert job.tally.estimated_loss > 0.02


def test_two_seconds_of_darkness_cost_no_port():
    job, link = start(rate=2_000.0, link=VirtualLink(VirtualClock(), lost=lambda now_s, *_: 0.5 < now_s < 2.5))
    assert len(drive(job, link)) == 4_096
    assert_balanced(job.tally)


@pytest.mark.parametrize(
    ("from_s", "dark_s"), [(0.0, 5.0), (0.4, 4.0), (0.4, 20.0), (1.8, 9.0), (2.2, 9.0), (4.0, 9.0)]
)
def test_an_outage_costs_no_port_whenever_it_begins(from_s, dark_s):
    """A link or network that was down for the last round of a slice made it silent, and the run ended clean."""
    dark = VirtualLink(VirtualClock(), lost=lambda now_s, *_: from_s < now_s < from_s + dark_s)
    job, link = start(rate=2_000.0, link=dark)
    assert len(drive(job, link)) == 4_096
    assert_balanced(job.tally)
    assert not any(problem.kind.leaves_gap for problem in job.tally.problems)


def test_what_is_silent_once_the_network_is_gone_for_good_is_unscanned():
    job, link = start(rate=2_000.0, link=VirtualLink(VirtualClock(), lost=lambda now_s, *_: now_s > 0.5))
    found = drive(job, link)
    assert 0 < len(found) < 1_500
    assert_balanced(job.tally)
    assert job.tally.unscanned == 4_096 - len(found)
    assert "network-lost" in {problem.kind for problem in job.tally.problems}
    assert link.clock.now_s() < sum(QUIETS_S) + 30


def test_during_an_outage_nothing_but_canaries_is_sent():
    dark = VirtualLink(VirtualClock(), lost=lambda now_s, *_: 0.5 < now_s < 40)
    job, link = start(rate=500.0, link=dark)
    assert len(drive(job, link)) == 4_096
    assert len([at_s for at_s, _ in link.sent if 10 < at_s < 40]) < 30


def test_ports_that_are_silent_each_time_that_they_are_asked_in_an_outage_are_unscanned():
    """A firewall that falls silent for a while whenever it is asked for one port."""
    clock = VirtualClock()
    until_s = [0.0]

    def offended(now_s, address, nth):
        if address % 4_096 == 77:
            until_s[0] = now_s + 9.0
        return now_s < until_s[0]

    job, link = start(network="10.0.0.0/24", rate=2_000.0, link=VirtualLink(clock, lost=offended))
    found = drive(job, link)
    assert len(found) > 200
    assert_balanced(job.tally)
    assert (job.tally.unscanned, job.tally.filtered) == (256 - len(found), 0)


@pytest.mark.parametrize("refused_s", [(0.5, 3.0), (0.5, 9.0), (0.5, 60.0), (1.9, 12.0), (0.5, 1.3)])
def test_ports_that_a_firewall_refused_for_a_while_are_asked_again(refused_s):
    """After so many SYNs it answered everything with RST, and all that was left ended as closed."""
    from_s, to_s = refused_s
    job, link = start(rate=2_000.0, link=VirtualLink(VirtualClock(), turned=lambda now_s, *_: from_s < now_s < to_s))
    assert len(drive(job, link)) == 4_096
    assert_balanced(job.tally)
    assert (job.tally.open, job.tally.closed) == (4_096, 0)


def test_ports_that_a_firewall_refuses_for_good_are_unscanned():
    job, link = start(rate=2_000.0, link=VirtualLink(VirtualClock(), turned=lambda now_s, *_: now_s > 0.5))
    found = drive(job, link)
    assert 0 < len(found) < 1_500
    assert_balanced(job.tally)
    assert (job.tally.closed, job.tally.unscanned) == (0, 4_096 - len(found))
    assert any(problem.detail == TURNED_WORDS for problem in job.tally.problems)


def test_closed_ports_between_open_ones_cost_no_more_than_a_question_in_two_seconds():
    job, link = start(rate=500.0, link=VirtualLink(VirtualClock(), turned=lambda _now_s, address, _nth: address % 64))
    assert len(drive(job, link)) == 64
    assert job.tally.closed == 4_096 - 64
    assert len(link.sent) <= 4_096 + 8


def test_a_service_that_ends_in_the_middle_holds_up_nothing():
    ends = lambda now_s, address, _nth: address % 64 or (now_s > 1.0 and address % 4_096 < 1_024)  # noqa: E731
    job, link = start(rate=500.0, link=VirtualLink(VirtualClock(), turned=ends))
    drive(job, link)
    assert_balanced(job.tally)
    assert job.tally.open + job.tally.closed == 4_096
    assert not job.tally.problems
    assert link.clock.now_s() < 20


def test_where_nothing_ever_answers_the_sweep_ends_and_says_that_all_is_silent():
    job, link = start(network="10.0.0.0/24", rate=2_000.0, link=VirtualLink(VirtualClock(), lost=lambda *_: True))
    assert drive(job, link) == []
    assert (job.tally.filtered, job.tally.unscanned) == (256, 0)
    assert link.clock.now_s() < 10


@pytest.mark.parametrize("frozen_s", [5.0, 60.0])
def test_a_freeze_of_the_process_costs_no_port(frozen_s):
    class Freezing(VirtualLink):
        def send(self, *arguments):
            super().send(*arguments)
            if 1_000 < len(self.sent) < 1_100:
                self.clock.forward(frozen_s)

    job, link = start(rate=2_000.0, retries=0, link=Freezing(VirtualClock(), rtt_s=0.5))
    assert len(drive(job, link)) == 4_096


def test_a_link_that_refuses_in_the_middle_of_a_batch_is_tried_again():
    class Refusing(VirtualLink):
        def __init__(self, clock):
            super().__init__(clock)
            self.refused, self.pauses = False, 0

        def stuck(self):
            self.refused = False
            return False

        def send(self, place, targets, source_port, pause):
            self.refused = len(self.sent) > 1_000
            while self.refused:
                self.pauses += 1
                assert self.pauses < 1_000, "nobody tried again"
                pause()
            super().send(place, targets, source_port, pause)

    job, link = start(rate=2_000.0, link=Refusing(VirtualClock()))
    assert len(drive(job, link)) == 4_096
    assert link.pauses


def test_answers_that_the_kernel_dropped_are_asked_for_again():
    dark = VirtualLink(VirtualClock(), dropping=1)
    job, link = start(network="10.0.0.0/24", retries=0, link=dark)
    assert len(drive(job, link)) == 256
    assert Counter(address for _, address in link.sent).most_common(1)[0][1] == 2


def test_the_estimated_loss_is_near_the_true_one():
    import random

    chance = random.Random(3)
    job, link = start(
        network="10.0.0.0/18", rate=5_000.0, link=VirtualLink(VirtualClock(), lost=lambda *_: chance.random() < 0.1)
    )
    found = drive(job, link)
    assert len(found) > 16_384 * 0.998
    assert job.tally.estimated_loss == pytest.approx(0.1, rel=0.1)


@pytest.mark.parametrize("commits", [0, 1, 3, 6])
def test_a_run_that_is_killed_goes_on_where_it_was(commits):
    silent = lambda _now_s, address, _nth: address % 4 == 0  # noqa: E731
    ledger = Memory(dies_after=commits)
    job, link = start(rate=2_000.0, ledger=ledger, link=VirtualLink(VirtualClock(), lost=silent))
    with pytest.raises(KeyboardInterrupt):
        drive(job, link)
    ledger.dies_after = None
    low_water = ledger.kept.low_water
    again, link = start(rate=2_000.0, ledger=ledger, link=VirtualLink(VirtualClock(), lost=silent))
    drive(again, link)
    assert_balanced(again.tally)
    assert (again.tally.planned, again.tally.open, again.tally.filtered) == (4_096, 3_072, 1_024)
    assert len({event.address for event in ledger.opened}) == 3_072
    assert len({address for _, address in link.sent}) == 4_096 - low_water
    assert (ledger.kept.low_water, ledger.kept.open, ledger.kept.filtered) == (4_096, 3_072, 1_024)


def test_a_file_of_the_connect_sweep_is_refused():
    ledger = Memory()
    ledger.kept = Checkpoint(pages={0: (b"\x01", b"\x00")})
    with pytest.raises(SetupError, match="--engine connect"):
        drive(*start(ledger=ledger))
