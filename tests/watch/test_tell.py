import asyncio
from contextlib import contextmanager

import pytest

from scanner.core.errors import StoreError
from scanner.history.store.add import add_run
from scanner.history.store.open import Store
from scanner.history.store.owed import owed
from scanner.watch.digest import Occasion
from scanner.watch.tell import Listener, digest_of, tell_changes, tell_failure
from tests.history.store.told import HOSTS, found, told
from tests.watch.told import Remembering, Wall

ONE, TWO = HOSTS[:2]


@pytest.fixture
def desk(store):
    return Desk(store)


class Desk:
    def __init__(self, store):
        self.store, self.clock = store, Wall()
        self.sinks = [Remembering("first"), Remembering("second")]
        self.complaints = []

    def look(self, report=None, why=""):
        if report is not None:
            add_run(self.store, report, self.clock.utc())
        listeners = [Listener(sink, sink.name) for sink in self.sinks]

        async def tell():
            await tell_changes(self.store, listeners, self.clock, self.complaints.append)
            await tell_failure(self.store, listeners, why, self.clock, self.complaints.append)

        asyncio.run(tell())
        self.clock.pass_s(3_600)

    def got(self, number=0):
        return [digest.subject.removeprefix("exposure: ") for digest in self.sinks[number].got]


def test_each_change_is_told_once_to_everybody(desk):
    for report in (told(1, found(ONE)), told(2, found(ONE)), told(3, found(ONE), found(TWO)), told(4, found(TWO))):
        desk.look(report)
        desk.look()
    assert desk.got(0) == ["1 new, the gravest high", "1 new, the gravest high", "1 gone"]
    assert desk.got(1) == desk.got(0)


def test_a_sink_that_is_down_hears_it_later_and_the_others_at_once(desk):
    desk.sinks[0].broken = True
    desk.look(told(1, found(ONE)))
    assert (desk.got(0), desk.got(1)) == ([], ["1 new, the gravest high"])
    assert desk.complaints == ["first is down"]
    desk.sinks[0].broken = False
    desk.look(told(2, found(ONE)))
    assert desk.got(0) == ["1 new, the gravest high"]
    assert len(desk.got(1)) == 1


def test_a_new_sink_is_told_of_the_latest_run_alone(desk):
    desk.look(told(1, found(ONE)))
    desk.look(told(2, found(ONE), found(TWO)))
    desk.sinks.append(Remembering("third"))
    desk.look(told(3, found(TWO)))
    assert desk.got(2) == ["1 gone"]


def test_a_message_that_was_lost_with_its_process_is_sent_again_after_a_while(desk):
    add_run(desk.store, told(1, found(ONE)), desk.clock.utc())
    assert owed(desk.store, "first", desk.clock.utc()) == [1]
    assert owed(desk.store, "first", desk.clock.utc()) == []
    desk.clock.pass_s(3_600)
    desk.look()
    assert desk.got(0) == ["1 new, the gravest high"]


def test_a_failing_watch_is_told_once_and_so_is_its_recovery(desk):
    for why in ("no network", "no network", "", "", "disk full"):
        desk.look(why=why)
    assert [digest.occasion for digest in desk.sinks[0].got] == [Occasion.FAILED, Occasion.RECOVERED, Occasion.FAILED]


def test_a_history_that_cannot_be_used_keeps_nobody_from_hearing_that_the_watch_fails(desk, monkeypatch):
    @contextmanager
    def broken(_store):
        raise StoreError("h.db can't be used: disk full")
        yield

    listeners = [Listener(desk.sinks[0], "first")]
    monkeypatch.setattr(Store, "writing", broken)
    asyncio.run(tell_failure(desk.store, listeners, "disk full", desk.clock, desk.complaints.append))
    monkeypatch.setattr(Store, "reading", broken)
    asyncio.run(tell_failure(desk.store, listeners, "disk full", desk.clock, desk.complaints.append))
    assert [digest.occasion for digest in desk.sinks[0].got] == [Occasion.FAILED] * 2
    assert desk.complaints == ["h.db can't be used: disk full"] * 2


def test_the_same_message_has_the_same_id(desk):
    desk.look(told(1, found(ONE)))
    assert desk.sinks[0].got[0].id == desk.sinks[1].got[0].id == digest_of(desk.store, 1).id
