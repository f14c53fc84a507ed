import asyncio

import pytest

from scanner.cli.progress import show_progress
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
    ("run", "shown"),
    [
        (live(10, 4, 1), ("sweep", "4/10", "1 open, 0 asked")),
        (live(10, 10, 2), ("confirm", "10/10", "2 open, 0 asked")),
    ],
)
def test_a_run_is_drawn_with_what_is_known_until_now(loop, capsys, monkeypatch, run, shown):
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
