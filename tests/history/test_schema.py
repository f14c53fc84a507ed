import sqlite3
from contextlib import closing

import pytest

from scanner.history.schema import APPLICATION, FORMAT, create, is_empty, is_ours


@pytest.fixture
def database():
    with closing(sqlite3.connect(":memory:")) as made:
        yield made


def test_what_is_made_is_ours_and_no_longer_empty(database):
    assert is_empty(database)
    assert not is_ours(database)
    create(database)
    assert not is_empty(database)
    assert is_ours(database)
    assert database.execute("SELECT * FROM progress").fetchall() == [(0, 0, 0, 0, 0)]
    assert database.execute("SELECT count(*) FROM asked").fetchone() == (0,)


@pytest.mark.parametrize(
    ("pragma", "value"),
    [("application_id", APPLICATION + 1), ("user_version", FORMAT - 1), ("user_version", FORMAT + 1)],
)
def test_another_program_s_or_format_s_file_is_none_of_ours(database, pragma, value):
    create(database)
    database.execute(f"PRAGMA {pragma} = {value}")
    assert not is_ours(database)


def test_tables_are_made_whole_or_not_at_all(database):
    database.execute("CREATE TABLE findings (a)")
    with pytest.raises(sqlite3.OperationalError):
        create(database)
    database.rollback()
    assert [name for (name,) in database.execute("SELECT name FROM sqlite_master")] == ["findings"]
    assert not is_ours(database)
