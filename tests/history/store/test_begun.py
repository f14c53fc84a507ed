import pytest

from scanner.history.store import begun
from scanner.history.store.add import add_run
from scanner.history.store.tables import begun as begun_table
from scanner.history.store.walk import Wanted, counted
from tests.history.store.told import HOSTS, NOW, found, told

NOBODY = 2**22 + 2
"""Above the highest number of a process (proc(5), pid_max)."""


def begun_by(store, run_id, **values):
    begun.begin(store, run_id, NOW)
    if not values:
        return
    with store.writing() as connection:
        connection.execute(begun_table.update().where(begun_table.c.run_id == run_id).values(**values))


def test_a_run_whose_writer_died_is_named_once(store):
    begun_by(store, "lost", pid=NOBODY)
    assert add_run(store, told(1, found(HOSTS[0])), NOW).lost == ("lost",)
    assert add_run(store, told(2, found(HOSTS[0])), NOW).lost == ()


def test_a_writer_that_lives_is_left_alone(store):
    begun_by(store, "mine")
    begun_by(store, "elsewhere", host="another-machine", pid=1)
    assert add_run(store, told(1, found(HOSTS[0])), NOW).lost == ()


def test_a_writer_on_another_machine_is_dead_after_an_hour(store):
    begun_by(store, "elsewhere", host="another-machine", pid=1, at="2026-12-30T22:59:59Z")
    assert add_run(store, told(1, found(HOSTS[0])), NOW).lost == ("elsewhere",)


def test_a_run_that_was_added_after_all_is_not_lost(store):
    add_run(store, told(1, found(HOSTS[0]), name="again"), NOW)
    begun_by(store, "again", pid=NOBODY)
    assert add_run(store, told(2, found(HOSTS[0])), NOW).lost == ()


def test_a_writer_that_is_interrupted_leaves_its_mark_and_nothing_else(store, monkeypatch):
    def interrupted(self):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("scanner.history.store.derive.Writer.missing", interrupted)
        with pytest.raises(KeyboardInterrupt):
            add_run(store, told(1, found(HOSTS[0])), NOW)
    with store.reading() as connection:
        assert counted(connection, Wanted()) == 0
        assert connection.execute(begun_table.select()).one().run_id == "run-1-"
