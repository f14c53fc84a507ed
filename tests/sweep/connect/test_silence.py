"""What is no answer is settled, left to a later attempt or asked again."""

import pytest

from scanner.core.event import PortState
from scanner.sweep.connect.canary import Held
from scanner.sweep.connect.errnos import Fault
from scanner.sweep.connect.local_faults import LocalFaults
from scanner.sweep.connect.order import Slot
from scanner.sweep.connect.results import Results
from scanner.sweep.connect.rtt import Hosts
from scanner.sweep.connect.silence import Silence
from tests.sweep.connect.test_attempts import FIRST, Rounds
from tests.sweep.jobs import make_job, make_plan

SILENT = Held(over_s=3.0, sent_s=1.0, attempt=1, slot=Slot(1, FIRST + 1, 80), outcome=None)


class Paces:
    def __init__(self):
        self.held = []

    def hold(self, held, *, final):
        self.held.append((held.slot.position, final))
        return True


@pytest.fixture
def made():
    job = make_job(make_plan("10.0.0.0/24", [80]))
    job.tally.planned = 256
    rounds, failed = Rounds(), []
    silence = Silence(
        0.0,
        hosts=Hosts(256, details=True),
        rounds=rounds,
        results=Results(job, None),
        local_faults=LocalFaults(),
        failed=lambda *told: failed.append(told),
    )
    return silence, rounds, job.tally, failed


def test_the_later_attempts_decide_on_silence_and_a_word_that_nobody_is_there_is_final(made):
    silence, rounds, tally, failed = made
    silence.answered(0.5)
    silence.hold(SILENT)
    silence.hold(SILENT._replace(outcome=PortState.UNREACHABLE))
    silence.hold(SILENT._replace(outcome=Fault.NO_ROUTER))
    assert rounds.silences == [(1, 1)]
    assert (tally.filtered, tally.unreachable) == (1, 1)
    assert failed == [(1, SILENT.slot, Fault.NO_ROUTER)]


def test_on_a_host_with_a_pace_of_its_own_the_host_must_confirm_silence(made):
    silence, rounds, _, _ = made
    silence.paces = Paces()
    silence.answered(0.5)
    silence.hold(SILENT)
    assert silence.paces.held == [(1, rounds.is_last(1))]
    assert rounds.silences == []


@pytest.mark.parametrize(("answered", "why"), [(False, "nothing had answered yet"), (True, "all that had answered")])
def test_what_nothing_has_confirmed_is_left_unscanned(made, answered, why):
    silence, _, tally, _ = made
    if answered:
        silence.answered(0.5)
        silence.canary.remember(Slot(0, FIRST, 80))
    silence.hold(SILENT)
    silence.abandon()
    (line,) = tally.unscanned_list
    assert why in line


def test_the_first_answer_after_all_was_asked_casts_doubt_on_what_is_not_settled(made):
    silence, rounds, _, _ = made
    silence.hold(SILENT)
    silence.canary.concede()
    silence.decide()
    for sent_s in (9.0, 10.0):
        silence.answered(sent_s)
    assert (rounds.silences, rounds.doubts) == ([(1, 1)], 1)
