from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from scanner.sweep.syn.schedule import LISTEN_S, MOST_SLICES, Schedule

TICK_S = 1e-6
"""Room for rounding of the times that are compared."""


def settle(schedule: Schedule) -> None:
    """Believe whatever stayed silent."""
    while schedule.over:
        schedule.settle(schedule.over.popleft())


def run(schedule: Schedule, *, asked_share: int = 1, step_s: float = 0.001, batch: int = 7):
    """Drive a schedule with a clock of our own; return (time, round, position) of every visit."""
    now_s, visits = 0.0, []
    while not schedule.finished:
        piece = schedule.next(now_s)
        settle(schedule)
        if piece is None:
            now_s = max(now_s, schedule.wake_s() or now_s)
            continue
        positions = piece.positions(3, batch).tolist()
        visits += [(now_s, piece.round, position) for position in positions]
        schedule.visited(len(positions), len(positions) * asked_share, now_s)
        now_s += step_s
    return visits, now_s


@given(st.integers(1, 400), st.integers(1, 150))
def test_every_position_is_visited_once_in_each_round(size, slice_size):
    visits, _ = run(Schedule(size, slice_size))
    assert Counter((round_, position) for _, round_, position in visits) == Counter(
        (round_, position) for round_ in range(3) for position in range(size)
    )


@given(st.integers(1, 400), st.integers(1, 150))
def test_rounds_are_at_least_one_and_two_seconds_apart(size, slice_size):
    visits, _ = run(Schedule(size, slice_size))
    when = {(round_, position): at_s for at_s, round_, position in visits}
    for position in range(size):
        assert when[1, position] - when[0, position] > 1 - TICK_S
        assert when[2, position] - when[1, position] > 2 - TICK_S


def test_silence_is_final_three_seconds_after_the_last_round():
    visits, end_s = run(Schedule(100, 10))
    last_s = max(at_s for at_s, _, _ in visits)
    assert end_s - last_s > LISTEN_S - TICK_S


def test_each_round_has_another_order():
    visits, _ = run(Schedule(1_000, 1_000), batch=1_000)
    orders = [[position for _, round_, position in visits if round_ == wanted] for wanted in range(3)]
    assert orders[0] != orders[1] != orders[2] != orders[0]


def test_a_slice_without_silence_is_settled_at_once():
    visits, end_s = run(Schedule(50, 10), asked_share=0)
    assert len(visits) == 50
    assert end_s < 1


def test_slices_in_flight_are_bounded():
    schedule = Schedule(100_000, 10)
    sent = 0
    while (piece := schedule.next(0.0)) is not None:
        schedule.visited(piece.count, piece.count, 0.0)
        sent += piece.count
    assert len(schedule.in_flight) == MOST_SLICES
    assert sent == 10 * MOST_SLICES
    assert schedule.untouched == range(sent, 100_000)


def test_slices_in_flight_get_one_more_round_when_answers_were_lost_here():
    schedule = Schedule(10, 10)
    schedule.visited(schedule.next(0.0).count, 10, 0.0)
    schedule.again()
    schedule.again()
    visits, _ = run(schedule)
    assert sorted({round_ for _, round_, _ in visits}) == [1, 2, 3]


def test_a_slice_whose_silence_is_not_believed_is_asked_again_in_another_order_and_from_free_ports():
    schedule = Schedule(10, 10)
    visits, now_s = run_rounds(schedule)
    (piece,) = schedule.over
    number, times = piece.number, piece.times
    assert [round_ for _, round_, _ in visits] == [0] * 10 + [1] * 10 + [2] * 10
    assert len(times) == 3
    assert all(from_s < to_s for from_s, to_s in times)
    schedule.over.clear()
    schedule.repeat(piece, 2)
    assert not schedule.idle
    visits, _ = run_rounds(schedule, now_s)
    assert [round_ for _, round_, _ in visits] == [0] * 10 + [1] * 10
    assert not piece.is_first_time
    assert piece.number != number
    assert schedule.settled == 0


def run_rounds(schedule: Schedule, now_s: float = 0.0):
    """Drive a schedule until nothing is left but to settle."""
    visits = []
    while not schedule.idle:
        piece = schedule.next(now_s)
        if piece is None:
            now_s = schedule.wake_s() or now_s
            continue
        visits += [(now_s, piece.round, position) for position in piece.positions(3, 10).tolist()]
        schedule.visited(piece.count, piece.count, now_s)
    return visits, now_s


@given(st.integers(1, 300))
def test_source_ports_tell_slice_and_round(size):
    schedule = Schedule(size, 10)
    seen = set()
    now_s = 0.0
    while not schedule.finished:
        piece = schedule.next(now_s)
        settle(schedule)
        if piece is None:
            now_s = schedule.wake_s() or now_s
            continue
        seen.add((piece.number, piece.round, piece.source_port))
        schedule.visited(piece.count, piece.count, now_s)
    assert len({port for _, _, port in seen}) == len(seen)
