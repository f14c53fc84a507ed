from collections import Counter

import pytest

from scanner.core.errors import SetupError
from scanner.core.event import PortEvent, PortState
from scanner.core.ports import Transport
from scanner.sweep.engine import Checkpoint, Tally
from scanner.sweep.syn.progress import COMMIT_S, Progress

OPENED = PortEvent(1, 80, Transport.TCP, PortState.OPEN, None)


class Ledger:
    def __init__(self, checkpoint: Checkpoint) -> None:
        self.checkpoint = checkpoint
        self.committed: list[Checkpoint] = []

    def restore(self) -> Checkpoint:
        return self.checkpoint

    def commit(self, checkpoint: Checkpoint) -> None:
        self.committed.append(checkpoint)


def start(**kept):
    ledger = Ledger(Checkpoint(**kept))
    return ledger, Progress.restore(ledger)


def test_a_file_of_the_connect_sweep_is_refused():
    with pytest.raises(SetupError, match="--engine connect"):
        start(pages={0: (b"", b"")})


def test_an_earlier_part_is_counted_and_its_open_ports_are_returned():
    _, progress = start(low_water=9, opened=[OPENED], open=1, closed=2, filtered=3, unreachable=4)
    tally = Tally()
    assert progress.replay(tally) == [OPENED]
    assert (tally.open, tally.closed, tally.filtered, tally.unreachable) == (1, 2, 3, 4)


def test_only_slices_that_touch_the_low_water_mark_are_committed():
    ledger, progress = start(low_water=10, closed=7)
    progress.settled(20, 30, Counter({PortState.CLOSED: 10}))
    progress.commit(1.0, list)
    assert ledger.committed == []
    progress.settled(10, 20, Counter({PortState.OPEN: 1, PortState.FILTERED: 9}))
    progress.commit(2.0, lambda: [5, 6])
    (kept,) = ledger.committed
    assert (kept.low_water, kept.open, kept.closed, kept.filtered, kept.met) == (30, 1, 17, 9, [5, 6])


def test_open_ports_are_committed_at_once_and_only_once():
    ledger, progress = start()
    progress.found([OPENED])
    progress.commit(1.0, list)
    progress.commit(2.0, list)
    (kept,) = ledger.committed
    assert (kept.low_water, kept.opened, kept.open) == (0, [OPENED], 0)


def test_commits_keep_their_distance_but_for_the_last():
    ledger, progress = start()
    for now_s, last in ((1.0, False), (1.0 + COMMIT_S / 2, False), (1.0 + COMMIT_S / 2, True)):
        progress.found([OPENED])
        progress.commit(now_s, list, last=last)
    assert [len(kept.opened) for kept in ledger.committed] == [1, 2]
