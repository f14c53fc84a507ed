"""A writer that is killed before any of its statements leaves the run whole or not at all."""

import os
import signal

import pytest
from sqlalchemy import event, select

from scanner.history.store.add import add_run
from scanner.history.store.open import Store
from scanner.history.store.place import read_place
from scanner.history.store.tables import META, run
from tests.history.store.told import HOSTS, NOW, found, told


def killed_at(path, number):
    """Add the second run in a process that kills itself before its n-th statement, or before the n-th commit."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    try:
        store = Store(read_place(str(path)))
        left = [number]

        def count(*_):
            left[0] -= 1
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)

        event.listen(store._engine, "before_cursor_execute", count)
        event.listen(store._engine, "commit", count)
        add_run(store, told(2, *map(found, HOSTS[1:])), NOW)
    finally:
        os._exit(0)


def rows(path):
    with Store(read_place(str(path))) as store, store.reading() as connection:
        return {
            table: connection.execute(select(META.tables[table])).all() for table in META.tables if table != "begun"
        }


@pytest.mark.slow
def test_before_whichever_statement_it_dies(file):
    with Store(read_place(str(file))) as store:
        add_run(store, told(1, *map(found, HOSTS)), NOW)
    before, number, code = rows(file), 0, -signal.SIGKILL
    while code == -signal.SIGKILL:
        number += 1
        code = killed_at(file, number)
        if code == -signal.SIGKILL:
            assert rows(file) == before, number
    assert number > 20
    assert rows(file) != before
    with Store(read_place(str(file))) as store:
        # Each of the dead left a mark, unless it died before that; the run was kept in the end.
        assert add_run(store, told(3), NOW).lost == ()
        with store.reading() as connection:
            assert connection.scalars(select(run.c.run_id).order_by(run.c.id)).all() == ["run-1-", "run-2-", "run-3-"]


@pytest.mark.parametrize("number", [4, 12, 20])
def test_the_next_writer_names_what_was_lost(file, number):
    assert killed_at(file, number) == -signal.SIGKILL
    with Store(read_place(str(file))) as store:
        assert add_run(store, told(3), NOW).lost == (("run-2-",) if number > 4 else ())
