"""Which endpoints a run that can be resumed was asking, and during how many ends of its process."""

import sqlite3
from collections.abc import Iterable

from scanner.core.event import PortEvent
from scanner.core.plan import Place
from scanner.core.ports import Transport

TABLE = """
CREATE TABLE asked (
    address TEXT NOT NULL, port INTEGER NOT NULL, transport TEXT NOT NULL, under_way INTEGER NOT NULL,
    ends INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (address, port, transport)
) WITHOUT ROWID;
"""


def key_of(event: PortEvent) -> tuple[str, int, str]:
    """Return what names an endpoint in the tables; addresses are text, for SQLite's integers are too short."""
    return str(event.address), event.port, event.transport.value


def write(database: sqlite3.Connection, begun: Iterable[PortEvent], over: Iterable[PortEvent]) -> None:
    """Take away the marks of those that are over, then mark those that begin."""
    done = [key_of(event) for event in over]
    where = "WHERE address = ? AND port = ? AND transport = ?"
    database.executemany(f"DELETE FROM asked {where} AND NOT ends", done)  # noqa: S608 - no value from outside
    database.executemany(f"UPDATE asked SET under_way = 0 {where}", done)  # noqa: S608 - no value from outside
    database.executemany(
        "INSERT INTO asked VALUES (?, ?, ?, 1, 0) ON CONFLICT DO UPDATE SET under_way = 1", map(key_of, begun)
    )


def settle(database: sqlite3.Connection, *, died: bool) -> None:
    """Begin a part of the run: whoever was under way when the part before `died` has one end more against it."""
    if died:
        database.execute("UPDATE asked SET ends = ends + 1 WHERE under_way")
    database.execute("UPDATE asked SET under_way = 0")
    database.execute("DELETE FROM asked WHERE NOT ends")


def ends(database: sqlite3.Connection) -> dict[Place, int]:
    """Return the endpoints that were under way when a process ended, and how often."""
    rows = database.execute("SELECT address, port, transport, ends FROM asked WHERE ends")
    return {(int(address), port, Transport(transport)): count for address, port, transport, count in rows}
