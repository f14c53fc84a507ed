from scanner.sweep.window import TICK_S, Window


def turns(window, seconds, *, answers, step_s=0.01):
    """Send what fits; `answers` says how many of so many sent at a time are answered at once."""
    sent, now_s = 0, 0.0
    while now_s < seconds:
        now_s += step_s
        count = window.room(now_s)
        window.sent(now_s, count)
        window.answered(now_s, now_s, answers(count))
        sent += count
    return sent


def test_a_window_doubles_with_each_round_of_answers_up_to_its_most():
    window = Window(32, 1_000)
    sizes = []
    for step in range(7):
        window.sent(step * 0.01, window.room(step * 0.01))
        window.answered(step * 0.01, step * 0.01, window.size)
        sizes.append(window.size)
    assert sizes == [64, 128, 256, 512, 1_000, 1_000, 1_000]


def test_silence_keeps_it_narrow_and_what_waited_half_a_second_takes_no_room():
    window = Window(32, 1_000)
    assert 32 * 18 < turns(window, 10.0, answers=lambda count: 0) < 32 * 28


def test_it_stops_opening_when_answers_go_missing_and_says_so():
    window = Window(32, 100_000)
    turns(window, 1.0, answers=lambda count: count)
    assert not window.fading
    open_at = window.size
    for step in range(100):
        now_s = 2.0 + step * 0.01
        window.sent(now_s, 50)
        window.answered(now_s, now_s, 20)
    assert window.fading
    assert window.size < open_at + 100 * 20
    window.forgive()
    assert not window.fading


def test_it_does_not_open_while_answers_take_much_longer_than_they_did():
    window = Window(32, 1_000)
    window.sent(0.0, 2)
    window.answered(0.0, 0.01)
    window.answered(0.0, 0.2)
    assert window.size == 33


def test_late_answers_and_long_pauses_leave_no_debt():
    window = Window(32, 1_000)
    window.sent(0.0, 32)
    assert window.room(0.01) == 0
    window.answered(0.0, 1.1, 32)
    window.answered(0.0, 50.0, 32)
    assert window.room(50.0) == window.size
    assert 0.0 < window.wait_s(50.01) <= TICK_S
