"""A run that survives being stopped, killed or losing power: its progress and findings in one SQLite file.

What is promised: a port is asked at least once, a finding is kept exactly once. The outcome of endpoints and the mark
of how far the run has come move in one transaction, so nothing that was committed is lost and nothing is skipped.
Write-ahead logging with synchronous=NORMAL survives the death of the process; a power cut may cost the last commits,
whose endpoints are then asked again (sqlite.org/pragma.html#pragma_synchronous).
"""

import errno
import fcntl
import json
import os
import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO

from scanner.core.errors import StoreError
from scanner.core.event import PortEvent, PortState
from scanner.core.plan import Place
from scanner.core.ports import Transport
from scanner.history import marks, schema
from scanner.history.run_identity import differences, digest
from scanner.net.clock import Clock
from scanner.sweep.engine import PAGE, Checkpoint

OLD_AFTER = timedelta(hours=24)

_HEADER_BYTES = 100
"""Length of the header of a database (sqlite.org/fileformat.html#the_database_header)."""


def stored_seed(path: Path) -> int | None:
    """Return the seed of the run in a file, None when there is none yet; raises StoreError for a foreign file.

    The order of a run follows from its seed, so it is read before the plan is made.
    """
    if not path.exists() or not path.stat().st_size:
        return None
    with _speaking_of(path):
        database = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
        try:
            if schema.is_empty(database):
                return None
            _demand_ours(database, path)
            row = database.execute("SELECT value FROM meta WHERE name = 'identity'").fetchone()
        finally:
            database.close()
    return None if row is None else int(json.loads(row[0])["seed"])


