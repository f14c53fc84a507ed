import errno
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing, suppress

import pytest
from sqlalchemy import select

from scanner.core.errors import SetupError, StoreError
from scanner.history.resume import ResumableRun
from scanner.history.store.add import add_run
from scanner.history.store.open import Store
from scanner.history.store.place import read_place
from scanner.history.store.tables import fact, run
from tests.history.store.told import HOSTS, NOW, found, run_of, told


def test_a_new_file_is_its_owners_alone(tmp_path):
    path = tmp_path / "deep" / "history.db"
    Store(read_place(str(path))).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_reading_what_is_not_there_leaves_nothing_behind(tmp_path):
    with pytest.raises(StoreError, match="history add"):
        Store(read_place(str(tmp_path / "none.db")), make=False)
    assert list(tmp_path.iterdir()) == []


def test_a_foreign_or_damaged_file_is_refused_and_left_alone(tmp_path, file):
    foreign = tmp_path / "foreign.db"
    with closing(sqlite3.connect(foreign)) as database, database:
        database.execute("create table run (id integer)")
    resume = tmp_path / "resume.db"
    ResumableRun(resume, {"a": "b"}).close()
    text = tmp_path / "text.db"
    text.write_text("not a database, " * 100)
    torn = tmp_path / "torn.db"
    torn.write_bytes(b"SQLite format 3\0" + b"\xff" * 5_000)
    for path in (foreign, resume, text, torn):
        before = path.read_bytes()
        with pytest.raises(StoreError) as told_why:
            Store(read_place(str(path)))
        assert str(path) in str(told_why.value)
        assert "\n" not in str(told_why.value)
        assert path.read_bytes() == before


def test_an_error_of_the_database_is_a_line(store):
    with pytest.raises(StoreError, match="nothing was changed"), store.reading() as connection:
        connection.exec_driver_sql("select * from nowhere")


def test_a_writer_that_fails_leaves_nothing(store):
    add_run(store, told(1, found(HOSTS[0])), NOW)
    with suppress(ZeroDivisionError), store.writing() as connection:
        connection.execute(fact.delete())
        raise ZeroDivisionError
    with store.reading() as connection:
        assert len(connection.execute(select(fact)).all()) == 1


_WRITER = """
import sys
from scanner.history.store.add import add_run
from scanner.history.store.open import Store
from scanner.history.store.place import read_place
from tests.history.store.told import HOSTS, NOW, found, run_of, told
with Store(read_place(sys.argv[1])) as store:
    for day in range(int(sys.argv[2]), 13, 2):
        add_run(store, told(day, found(HOSTS[day % 8])), NOW)
"""


def test_two_writers_at_once_lose_nothing(url):
    Store(read_place(url)).close()
    writers = [subprocess.Popen([sys.executable, "-c", _WRITER, url, str(first)]) for first in (1, 2)]
    assert [writer.wait() for writer in writers] == [0, 0]
    with Store(read_place(url)) as store, store.reading() as connection:
        assert len(connection.execute(select(run)).all()) == 12


def test_without_its_driver_postgresql_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(SetupError, match=r"pip install 'exposure-scanner\[postgres\]'"):
        Store(read_place("postgresql://nobody@127.0.0.1:1/none"))


def test_a_server_that_is_not_there_is_a_line_without_the_password():
    pytest.importorskip("psycopg")
    with pytest.raises(StoreError) as told_why:
        Store(read_place("postgresql://me:hunter2@127.0.0.1:1/none?connect_timeout=2"))
    assert "127.0.0.1:1" in str(told_why.value)
    assert "hunter2" not in str(told_why.value)


def test_what_is_kept_survives_closing(file):
    with Store(read_place(str(file))) as store:
        add_run(store, told(1, found(HOSTS[0])), NOW)
    with Store(read_place(str(file)), make=False) as store, store.reading() as connection:
        assert len(connection.execute(select(run)).all()) == 1


def test_a_history_that_nobody_may_write_is_read_as_it_is(file, monkeypatch):
    with Store(read_place(str(file))) as store:
        add_run(store, run_of(1), NOW)
    file.chmod(0o400)
    # Root may write what nobody may: refuse it here as a medium would.
    monkeypatch.setattr("scanner.history.store.open.os.open", refuse)
    with Store(read_place(str(file)), make=False) as held, held.reading() as connection:
        assert connection.scalars(select(run.c.id)).all() == [1]
    with (
        Store(read_place(str(file)), make=False) as held,
        pytest.raises(StoreError, match="readonly"),
        held.writing() as one,
    ):
        one.exec_driver_sql("DELETE FROM run")
    file.with_name(f"{file.name}-wal").write_bytes(b"x")
    with pytest.raises(StoreError, match="can't be opened"):
        Store(read_place(str(file)), make=False)


def test_a_file_that_others_write_is_not_read_beside_them(file, monkeypatch):
    monkeypatch.setattr("scanner.history.store.open.os.open", refuse)
    with pytest.raises(StoreError, match="can't be opened"):
        Store(read_place(str(file)), make=False)


def refuse(*_args, **_options):
    raise PermissionError(errno.EACCES, "Permission denied")
