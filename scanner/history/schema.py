"""The tables of a run that can be resumed."""

import sqlite3

from scanner.history import marks

APPLICATION = 0x45585053
"""PRAGMA application_id of our files, so that a foreign database is recognised."""
FORMAT = 3

_TABLES = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE progress (
    low_water INTEGER NOT NULL, open INTEGER NOT NULL, closed INTEGER NOT NULL, filtered INTEGER NOT NULL,
    unreachable INTEGER NOT NULL
);
CREATE TABLE met (address TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE pages (number INTEGER PRIMARY KEY, settled BLOB NOT NULL, silent BLOB NOT NULL);
CREATE TABLE opened (
    address TEXT NOT NULL, port INTEGER NOT NULL, transport TEXT NOT NULL, rtt_s REAL, done INTEGER NOT NULL DEFAULT 0,
    body TEXT, PRIMARY KEY (address, port, transport)
) WITHOUT ROWID;
CREATE TABLE findings (
    fingerprint TEXT PRIMARY KEY, body TEXT NOT NULL, first_seen TEXT NOT NULL, last_seen TEXT NOT NULL
) WITHOUT ROWID;
INSERT INTO progress VALUES (0, 0, 0, 0, 0);
"""


def create(database: sqlite3.Connection) -> None:
    """Make the tables in an empty database, in one transaction."""
    database.executescript(
        f"BEGIN; PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {FORMAT}; {_TABLES} {marks.TABLE} COMMIT;"
    )


def is_empty(database: sqlite3.Connection) -> bool:
    """Tell whether a database holds nothing yet."""
    return bool(database.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0)


def is_ours(database: sqlite3.Connection) -> bool:
    """Tell whether a database is one of ours, in a format that this version reads."""
    application = database.execute("PRAGMA application_id").fetchone()[0]
    return bool(application == APPLICATION and database.execute("PRAGMA user_version").fetchone()[0] == FORMAT)
