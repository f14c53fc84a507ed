"""The version of a history's schema: read, made, migrated; a foreign or newer database is refused."""

from pathlib import Path
from typing import Final

from sqlalchemy import Connection, inspect, select, table, text
from sqlalchemy.exc import DatabaseError

from scanner.core.errors import StoreError
from scanner.history.store.tables import APPLICATION, VERSION_TABLE

HEAD: Final = "0002"
"""The newest version; a test holds it against migrations/."""
_KNOWN: Final = ("0001", "0002")
_MIGRATIONS = Path(__file__).with_name("migrations")


def version(connection: Connection, name: str) -> str | None:
    """Return the version of the schema, None for an empty database; raises StoreError for one that is not ours."""
    _demand_ours(connection, name)
    tables = inspect(connection).get_table_names()
    if VERSION_TABLE not in tables:
        if set(tables) & {"run", "finding", "fact"}:
            raise StoreError(f"{name} holds tables of something else; name another database or schema")
        return None
    row = connection.execute(select(text("version_num")).select_from(table(VERSION_TABLE))).scalar()
    if row is not None and row not in _KNOWN:
        raise StoreError(f"{name} was written by a newer exposure (schema {row[:20]}); update exposure")
    return None if row is None else str(row)


def upgrade(connection: Connection, to: str = HEAD) -> None:
    """Bring the schema to a version, from nothing or from any earlier one, in the connection's transaction."""
    # Alembic takes a while to import, and is needed once for each version.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, to)
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(f"PRAGMA application_id = {APPLICATION}")


def _demand_ours(connection: Connection, name: str) -> None:
    if connection.dialect.name != "sqlite":
        return
    try:
        application = connection.exec_driver_sql("PRAGMA application_id").scalar()
        held = connection.exec_driver_sql("SELECT count(*) FROM sqlite_master").scalar()
    except DatabaseError as error:
        raise StoreError(f"{name} is no database or is damaged: {str(error.orig)[:80]}; name another file") from error
    if held and application != APPLICATION:
        raise StoreError(f"{name} is a database of something else, not a history; name another file")
