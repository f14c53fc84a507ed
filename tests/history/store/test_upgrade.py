import json
import sqlite3
from base64 import b64decode
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Boolean, LargeBinary, MetaData, create_engine, inspect, select

from scanner.core.errors import StoreError
from scanner.history.store import upgrade
from scanner.history.store.add import add_run
from scanner.history.store.ask import stories
from scanner.history.store.open import Store
from scanner.history.store.place import read_place
from scanner.history.store.tables import META, closed, daily, endpoint, finding, sought, standing
from tests.history.store.told import NOW, found, run_of, told

VERSIONS = Path(__file__).with_name("versions")
"""Rows of a small history, by the version that wrote them: one line a row, binary values in base64."""


def test_a_file_of_a_newer_version_is_refused(file):
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("update exposure_version set version_num = '0999'")
    with pytest.raises(StoreError, match="newer exposure"):
        Store(read_place(str(file)))


def fill(url, version):
    """Make a history of an earlier version, with the rows that this version wrote."""
    engine = create_engine(read_place(url))
    with engine.begin() as connection:
        upgrade.upgrade(connection, version)
        held = MetaData()
        held.reflect(connection)
        for line in (VERSIONS / f"{version}.ndjson").read_text().splitlines():
            name, row = json.loads(line)
            table = held.tables[name]
            for column in table.c:
                if isinstance(column.type, LargeBinary):
                    row[column.name] = b64decode(row[column.name])
                elif isinstance(column.type, Boolean):
                    row[column.name] = bool(row[column.name])
            if name == "event":
                # Its numbers come from the database, which has to go on with them.
                del row["id"]
            connection.execute(table.insert(), row)
    engine.dispose()


def answers(url):
    """Return what a history says, and everything that it derives."""
    with Store(read_place(url)) as store, store.reading() as connection:
        said = [replace(one, finding={}) for one in stories(connection)]
        derived = [
            sorted(map(repr, connection.execute(select(*columns)).all()))
            for columns in (
                (standing,), (closed,), (daily,), (endpoint.c.address, endpoint.c.number),
                (finding.c.fingerprint, finding.c.number, finding.c.listed, finding.c.shows),
                (sought.c.term,),
            )
        ]  # fmt: skip
        return said, derived


@pytest.mark.parametrize("version", [path.stem for path in sorted(VERSIONS.glob("*.ndjson"))])
def test_a_history_of_every_earlier_version_answers_as_one_that_this_version_has_filled(places, version):
    url, url_too = places
    fill(url, version)
    seen = found("fd00::1", fingerprint="9" * 64, owner="web")
    named = replace(seen, endpoint=replace(seen.endpoint, name="db1.prod.internal"))
    with Store(read_place(url_too)) as store:
        for day in (1, 5, 6, 12, 20, 30):
            add_run(store, run_of(day), NOW)
        add_run(store, told(3, named, name="late", vantage="dmz", hosts=("fd00::1",)), NOW)
    assert answers(url) == answers(url_too)
    with Store(read_place(url)) as store:
        assert add_run(store, run_of(30), NOW).was_there
        assert [one.event.turn.value for one in add_run(store, told(31), NOW).turned].count("gone") == 6
        with pytest.raises(StoreError), store.writing() as connection:
            connection.execute(finding.update().values(fingerprint="0" * 64))


def test_rows_that_refer_to_nothing_are_not_migrated(file_of_nothing):
    fill(str(file_of_nothing), "0001")
    with closing(sqlite3.connect(file_of_nothing)) as database, database:
        database.execute("delete from run where id = 1")
    with pytest.raises(StoreError, match="refer to what is not there"):
        Store(read_place(str(file_of_nothing)))
    with closing(sqlite3.connect(file_of_nothing)) as database, database:
        assert database.execute("select version_num from exposure_version").fetchall() == [("0001",)]


def test_every_version_but_the_newest_has_a_history_that_it_wrote():
    assert [path.stem for path in sorted(VERSIONS.glob("*.ndjson"))] == list(upgrade._KNOWN[:-1])


def test_the_tables_are_those_that_the_migrations_make(url):
    with Store(read_place(url)) as store, store.reading() as connection:
        assert upgrade.version(connection, "it") == upgrade.HEAD
        held = inspect(connection)
        assert set(META.tables) <= set(held.get_table_names())
        for name, table in META.tables.items():
            assert {column["name"] for column in held.get_columns(name)} == set(table.c.keys())
            assert {index["name"] for index in held.get_indexes(name)} >= {index.name for index in table.indexes}


def test_head_is_the_newest_migration():
    names = sorted(path.name[:4] for path in upgrade._MIGRATIONS.glob("versions/[0-9]*.py"))
    assert names[-1] == upgrade.HEAD
    assert tuple(names) == upgrade._KNOWN


def test_a_database_of_others_is_refused(postgresql):
    pytest.importorskip("psycopg")
    url = postgresql()
    with Store(read_place(url)) as store, store.writing() as connection:
        connection.exec_driver_sql("drop table exposure_version")
    with pytest.raises(StoreError, match="something else"):
        Store(read_place(url))
