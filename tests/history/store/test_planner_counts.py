"""PostgreSQL's planner knows how large the tables are as soon as a large run was added."""

import pytest
from sqlalchemy import text

from scanner.history.store import planner_counts
from scanner.history.store.add import add_run
from scanner.history.store.open import Store
from scanner.history.store.place import read_place
from tests.bench.bench_history import NOW, report_of

COUNTED = text("SELECT reltuples FROM pg_class WHERE oid = to_regclass('finding')")


def counted(store):
    with store.reading() as connection:
        return connection.scalar(COUNTED)


@pytest.mark.real
def test_tables_are_counted_when_they_have_grown_and_not_for_each_run(postgresql, monkeypatch):
    monkeypatch.setattr(planner_counts, "_LEAST", 100)
    with Store(read_place(postgresql())) as store:
        add_run(store, report_of(0, 0, 50, 0), NOW)
        assert counted(store) == -1
        add_run(store, report_of(1, 50, 100, 0), NOW)
        assert counted(store) == 150
        add_run(store, report_of(2, 150, 10, 0), NOW)
        assert counted(store) == 150
        add_run(store, report_of(3, 160, 40, 0), NOW)
        assert counted(store) == 200


def test_sqlite_is_left_alone(store):
    with store.writing() as connection:
        planner_counts.refresh(connection)
