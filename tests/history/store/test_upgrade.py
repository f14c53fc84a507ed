import sqlite3

import pytest
from sqlalchemy import inspect

from scanner.core.errors import StoreError
from scanner.history.store import upgrade
from scanner.history.store.open import Store
from scanner.history.store.place import read_place
from scanner.history.store.tables import META


def test_a_file_of_a_newer_version_is_refused(file):
    with sqlite3.connect(file) as database:
        database.execute("update exposure_version set version_num = '0999'")
    with pytest.raises(StoreError, match="newer exposure"):
        Store(read_place(str(file)))


def test_every_schema_version_becomes_the_newest(url):
    """So far there is one; each further one gets its database here, filled by the version that wrote it."""
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
