import random

import pytest

from scanner.sweep.loss import ENOUGH, Loss


@pytest.mark.parametrize("true", [0.02, 0.1, 0.2])
def test_the_estimate_is_near_the_truth(true):
    chance = random.Random(1)
    loss = Loss()
    for _ in range(8_192):
        loss.answer(late=chance.random() < true)
    assert loss.share == pytest.approx(true, rel=0.3)


def test_a_handful_of_answers_gives_no_figure():
    loss = Loss()
    loss.answer(ENOUGH - 2, late=False)
    loss.answer(late=True)
    assert loss.share == 0.0


def test_three_questions_miss_the_cube():
    loss = Loss()
    loss.answer(90, late=False)
    loss.answer(10, late=True)
    assert loss.missed(3) == pytest.approx(0.001)