class ResumableRun:
    """One run's file, open; a Ledger for the sweep, and the keeper of what the probes found."""

    def __init__(self, path: Path, identity: Mapping[str, str], clock: Clock | None = None) -> None:
        """Open or create the file; raises StoreError when it is foreign, damaged, in use, or of another run."""
        self._path = path
        self._clock = clock or Clock()
        self._turn = threading.Lock()
        self._lock = _lock(path)
        with ExitStack() as undone:
            undone.callback(self._lock.close)
            with _speaking_of(path):
                self._database = _connect(path)
                undone.callback(self._database.close)
                self.resumed = not schema.is_empty(self._database)
                """Whether an earlier part of the run is in the file."""
                if self.resumed:
                    self._check(identity)
                else:
                    schema.create(self._database)
                    self._write_meta(identity=json.dumps(dict(identity)), digest=digest(identity))
                    self._write_meta(started=self._clock.utc())
                self.old = self._is_old()
                """Whether the earlier part ended more than a day ago: the network may have changed since."""
                with self._transaction() as database:
                    marks.settle(database, died=self._meta("clean") == "0")
                self._write_meta(clean="0", touched=self._clock.utc())
            undone.pop_all()

    @property
    def started(self) -> str:
        """When the first part of the run began, ISO 8601, UTC."""
        return self._meta("started") or self._clock.utc()

    def restore(self) -> Checkpoint:
        """Return how far the run had come, and the open ports that no probe had finished with."""
        with self._transaction() as database:
            database.execute("UPDATE opened SET body = NULL WHERE NOT done")
            row = database.execute("SELECT * FROM progress").fetchone()
            pages = database.execute("SELECT number, settled, silent FROM pages").fetchall()
            opened = database.execute("SELECT address, port, transport, rtt_s FROM opened WHERE NOT done").fetchall()
            met = database.execute("SELECT address FROM met").fetchall()
        low_water, found_open, closed, filtered, unreachable = row
        return Checkpoint(
            low_water=low_water,
            pages={number: (settled, silent) for number, settled, silent in pages},
            opened=[
                PortEvent(int(address), port, Transport(transport), PortState.OPEN, rtt_s)
                for address, port, transport, rtt_s in opened
            ],
            open=found_open,
            closed=closed,
            filtered=filtered,
            unreachable=unreachable,
            met=[int(address) for (address,) in met],
        )

    def commit(self, checkpoint: Checkpoint) -> None:
        """Store what has changed since the last commit: outcomes and mark in one transaction."""
        with self._transaction() as database:
            database.execute(
                "UPDATE progress SET low_water = ?, open = ?, closed = ?, filtered = ?, unreachable = ?",
                (
                    checkpoint.low_water,
                    checkpoint.open,
                    checkpoint.closed,
                    checkpoint.filtered,
                    checkpoint.unreachable,
                ),
            )
            database.executemany(
                "INSERT OR IGNORE INTO met VALUES (?)", ((str(address),) for address in checkpoint.met)
            )
            database.executemany(
                "INSERT OR REPLACE INTO pages VALUES (?, ?, ?)",
                ((number, *blobs) for number, blobs in checkpoint.pages.items()),
            )
            database.execute("DELETE FROM pages WHERE number < ?", (checkpoint.low_water // PAGE,))
            database.executemany(
                "INSERT OR IGNORE INTO opened (address, port, transport, rtt_s) VALUES (?, ?, ?, ?)",
                ((str(event.address), event.port, event.transport.value, event.rtt_s) for event in checkpoint.opened),
            )
            database.execute("INSERT OR REPLACE INTO meta VALUES ('touched', ?)", (self._clock.utc(),))

    def finish(self, event: PortEvent, body: str, findings: Mapping[str, str], *, of: int = 1) -> None:
        """Keep what the probes said of an open port, and its findings by fingerprint, in one transaction.

        Texts are kept as given; `body` is one line. A port behind which several URLs are looked at is done with as many
        bodies as `of` says. A finding that is there already only gets a new time: it exists once, however often
        its endpoint had to be asked.
        """
        now = self._clock.utc()
        with self._transaction() as database:
            database.execute(
                "INSERT OR IGNORE INTO opened (address, port, transport, rtt_s) VALUES (?, ?, ?, ?)",
                (*marks.key_of(event), event.rtt_s),
            )
            kept = database.execute(
                "SELECT body FROM opened WHERE NOT done AND address = ? AND port = ? AND transport = ?",
                marks.key_of(event),
            ).fetchone()
            bodies = [*(kept[0].split("\n") if kept and kept[0] is not None else ()), body]
            database.execute(
                "UPDATE opened SET done = ?, body = ? WHERE address = ? AND port = ? AND transport = ?",
                (len(bodies) >= of, "\n".join(bodies), *marks.key_of(event)),
            )
            database.executemany(
                "INSERT INTO findings VALUES (?, ?, ?, ?)"
                " ON CONFLICT DO UPDATE SET body = excluded.body, last_seen = excluded.last_seen",
                ((fingerprint, text, now, now) for fingerprint, text in findings.items()),
            )

    def mark(self, begun: Sequence[PortEvent], over: Sequence[PortEvent]) -> None:
        """Note which endpoints are about to be asked and which were asked to the end."""
        with self._transaction() as database:
            marks.write(database, begun, over)

    def ends(self) -> dict[Place, int]:
        """Return the endpoints that were being asked when an earlier process died, and how often that was so."""
        with self._transaction() as database:
            return marks.ends(database)

    def finished(self) -> list[str]:
        """Return what `finish` kept of each open port, ordered by address and port."""
        with self._transaction() as database:
            rows = database.execute("SELECT body FROM opened WHERE done ORDER BY length(address), address, port")
            return [line for (body,) in rows.fetchall() for line in body.split("\n")]

    def findings(self) -> dict[str, str]:
        """Return every finding by fingerprint."""
        with self._transaction() as database:
            return dict(database.execute("SELECT fingerprint, body FROM findings ORDER BY first_seen, fingerprint"))

    def close(self) -> None:
        """End the run's use of the file in good order; raises StoreError when that can't be written down."""
        try:
            with _speaking_of(self._path), closing(self._database):
                self._write_meta(clean="1")
                self._database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            self._lock.close()

    def _check(self, identity: Mapping[str, str]) -> None:
        _demand_ours(self._database, self._path)
        if self._meta("clean") != "1":
            verdict = self._database.execute("PRAGMA integrity_check").fetchone()[0]
            if verdict != "ok":
                raise StoreError(f"{self._path}: the file is damaged ({verdict[:80]}); delete it to start again")
        if self._meta("digest") != digest(identity):
            stored = json.loads(self._meta("identity") or "{}")
            changed = "; ".join(differences(stored, identity)) or "the file was changed by something else"
            raise StoreError(f"{self._path} belongs to another run: {changed}; use the same options or another file")

    def _is_old(self) -> bool:
        touched = self._meta("touched")
        if not self.resumed or touched is None:
            return False
        return datetime.fromisoformat(self._clock.utc()) - datetime.fromisoformat(touched) > OLD_AFTER

    def _meta(self, name: str) -> str | None:
        row = self._database.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        return None if row is None else str(row[0])

    def _write_meta(self, **values: str) -> None:
        with self._transaction() as database:
            database.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", values.items())

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        # The sweep commits from a thread while probes finish on the loop: one connection, one at a time.
        with self._turn, _speaking_of(self._path):
            try:
                self._database.execute("BEGIN IMMEDIATE")
                yield self._database
                self._database.execute("COMMIT")
            except BaseException:
                # A full disk may have ended the transaction already (sqlite.org/lang_transaction.html).
                if self._database.in_transaction:
                    self._database.execute("ROLLBACK")
                raise


def _connect(path: Path) -> sqlite3.Connection:
    # SQLite takes a file that is shorter than its header for an empty database, and writes over what it held.
    if 0 < path.stat().st_size < _HEADER_BYTES:
        raise sqlite3.DatabaseError("file is not a database")
    # Autocommit mode: transactions are begun and ended in one place, by us.
    database = sqlite3.connect(path, timeout=5.0, isolation_level=None, check_same_thread=False)
    try:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = NORMAL")
    except BaseException:
        database.close()
        raise
    return database


def _lock(path: Path) -> IO[bytes]:
    """Take the file for this process alone; raises StoreError."""
    name = path.with_name(path.name + ".lock")
    lock = _private(name)
    try:
        _private(path).close()
    except StoreError:
        lock.close()
        raise
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        raise StoreError(f"{path} is in use by another run; wait for it or choose another file") from None
    return lock


def _private(path: Path) -> IO[bytes]:
    """Open or make a file that its owner alone can read, and never one that a symbolic link leads to."""
    try:
        return os.fdopen(
            os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600), "ab"
        )
    except OSError as error:
        why = "is a symbolic link" if error.errno == errno.ELOOP else error.strerror
        raise StoreError(f"{path}: {why}; choose a file in a folder that can be written") from None


def _demand_ours(database: sqlite3.Connection, path: Path) -> None:
    if not schema.is_ours(database):
        raise StoreError(f"{path} is not a run of this version; choose another file")


@contextmanager
def _speaking_of(path: Path) -> Iterator[None]:
    """Turn what SQLite raises into one line for the user."""
    try:
        yield
    except sqlite3.Error as error:
        raise StoreError(f"{path}: {error}; make room or choose another file") from None
