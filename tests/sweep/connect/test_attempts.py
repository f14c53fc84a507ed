import pytest

from scanner.core.event import PortState
from scanner.core.rates import HOST_RATE
from scanner.sweep.connect import attempts as module
from scanner.sweep.connect.attempts import Attempts
from scanner.sweep.connect.canary import CANARY_ATTEMPT
from scanner.sweep.connect.errnos import Fault
from scanner.sweep.connect.order import Slot
from scanner.sweep.connect.results import Results
from scanner.sweep.connect.rtt import Hosts
from scanner.sweep.connect.selector import PollWatch
from scanner.sweep.outages import MISSES
from scanner.sweep.pace import BURST_S
from tests.sweep.jobs import make_job, make_plan, numbers_of

FIRST = numbers_of("10.0.0.0/24").at(0)


class Rounds:
    def __init__(self):
        self.repeated, self.silences, self.insisted, self.doubts = [], [], 0, 0

    def again(self, attempt, slot):
        self.repeated.append((attempt, slot.position))

    def is_last(self, attempt):
        return False

    def silent(self, attempt, slot):
        self.silences.append((attempt, slot.position))
        return True

    def insist(self):
        self.insisted += 1

    def doubt(self):
        self.doubts += 1


class InFlight:
    """Takes every attempt, or refuses like this machine."""

    def __init__(self):
        self.begun, self.fault = [], None

    def __len__(self):
        return len(self.begun)

    def start(self, attempt, slots):
        if self.fault is not None:
            return [], [(slots[0], self.fault)], 1
        self.begun += [(attempt, slot.position) for slot in slots]
        return [], [], len(slots)


class Clock:
    def __init__(self):
        self.at_s = 100.0

    def now_s(self):
        return self.at_s


@pytest.fixture
def made():
    job = make_job(make_plan("10.0.0.0/24", [80, 81], rate=None, retries=1))
    job.clock, job.tally.planned = Clock(), 256
    rounds = Rounds()
    results, hosts = Results(job, None), Hosts(256, details=True)
    attempts = Attempts(job, PollWatch(), {}, hosts=hosts, rounds=rounds, results=results, governor=None)
    attempts._in_flight = InFlight()
    return attempts, rounds, job


def slots(count, first=FIRST, step=1):
    return [Slot(position, first + step * position, 80) for position in range(count)]


def test_nothing_outside_the_scope_is_tried(made):
    attempts, _, job = made
    outside = Slot(9, FIRST + 256, 80)
    assert attempts.launch(1, [*slots(2), outside, Slot(3, FIRST + 3, 80)], 100.0) == 3
    assert [position for _, position in attempts._in_flight.begun] == [0, 1, 3]
    assert job.tally.unscanned_list == ["10.0.1.0:80: outside the permitted scope"]


def test_a_host_that_has_not_answered_gets_no_more_than_its_ceiling_and_the_canary_is_not_held_back(made):
    attempts, _, _ = made
    burst = int(HOST_RATE * BURST_S)
    assert attempts.launch(1, slots(burst + 5, step=0), 100.0) == burst
    assert attempts.shares is not None
    waiting = [(attempt, slot.position) for attempt, slot in attempts.shares.waiting.left()]
    assert waiting == [(1, position) for position in range(burst, burst + 5)]
    assert attempts.launch(CANARY_ATTEMPT, slots(1, step=0), 100.0) == 1


def test_a_crowded_machine_means_fewer_at_once_and_more_again_later(made):
    attempts, _, job = made
    attempts.launch(1, slots(100), 100.0)
    attempts._in_flight.fault = Fault.CROWDED
    before = attempts.room
    assert attempts.launch(1, [Slot(200, FIRST + 200, 80), Slot(201, FIRST + 201, 80)], 100.0) == 1
    assert attempts.room < 0 < before
    narrow = attempts.room
    attempts.widen()
    assert attempts.room > narrow
    assert len(attempts.local_faults) == 1
    assert job.tally.closed == 0


def test_what_this_machine_did_not_take_comes_again_under_the_same_number(made):
    attempts, rounds, _ = made
    attempts._in_flight.fault = Fault.CROWDED
    attempts.launch(2, slots(3), 100.0)
    assert rounds.repeated == [(2, 1), (2, 2)]


def test_a_broadcast_address_is_unreachable_and_other_faults_never_close_a_port(made, monkeypatch):
    attempts, _, job = made
    monkeypatch.setattr(module, "is_broadcast", lambda address: address == FIRST + 255)
    attempts._finished(1, Slot(0, FIRST + 255, 80), Fault.NO_ROUTE, 100.0, 100.0)
    attempts._finished(1, Slot(1, FIRST + 1, 80), Fault.NO_ROUTE, 100.0, 100.0)
    # A datagram to a broadcast address is refused with EACCES, which for any other address may be a firewall.
    attempts._finished(1, Slot(2, FIRST + 255, 53 + 65_536), Fault.LOCAL, 100.0, 100.0)
    attempts._finished(1, Slot(3, FIRST + 1, 53 + 65_536), Fault.LOCAL, 100.0, 100.0)
    assert (job.tally.unreachable, job.tally.closed, len(attempts.local_faults)) == (2, 0, 2)


