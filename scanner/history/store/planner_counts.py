"""Keeps PostgreSQL's statistics as large as its tables: a planner that takes them for empty goes over all of them.

Autovacuum does it too, but minutes later, and whoever looks at what was just added asks before. SQLite needs none.
"""

from sqlalchemy import Connection, func, select, text

from scanner.history.store.tables import META, standing

_LEAST = 1_000
"""Findings below which any plan is a good one."""
_GROWN = 1.2
"""How much larger than at the last count the findings may be."""


def refresh(connection: Connection) -> None:
    """Count the tables anew where they have grown; in the transaction of a writer."""
    if connection.dialect.name != "postgresql":
        return
    there = connection.scalar(select(func.sum(standing.c.count))) or 0
    known = connection.scalar(text("SELECT reltuples FROM pg_class WHERE oid = to_regclass('finding')"))
    # -1 stands for a table that was never counted.
    if there >= _LEAST and there > _GROWN * max(0.0, float(known or 0)):
        for table in META.sorted_tables:
            connection.exec_driver_sql(f"ANALYZE {table.name}")
