"""Which runs' changes are still to be told to whom: each once, whoever crashes in between."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, and_, delete, insert, select, update

from scanner.core.moment import utc_text
from scanner.history.store.open import Store
from scanner.history.store.rows import upsert
from scanner.history.store.tables import alert, event, fact, finding, memo, run

_ON_ITS_WAY = timedelta(minutes=10)
"""After which a message that is neither sent nor given back was lost with its process."""


_NAMED = ("fingerprint", "place", "name", "owner", "title", "accepted")


def owed(store: Store, sink: str, now: str) -> list[int]:
    """Return the runs of which a sink has not been told, oldest first, and claim them for this process.

    A sink that is new is told of the latest run alone: what was before it, nobody expects to hear today.
    """
    with store.writing() as connection:
        first = connection.scalar(select(memo.c.value).where(memo.c.name == f"sink:{sink}"))
        if first is None:
            latest = connection.scalar(select(run.c.id).order_by(run.c.id.desc()).limit(1))
            if latest is None:
                return []
            first = str(latest)
            upsert(connection, memo, ("name",), [{"name": f"sink:{sink}", "value": first}])
        lost = utc_text(datetime.fromisoformat(now) - _ON_ITS_WAY)
        connection.execute(delete(alert).where(alert.c.sink == sink, alert.c.sent == "", alert.c.claimed < lost))
        told = select(alert.c.run).where(alert.c.sink == sink)
        wanted = select(run.c.id).where(run.c.id >= int(first), run.c.id.not_in(told)).order_by(run.c.id)
        numbers = list(connection.scalars(wanted))
        if numbers:
            claims = [{"sink": sink, "run": number, "claimed": now, "sent": ""} for number in numbers]
            connection.execute(insert(alert), claims)
    return numbers


def sent(store: Store, sink: str, number: int, now: str) -> None:
    """Note that a sink has been told of a run."""
    with store.writing() as connection:
        connection.execute(update(alert).where(alert.c.sink == sink, alert.c.run == number).values(sent=now))


def give_back(store: Store, sink: str, number: int) -> None:
    """Give a claim back: the sink could not be told, and the next run tries again."""
    with store.writing() as connection:
        connection.execute(delete(alert).where(alert.c.sink == sink, alert.c.run == number))


def events_of(connection: Connection, number: int) -> Sequence[Row[Any]]:
    """Return the transitions that one run was, with the findings that they are of, the gravest first."""
    statement = (
        select(
            event.c.turn,
            event.c.detail,
            event.c.severity.label("grade"),
            event.c.id.label("number"),
            *(finding.c[name] for name in _NAMED),
        )
        .join(finding, finding.c.id == event.c.finding)
        .join(run, run.c.started == event.c.at)
        .join(fact, and_(fact.c.finding == event.c.finding, fact.c.run == run.c.id))
        .where(run.c.id == number)
        .order_by(event.c.severity.desc(), event.c.id)
        .distinct()
    )
    return connection.execute(statement).all()


def recall(connection: Connection, name: str) -> str:
    """Return what was remembered under a name, empty for nothing."""
    return connection.scalar(select(memo.c.value).where(memo.c.name == name)) or ""


def remember(store: Store, name: str, value: str) -> None:
    """Remember a text under a name."""
    with store.writing() as connection:
        upsert(connection, memo, ("name",), [{"name": name, "value": value}])
