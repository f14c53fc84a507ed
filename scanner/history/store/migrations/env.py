"""Alembic's entry: migrates the connection that `upgrade.upgrade` hands over."""

from alembic import context

from scanner.history.store.tables import META, VERSION_TABLE

context.configure(connection=context.config.attributes["connection"], target_metadata=META, version_table=VERSION_TABLE)
context.run_migrations()
