import asyncio

import pytest

from scanner.cli.progress import Speed, line_of, show_progress
from scanner.probes.live import Live


class Loop:
    """A loop on which time passes when the test says so."""

    def __init__(self):
        self.due = []

    def call_later(self, _seconds, call):
        self.due.append(call)
        return self

    def cancel(self):
        self.due.clear()

    def tick(self):
        self.due.pop()()


@pytest.fixture
def loop(monkeypatch):
    made = Loop()
    monkeypatch.setattr(asyncio, "get_running_loop", lambda: made)
    monkeypatch.setenv("COLUMNS", "120")
    return made


def live(planned, settled, opened):
    made = Live()
    made.tally.planned = planned
    made.tally.closed = settled - opened
    made.tally.open = opened
    return made


@pytest.mark.parametrize(
    ("run", "columns", "shown"),
    [
        (live(10, 4, 1), 120, ("sweep", "4 of 10, 40%", "0 hosts, 1 open, 0 asked, 0 exposed")),
        (live(10, 10, 2), 120, ("confirm", "10 of 10, 100%", "2 open")),
        (live(1_000_000, 400_000, 1), 80, ("sweep", "40%", "1 open, 0 exposed")),
    ],
)
def test_a_run_is_drawn_with_what_is_known_until_now(loop, capsys, monkeypatch, run, columns, shown):
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("FORCE_COLOR", "1")
    with show_progress(run, shown=True):
        loop.tick()
        assert len(loop.due) == 1
        told = capsys.readouterr()
        assert all(word in told.err for word in shown)
    assert told.out == ""
    assert loop.due == []


def test_before_anything_is_planned_nothing_is_divided_by_nothing(loop):
    with show_progress(Live(), shown=True):
        loop.tick()


def test_an_error_ends_the_drawing_too(loop):
    with pytest.raises(ZeroDivisionError), show_progress(Live(), shown=True):
        raise ZeroDivisionError
    assert loop.due == []


def test_what_is_not_shown_asks_no_loop(capsys):
    with show_progress(Live(), shown=False):
        pass
    assert capsys.readouterr() == ("", "")


class Clock:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


def test_speed_is_that_of_the_last_seconds_and_says_how_long_is_left():
    clock = Clock()
    speed = Speed(clock)
    run = live(3_600_000, 0, 0)
    assert line_of(run, speed, wide=False) == "0%; 0 open, 0 exposed"
    for _ in range(60):
        clock.now += 1
        run.tally.closed += 1_000
        line_of(run, speed, wide=False)
    clock.now += 1
    run.tally.closed += 100
    run.exposed = 2
    # Ten seconds at 1,000 a second and one at 100: what was before them no longer counts.
    assert line_of(run, speed, wide=False) == "2%; 910/s, about 1:04:50 left; 0 open, 2 exposed"
    wide = line_of(run, speed, wide=True)
    assert wide.startswith("60,100 of 3,600,000, 2%; 910/s")
    assert wide.endswith("; 1:01 so far")


def test_the_line_of_a_narrow_terminal_fits_beside_its_bar():
    clock = Clock()
    speed = Speed(clock)
    run = live(16_700_000, 0, 0)
    run.tally.open, run.exposed = 12_345, 1_234
    clock.now += 3_000
    assert len(line_of(run, speed, wide=False)) <= 80 - len("confirm ") - 9
