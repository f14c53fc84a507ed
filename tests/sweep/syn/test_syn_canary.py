import numpy as np
import pytest

from scanner.sweep.outages import CANARY_PATIENCE_S, MISSES, Outages
from scanner.sweep.syn.parse import Answers, Said
from scanner.sweep.syn.schedule import CANARY_PORT
from scanner.sweep.syn.syn_canary import Canary

FIRST_PORT = 60_000
INDEX = 7


@pytest.fixture
def made():
    outages: Outages[int] = Outages(0.0)
    outages.keep(1, INDEX)
    outages.answered(0.0)
    asked: list[tuple[int, int]] = []
    return outages, Canary(outages, FIRST_PORT, lambda *what: asked.append(what)), asked


def answer(said=Said.OPEN, source_port=FIRST_PORT + CANARY_PORT):
    one = np.ones(1, np.uint32)
    return Answers(4, one, one, one * source_port, np.array([said], np.uint8), one)


def hear(canary, now_s, index=INDEX, **fields):
    return canary.heard(answer(**fields), lambda answers: np.array([index]), now_s)


def test_it_asks_only_when_nobody_has_answered_for_a_while_and_again_after_a_second(made):
    outages, canary, asked = made
    canary.turn(1.0, urgent=False)
    assert asked == []
    canary.turn(2.0, urgent=False)
    canary.turn(2.5, urgent=False)
    assert asked == [(INDEX, CANARY_PORT)]
    canary.turn(3.0, urgent=False)
    canary.turn(3.1, urgent=False)
    assert asked == [(INDEX, CANARY_PORT)] * 2
    assert outages.undecided


def test_an_answer_proves_that_the_network_worked_when_it_was_asked(made):
    outages, canary, _ = made
    canary.turn(5.0, urgent=True)
    assert not hear(canary, 5.1)
    assert outages.proof_s == 5.0
    assert not outages.is_doubtful(4.0, 6.0)


def test_an_answer_to_the_repetition_alone_puts_the_silence_before_it_in_doubt(made):
    outages, canary, _ = made
    canary.turn(5.0, urgent=True)
    canary.turn(6.0, urgent=True)
    hear(canary, 6.1)
    assert outages.is_doubtful(5.2, 5.4)


@pytest.mark.parametrize(
    "fields", [{"said": Said.UNREACHABLE}, {"source_port": FIRST_PORT}, {"index": 8}], ids=["router", "sweep", "other"]
)
def test_what_is_no_answer_to_it_proves_nothing(made, fields):
    outages, canary, _ = made
    canary.turn(5.0, urgent=True)
    assert not hear(canary, 5.1, **fields)
    assert outages.undecided


def test_an_answer_after_several_misses_ends_an_outage(made):
    outages, canary, _ = made
    now_s = 2.0
    for _ in range(MISSES):
        while not outages.undecided or not canary._index:
            canary.turn(now_s, urgent=False)
            now_s += 0.25
        now_s += CANARY_PATIENCE_S
        canary.turn(now_s, urgent=False)
    assert outages.paused
    while canary._index is None:
        canary.turn(now_s, urgent=False)
        now_s += 0.25
    assert hear(canary, now_s)
    assert not outages.paused
    assert outages.in_window(1.0, 1.5)
