"""Opens a history: the engine, its transactions, the schema, and the file's safety."""

import errno
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DatabaseError, OperationalError, SQLAlchemyError

from scanner.core.errors import SetupError, StoreError
from scanner.core.text import clean
from scanner.history.store import upgrade
from scanner.history.store.place import demand_local, words_of

_BUSY_MS = 60_000
_LOCK = 0x4558504F
"""Advisory lock of PostgreSQL that writers take, one after the other."""


class Store:
    """A history, open."""

    def __init__(self, url: URL, *, make: bool = True) -> None:
        """Open, and make or migrate the tables; raises StoreError, SetupError.

        Without `make` a history that is not there is an error: reading should not leave an empty file behind.
        """
        self.name = words_of(url)
        """Where it is, without a password."""
        fixed = url.drivername == "sqlite" and _prepare(Path(str(url.database)), make=make)
        self._engine = _engine(_as_it_is(url) if fixed else url)
        try:
            with self.reading() as connection:
                held = upgrade.version(connection, self.name)
            if fixed and held != upgrade.HEAD:
                raise StoreError(
                    f"{self.name} has to be brought up to date and is read-only; copy it, and read the copy"
                )
            self._write_ahead(fixed=fixed)
            if held != upgrade.HEAD:
                if held is None and not make:
                    raise StoreError(f"{self.name} holds no history yet; fill it with `exposure history add REPORT`")
                with self._altering() as connection:
                    if upgrade.version(connection, self.name) != upgrade.HEAD:
                        upgrade.upgrade(connection)
        except BaseException:
            self.close()
            raise

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Yield a connection in a transaction that sees one state of the history."""
        with self._speaking(), self._engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Yield a connection in a transaction of the only writer; it is kept when the block ends without an error."""
        with self._speaking(), self._engine.connect() as connection, self._alone(connection) as writer:
            yield writer

    @contextmanager
    def _altering(self) -> Iterator[Connection]:
        """Yield a writer that may make tables anew: what refers to them is looked at when all is done."""
        with self._speaking(), self._engine.connect() as connection:
            sqlite = connection.dialect.name == "sqlite"
            # Nothing but this lets a table be replaced, outside of a transaction (sqlite.org/lang_altertable.html, 7).
            switch = connection.connection.cursor()
            if sqlite:
                switch.execute("PRAGMA foreign_keys = OFF")
            try:
                with self._alone(connection) as writer:
                    yield writer
                    if sqlite and writer.exec_driver_sql("PRAGMA foreign_key_check").first():
                        raise StoreError(
                            f"{self.name} is damaged: rows refer to what is not there; nothing was changed"
                        )
            finally:
                if sqlite:
                    switch.execute("PRAGMA foreign_keys = ON")
                switch.close()

    @contextmanager
    def _alone(self, connection: Connection) -> Iterator[Connection]:
        """Yield a connection that writes while nobody else does."""
        sqlite = connection.dialect.name == "sqlite"
        # In PostgreSQL a writer must see what the one before it has written while it waited for the lock.
        more: dict[str, Any] = {} if sqlite else {"isolation_level": "READ COMMITTED"}
        writer = connection.execution_options(begin="BEGIN IMMEDIATE", **more)
        with writer.begin():
            if not sqlite:
                writer.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
            yield writer

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    def __enter__(self) -> "Store":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _write_ahead(self, *, fixed: bool) -> None:
        if self._engine.dialect.name == "sqlite" and not fixed:
            with self._speaking(), closing(self._engine.raw_connection()) as connection:
                connection.cursor().execute("PRAGMA journal_mode = WAL").close()

    @contextmanager
    def _speaking(self) -> Iterator[None]:
        try:
            yield
        except OperationalError as error:
            raise StoreError(f"{self.name} can't be used: {_cause(error)}; nothing was changed") from error
        except DatabaseError as error:
            raise StoreError(f"{self.name} is damaged or no history: {_cause(error)}") from error
        except sqlite3.Error as error:
            raise StoreError(f"{self.name} is no history: {clean(str(error), 160)}; name another file") from error
        except SQLAlchemyError as error:
            raise StoreError(f"{self.name}: {type(error).__name__}; nothing was changed") from error


def _cause(error: DatabaseError) -> str:
    lines = str(error.orig).strip().splitlines()
    return clean(lines[0] if lines else type(error.orig).__name__, 160)


def _prepare(path: Path, *, make: bool) -> bool:
    """Make the file if it may be made; return whether it can only be read, as on a medium or a backup."""
    if not path.exists() and not make:
        raise StoreError(f"{path} is not there; fill it with `exposure history add REPORT` or `scan --history`")
    demand_local(path.absolute())
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Made by us before SQLite can make it with the permissions of the umask: findings are nobody else's business.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    except OSError as error:
        if not make and _is_fixed(path, error):
            return True
        raise StoreError(f"{path} can't be opened: {error.strerror}; name another file") from error
    return False


def _is_fixed(path: Path, error: OSError) -> bool:
    """Tell whether nobody writes a file, and it holds all of a history: no writer has left a journal beside it."""
    journal = path.with_name(f"{path.name}-wal")
    whole = not journal.exists() or journal.stat().st_size == 0
    # Another user's file may change while it is read; one on a read-only medium or without any right to write does not.
    for_nobody = error.errno == errno.EROFS or not path.stat().st_mode & 0o222
    return for_nobody and os.access(path, os.R_OK) and whole


def _as_it_is(url: URL) -> URL:
    """Return the place of a file that nobody changes: SQLite then asks for no lock and no file beside it."""
    place = quote(str(Path(str(url.database)).absolute()))
    return url.set(database=f"file:{place}", query={"mode": "ro", "immutable": "1", "uri": "true"})


def _engine(url: URL) -> Engine:
    if url.drivername == "sqlite":
        engine = create_engine(url, connect_args={"timeout": _BUSY_MS / 1_000})
        event.listen(engine, "connect", _on_connect)
        event.listen(engine, "begin", _on_begin)
        return engine
    try:
        return create_engine(url, isolation_level="REPEATABLE READ", pool_pre_ping=True)
    except ImportError as error:
        raise SetupError(
            "a history in PostgreSQL needs its driver: pip install 'exposure-scanner[postgres]'"
        ) from error


def _on_connect(connection: Any, _record: object) -> None:
    # The driver would begin transactions by itself, and never IMMEDIATE ones.
    connection.isolation_level = None
    cursor = connection.cursor()
    # The journal's mode is in the file's header: it is set when the file is known to be ours.
    for pragma in ("synchronous = NORMAL", "foreign_keys = ON", f"busy_timeout = {_BUSY_MS}"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _on_begin(connection: Connection) -> None:
    connection.exec_driver_sql(str(connection.get_execution_options().get("begin", "BEGIN")))
