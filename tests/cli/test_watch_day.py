"""A day of `exposure watch` on a clock of its own: real store, real digests, sinks that remember."""

from dataclasses import replace
from itertools import pairwise

import pytest

from scanner.cli import run_watch
from scanner.cli.outputs import Outputs
from scanner.cli.run_watch import Watch
from scanner.cli.watch import WatchOptions
from scanner.core.errors import SetupError
from scanner.history.store.open import Store
from scanner.history.store.place import read_place
from scanner.net.clock import Clock
from scanner.watch.digest import Occasion
from scanner.watch.tell import Listener
from scanner.watch.timetable import run_again
from tests.history.store.told import HOSTS, found, told
from tests.watch.told import Remembering, Wall

HOUR_S = 3_600.0
OPEN = {0: 1, 1: 1, 2: 2, 3: 2, 4: 2, 5: 1, 6: 1, 7: 3}
"""How many of the hosts are open, from which hour on."""
BROKEN = range(9, 12)
"""Hours in which the scan itself fails."""
DOWN = range(2, 4)
"""Hours in which the second sink takes nothing."""


@pytest.fixture
def day(tmp_path, monkeypatch):
    """Watch for a day, every hour; the look of the sixth hour takes two and a half."""
    clock, sinks, looks = Wall(), [Remembering("first"), Remembering("second")], []
    begin_s = clock.at_s

    def hour():
        return int((clock.at_s - begin_s) // HOUR_S)

    def look(*_):
        began, now = clock.at_s, hour()
        sinks[1].broken = now in DOWN
        number = OPEN[max(known for known in OPEN if known <= now)]
        report = told(1, *map(found, HOSTS[:number]), name=f"run-{len(looks)}")
        at = clock.utc()
        clock.pass_s(2.5 * HOUR_S if now == 6 else 300.0)
        looks.append((began, clock.at_s))
        if now in BROKEN:
            raise SetupError("no descriptors left")
        return replace(report, run=replace(report.run, started=at, ended=clock.utc())), ()

    def wait(seconds):
        clock.pass_s(seconds)
        return clock.at_s - begin_s >= 24 * HOUR_S

    monkeypatch.setattr(run_watch, "look", look)
    monkeypatch.setattr(Clock, "utc", lambda _: clock.utc())
    with Store(read_place(str(tmp_path / "day.db"))) as store:
        options = WatchOptions(targets=("127.0.0.1",), form="none")
        outputs = Outputs.resolve(options, options, quiet=True)
        listeners = tuple(Listener(sink, sink.name) for sink in sinks)
        watch = Watch(options, store, listeners, outputs, None, clock)
        run_again(watch.run, wait, every_s=HOUR_S, jitter_s=0.0, clock=clock)
    return looks, sinks


def test_no_two_looks_overlap_and_none_is_left_out(day):
    looks, _ = day
    assert all(ended <= began for (_, ended), (began, _) in pairwise(looks))
    # One an hour; the long one took the place of one, and put the others off by half an hour.
    assert [round(began / HOUR_S - looks[0][0] / HOUR_S, 1) for began, _ in looks] == [
        *range(7), *(hour + 0.5 for hour in range(8, 24)),
    ]  # fmt: skip


def test_each_change_is_told_once_and_so_is_that_the_watch_failed(day):
    _, sinks = day
    subjects = [[one.subject.removeprefix("exposure: ") for one in sink.got] for sink in sinks]
    first = [
        "1 new, the gravest high",
        "1 new, the gravest high",
        "1 gone",
        "1 new, 1 back, the gravest high",
        "the watch failed: no descriptors left",
        "the watch works again",
    ]
    assert subjects[0] == first
    # Who was down hears the same, later, and nothing twice.
    assert subjects[1] == first
    for sink in sinks:
        told_of = [(one.turn, one.fingerprint, digest.run) for digest in sink.got for one in digest.told]
        assert len(told_of) == len(set(told_of)) == 5
        assert len({digest.id for digest in sink.got}) == len(sink.got)
        assert [digest.occasion for digest in sink.got].count(Occasion.FAILED) == 1