def test_silence_waits_for_a_proof_as_soon_as_something_has_answered(made):
    attempts, rounds, job = made
    attempts._finished(1, Slot(1, FIRST + 1, 80), PortState.OPEN, 100.0, 100.1)
    attempts._finished(1, Slot(2, FIRST + 2, 80), None, 101.0, 104.5)
    attempts.silence.decide()
    assert rounds.silences == []
    attempts._finished(1, Slot(3, FIRST + 3, 80), PortState.CLOSED, 105.0, 105.1)
    attempts.silence.decide()
    assert rounds.silences == [(1, 2)]
    assert (job.tally.open, job.tally.closed, job.tally.filtered) == (1, 1, 1)


def test_what_was_silent_before_the_first_answer_is_asked_again(made):
    attempts, rounds, job = made
    attempts._finished(1, Slot(0, FIRST, 80), None, 100.0, 103.5)
    attempts._finished(1, Slot(1, FIRST + 1, 81), None, 100.0, 103.5)
    attempts.silence.absent(Slot(4, FIRST + 4, 80), 100.5, 103.6)
    attempts._finished(1, Slot(5, FIRST + 5, 80), Fault.NO_ROUTER, 100.0, 103.7)
    attempts.silence.decide()
    assert (rounds.silences, job.tally.settled, len(attempts.local_faults)) == ([], 0, 0)
    attempts._finished(1, Slot(2, FIRST + 1, 80), PortState.OPEN, 104.0, 104.1)
    attempts.silence.decide()
    assert rounds.repeated == [(1, 0), (1, 4), (1, 5)]
    # Its host lives, so later attempts follow anyway.
    assert (rounds.silences, job.tally.unreachable) == ([(1, 1)], 0)


def test_a_router_that_never_answers_leaves_a_gap(made):
    attempts, rounds, job = made
    attempts.canary.concede()
    for over_s, waiting in ((100.0, 1), (104.0, 0)):
        job.clock.at_s = over_s
        attempts._finished(1, Slot(5, FIRST + 5, 80), Fault.NO_ROUTER, over_s - 3.0, over_s)
        assert (len(attempts.local_faults), job.tally.unreachable) == (waiting, 0)
        attempts.local_faults.due(200.0, 9)
    assert job.tally.unscanned_list == [
        "10.0.0.5:80: the router on the way does not answer, or this machine's link is down"
    ]
    attempts._finished(1, Slot(6, FIRST + 6, 80), PortState.OPEN, 104.0, 104.1)
    assert rounds.doubts == 1


def test_what_was_silent_during_an_outage_is_asked_again_and_the_outage_is_said(made):
    attempts, rounds, job = made
    known = Slot(0, FIRST, 80)
    attempts._finished(1, known, PortState.OPEN, 100.0, 100.1)
    for number in range(MISSES):
        attempts._finished(CANARY_ATTEMPT, known, None, 102.0 + number, 103.5 + number)
    assert attempts.canary.paused
    attempts._finished(1, Slot(7, FIRST + 7, 80), None, 102.0, 105.5)
    attempts._finished(CANARY_ATTEMPT, known, PortState.OPEN, 110.0, 110.1)
    attempts.silence.decide()
    assert rounds.repeated == [(1, 7)]
    assert rounds.insisted == 1
    assert [problem.kind for problem in job.tally.problems] == ["network-paused"]


def test_an_answer_to_a_later_attempt_is_a_sign_of_loss(made):
    attempts, _, _ = made
    for attempt in (1, 2):
        attempts._finished(attempt, Slot(attempt, FIRST + attempt, 80), PortState.CLOSED, 100.0, 100.01)
    assert (attempts.loss.prompt, attempts.loss.repeated) == (1, 1)


def test_a_port_that_was_accepted_in_the_turn_of_a_refusal_does_not_confirm_it(made):
    """Five ports were refused in the turn in which a firewall began to refuse, and five stayed hidden."""
    attempts, _, job = made
    for slot in slots(3):
        attempts._finished(1, slot, PortState.OPEN, 100.0003, 100.0005)
    job.clock.at_s = 100.001
    attempts._refused([Slot(9, FIRST + 9, 80)], 100.0)
    attempts.refusals.decide()
    assert (job.tally.open, job.tally.closed, len(attempts.refusals)) == (3, 0, 1)


def test_a_port_whose_connection_still_lingers_keeps_refusals_from_being_believed(made, monkeypatch):
    _, _, job = made
    told = {}
    monkeypatch.setattr(module, "InFlight", lambda *_, accepted: told.update(accepted=accepted))
    attempts = Attempts(
        job, PollWatch(), {}, hosts=Hosts(256, details=True), rounds=Rounds(), results=Results(job, None), governor=None
    )
    accepted = told["accepted"]
    for slot in slots(2):
        accepted(slot, 100.0)
    attempts._finished(1, Slot(9, FIRST + 9, 80), PortState.CLOSED, 100.01, 100.02)
    attempts.refusals.decide()
    assert (job.tally.closed, len(attempts.refusals)) == (0, 1)
    assert [known.place.position for known in attempts.canary._known if known.is_open] == [0, 1]
