"""The loop itself, on a clock and a wire of our own."""

from collections import Counter

import pytest

from scanner.core.errors import SetupError
from scanner.sweep.engine import Checkpoint
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
