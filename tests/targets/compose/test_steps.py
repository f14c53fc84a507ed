import pytest

from scanner.targets.compose.steps import MOST_STEPS, Steps, TooMuch


def test_steps_are_counted_together_up_to_the_last_one_that_is_permitted():
    steps = Steps()
    steps.take(MOST_STEPS - 1)
    steps.take(1)
    assert steps.taken == MOST_STEPS
    with pytest.raises(TooMuch, match="takes more than 300,000 steps"):
        steps.take(1)
