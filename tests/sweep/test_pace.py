import math
import random
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.plan import POLITE_RATE, HOST_RATE, Pace
from scanner.sweep.pace import Bucket, Governor, HostBuckets, make_governor, patience


@given(rate=st.floats(1, 50_000), seed=st.integers(0, 99))
def test_no_second_carries_more_than_the_rate_and_five_per_cent(rate, seed):
    chance = random.Random(seed)
    bucket = Bucket(rate, 0.0)
    taken: list[tuple[float, int]] = []
    now_s = 0.0
    for _ in range(400):
        now_s += chance.choice([0.0001, 0.001, 0.01, 0.2, 1.5])
        count = min(bucket.available(now_s), 512)
        bucket.take(count)
        taken.append((now_s, count))
    for place, (start_s, _) in enumerate(taken):
        second = sum(count for when_s, count in taken[place:] if when_s < start_s + 1.0)
        assert second <= rate * 1.05 + 1


def test_a_bucket_delivers_its_rate_when_asked_often():
    bucket = Bucket(1_000.0, 0.0)
    total = 0
    for step in range(1, 1_001):
        count = bucket.available(step / 100)
        bucket.take(count)
        total += count
    assert 9_900 <= total <= 10_000


def test_no_limit_means_none():
    bucket = Bucket(math.inf, 0.0)
    assert bucket.available(0.0) > 10**6
    bucket.take(10**6)
    assert bucket.available(0.0) > 10**6
    assert bucket.wait_s() == 0.0


def test_one_host_never_gets_more_than_its_share():
    buckets = HostBuckets(100.0)
    sent = sum(buckets.take(1, step / 1_000) for step in range(1_000))
    assert 95 <= sent <= 105
    assert buckets.take(2, 1.0)


def test_buckets_of_hosts_that_are_full_again_are_forgotten():
    buckets = HostBuckets(1_000.0)
    for number in range(20_000):
        buckets.take(number, number / 1_000)
    assert len(buckets._buckets) < 5_000


class Network:
    """Loses the share of questions that its capacity can't carry, and a share whatever the pace."""

    def __init__(self, capacity: float, loss: float = 0.0) -> None:
        self.capacity = capacity
        self.loss = loss
        self._chance = random.Random(3)

    def run(self, governor: Governor, seconds: float) -> list[float]:
        rates = []
        waiting: list[tuple[float, float]] = []
        now_s = 0.0
        while now_s < seconds:
            now_s += 0.05
            sent = int(governor.rate * 0.05)
            governor.sent(now_s, sent)
            overflow = max(0.0, 1.0 - self.capacity / max(1.0, governor.rate))
            for _ in range(sent):
                if self._chance.random() < 1 - (1 - overflow) * (1 - self.loss):
                    waiting.append((now_s + 1.0, now_s))
                else:
                    governor.answer(now_s, late=False)
            for due_s, sent_s in [entry for entry in waiting if entry[0] <= now_s]:
                governor.answer(sent_s, late=True)
                waiting.remove((due_s, sent_s))
            governor.turn(now_s)
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


@pytest.mark.parametrize(
    ("pace", "expected"),
    [
        (Pace(), (3.5, 1)),
        (Pace(timeout_s=2.0), (2.0, 1)),
        (Pace(timeout_s=0.5), (0.5, 2)),
        (Pace(timeout_s=0.5, retries=0), (0.5, 0)),
        (Pace(retries=3), (3.5, 3)),
    ],
)
def test_patience_and_retries_together_leave_room_for_three_syns(pace, expected):
    assert patience(pace) == expected


def test_a_named_rate_is_used_from_the_start_and_no_limit_means_none():
    governor = make_governor(Pace(rate=200.0), 0.0, local=False)
    assert governor is not None
    assert governor.rate == 200.0
    assert make_governor(Pace(rate=math.inf), 0.0, local=False) is None


def test_only_this_machine_itself_is_swept_at_full_pace_from_the_start():
    near, far = make_governor(Pace(), 0.0, local=True), make_governor(Pace(), 0.0, local=False)
    assert near is not None
    assert far is not None
    assert near.rate == POLITE_RATE > far.rate


def test_one_place_says_the_default_ceilings_and_the_documents_agree():
    root = Path(__file__).parents[2]
    said = f"{POLITE_RATE:,.0f} connections a second"
    assert all(said in (root / name).read_text("utf-8") for name in ("README.md", "docs/usage.md"))
    number = re.compile(rf"\b{POLITE_RATE:_.0f}\b|\b{POLITE_RATE:,.0f}\b|\b{HOST_RATE:,.0f} a host\b")
    found = {
        path.relative_to(root) for path in (root / "scanner").rglob("*.py") if number.search(path.read_text("utf-8"))
    }
    assert found == {Path("scanner/core/plan.py")}
