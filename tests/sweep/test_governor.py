import random

from scanner.sweep.governor import Governor
from scanner.sweep.window import Window


class Network:
    """Loses the share of questions that its capacity can't carry, and a share whatever the pace."""

    def __init__(self, capacity: float, loss: float = 0.0) -> None:
        self.capacity = capacity
        self.loss = loss
        self.sent = 0
        self._chance = random.Random(3)

    def run(self, governor: Governor, seconds: float) -> list[float]:
        rates = []
        waiting: list[tuple[float, float]] = []
        now_s = 0.0
        while now_s < seconds:
            now_s += 0.05
            sent = governor.available(now_s)
            governor.take(now_s, sent)
            governor.sent(now_s, sent)
            overflow = max(0.0, 1.0 - self.capacity * 0.05 / max(1.0, sent))
            for _ in range(sent):
                if self._chance.random() < 1 - (1 - overflow) * (1 - self.loss):
                    waiting.append((now_s + 1.0, now_s))
                else:
                    governor.answer(now_s, late=False)
                    governor.back(now_s, now_s)
            for due_s, sent_s in [entry for entry in waiting if entry[0] <= now_s]:
                governor.answer(sent_s, late=True)
                waiting.remove((due_s, sent_s))
            governor.turn(now_s)
            self.sent += sent
            rates.append(governor.rate)
        return rates


def test_the_rate_grows_to_the_ceiling_while_answers_come_in_time():
    rates = Network(100_000).run(Governor(3_000, 500, 1_000, 0.0), 10)
    assert rates[0] <= 700
    assert rates[-1] == 3_000
    assert max(rates) == 3_000


def test_the_rate_falls_to_what_a_narrow_path_carries():
    rates = Network(600).run(Governor(3_000, 500, 1_000, 0.0), 40)
    last = rates[-200:]
    assert sum(last) / len(last) < 900
    assert min(last) > 200


def test_loss_that_a_slower_pace_does_not_cure_is_borne():
    rates = Network(100_000, loss=0.19).run(Governor(3_000, 3_000, 3_000, 0.0), 20)
    assert min(rates) == 1_800
    assert rates[-1] == 3_000


def test_without_any_answer_the_rate_stays_moderate():
    governor = Governor(3_000, 500, 1_000, 0.0)
    for step in range(1, 200):
        governor.turn(step * 0.1)
    assert governor.rate == 1_000


def test_with_a_window_answers_alone_decide_and_the_first_second_already_carries_many():
    governor, network = Governor(1e9, 500, 1_000, 0.0, Window(64, 1_024)), Network(1e9)
    network.run(governor, 1)
    assert governor.opened
    assert network.sent > 10 * 1_024


def test_a_window_is_closed_by_loss_and_the_rate_falls_to_what_the_path_carries():
    governor = Governor(1e9, 500, 1_000, 0.0, Window(64, 8_192))
    rates = Network(600).run(governor, 40)
    assert not governor.opened
    last = rates[-200:]
    assert 200 < sum(last) / len(last) < 900


def test_loss_that_a_slower_pace_does_not_cure_opens_the_window_again():
    governor = Governor(1e9, 500, 1_000, 0.0, Window(64, 256))
    Network(1e9, loss=0.19).run(governor, 12)
    assert governor.opened


def test_after_an_outage_the_window_stays_closed_and_little_is_sent():
    governor = Governor(1e9, 750, 1_000, 0.0, Window(64, 8_192))
    governor.back_off(10.0, 0.25)
    assert not governor.opened
    assert governor.rate == 187.5
    assert governor.available(10.0) <= 8


def test_no_outage_lifts_the_rate_above_a_low_ceiling_of_the_user():
    governor = Governor(10, 10, 10, 0.0)
    governor.back_off(10.0, 0.25)
    assert governor.rate == 10


def test_silence_alone_gets_the_moderate_rate():
    governor = Governor(1e9, 500, 1_000, 0.0, Window(64, 8_192))
    taken = 0
    for step in range(1, 1_001):
        count = governor.available(step * 0.01)
        governor.take(step * 0.01, count)
        governor.turn(step * 0.01)
        taken += count
    assert taken < 10 * 1_000 + 64 * 21
