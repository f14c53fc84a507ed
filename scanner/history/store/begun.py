"""Runs that are being written: a writer that dies leaves its mark, and the next one says what was lost."""

import os
import socket

from sqlalchemy import Connection, delete, func, insert, select

from scanner.core.moment import seconds_between
from scanner.core.text import clean
from scanner.history.store.open import Store
from scanner.history.store.rows import next_id
from scanner.history.store.tables import begun, run

_LONGEST_S = 3_600.0
"""Seconds after which a writer on another machine counts as dead."""


def begin(store: Store, run_id: str, now: str) -> tuple[int, tuple[str, ...]]:
    """Mark that a run is being written; return the mark, and the ids of runs that were lost meanwhile."""
    with store.writing() as connection:
        lost: list[str] = []
        for row in connection.execute(select(begun)).all():
            if _is_dead(row.host, row.pid, row.at, now):
                connection.execute(delete(begun).where(begun.c.id == row.id))
                kept = connection.scalar(select(func.count()).select_from(run).where(run.c.run_id == row.run_id))
                lost += [] if kept or row.run_id == run_id else [row.run_id]
        number = next_id(connection, begun)
        connection.execute(
            insert(begun).values(id=number, run_id=clean(run_id, 64), at=now, host=_host(), pid=os.getpid())
        )
    return number, tuple(lost)


def end(connection: Connection, number: int) -> None:
    """Take the mark back, in the transaction that keeps the run."""
    connection.execute(delete(begun).where(begun.c.id == number))


def _is_dead(host: str, pid: int, at: str, now: str) -> bool:
    if host != _host():
        return seconds_between(at, now) > _LONGEST_S
    if pid == os.getpid():
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except OSError:
        # It is there, and somebody else's.
        return False
    return False


def _host() -> str:
    return clean(socket.gethostname(), 255)
