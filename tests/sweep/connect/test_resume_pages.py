import random

from hypothesis import given
from hypothesis import strategies as st

from scanner.sweep.connect.resume_pages import PAGE, ResumePages


@given(size=st.integers(1, 3 * PAGE), seed=st.integers(0, 1_000))
def test_any_order_of_settling_is_remembered_across_snapshots(size, seed):
    chance = random.Random(seed)
    positions = list(range(size))
    chance.shuffle(positions)
    cut = chance.randrange(size + 1)
    resume_pages = ResumePages(size)
    stored: dict[int, tuple[bytes, bytes]] = {}
    low = 0
    for place, position in enumerate(positions[:cut]):
        resume_pages.silent(position)
        resume_pages.settle(position)
        if place % 997 == 0:
            snapshot = resume_pages.take_snapshot()
            stored |= snapshot.pages
            low = snapshot.low_water
    snapshot = resume_pages.take_snapshot()
    stored |= snapshot.pages
    low = snapshot.low_water
    again = ResumePages(size, low, {number: blobs for number, blobs in stored.items() if number >= low // PAGE})
    settled = set(positions[:cut])
    assert all(again.is_settled(position) == (position in settled) for position in range(size))
    assert low <= min(set(range(size)) - settled, default=size)
    assert (low == size) == (cut == size)


def test_silence_is_kept_until_the_port_is_settled():
    resume_pages = ResumePages(100)
    resume_pages.silent(5)
    again = ResumePages(100, 0, resume_pages.take_snapshot().pages)
    assert again.was_silent(5)
    assert not again.is_settled(5)
    again.doubt(5)
    assert not ResumePages(100, 0, again.take_snapshot().pages).was_silent(5)
    assert not again.was_silent(6)


def test_only_changed_pages_are_written_again():
    resume_pages = ResumePages(10 * PAGE)
    resume_pages.settle(1)
    resume_pages.settle(5 * PAGE)
    assert resume_pages.take_snapshot().pages.keys() == {0, 5}
    resume_pages.settle(5 * PAGE + 1)
    assert resume_pages.take_snapshot().pages.keys() == {5}
    assert resume_pages.take_snapshot().pages == {}
