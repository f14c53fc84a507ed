import math
import random

from hypothesis import given
from hypothesis import strategies as st

from scanner.sweep.bucket import Bucket, SharedBucket


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


def test_a_share_that_changes_is_followed_at_once_and_nothing_means_none():
    share = 1_000.0
    bucket = SharedBucket(lambda: share, 0.0)
    sent = []
    for step in range(1, 3_001):
        if step == 1_001:
            share = 0.0
        elif step == 2_001:
            share = 100.0
        taken = bucket.available(step / 1_000)
        bucket.take(taken)
        sent.append(taken)
    assert 950 <= sum(sent[:1_000]) <= 1_040
    assert sum(sent[1_000:2_000]) == 0
    assert 90 <= sum(sent[2_000:]) <= 104
