"""What lists and sums need, beside the findings: a million of them are not gone through for a page."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_GONE_INDEXES = {
    "finding": (
        "ix_finding_address", "ix_finding_first_seen", "ix_finding_gone_at", "finding_oldest",
        "finding_severity_fixed", "finding_owner_fixed", "finding_rule_fixed", "finding_listed", "finding_owned",
    ),
    "fact": ("ix_fact_run",),
}  # fmt: skip
_NEW_INDEXES: tuple[tuple[str, str, list[str], str | None], ...] = (
    ("finding_listed", "finding", ["listed", "id"], None),
    ("finding_owned", "finding", ["owner", "listed", "id"], None),
    ("finding_ruled", "finding", ["rule", "listed", "id"], None),
    ("finding_accepted", "finding", ["listed", "id"], "accepted IS {true}"),
    ("finding_untold", "finding", ["listed", "id"], "shows = 1"),
    ("finding_opened", "finding", ["opened_at", "listed", "id"], None),
    ("finding_gone", "finding", ["gone_at"], "gone_at IS NOT NULL"),
    ("finding_oldest", "finding", ["opened_at"], "{open}"),
    ("finding_oldest_severity", "finding", ["severity", "accepted", "opened_at"], "{open}"),
    ("finding_oldest_owner", "finding", ["owner", "opened_at"], "{open}"),
    ("finding_oldest_rule", "finding", ["rule", "opened_at"], "{open}"),
    ("finding_open_at", "finding", ["number"], "{open}"),
    ("finding_last_run", "finding", ["last_run"], None),
    ("fact_said", "fact", ["run", "kind", "severity", "finding"], None),
    ("endpoint_listed", "endpoint", ["number", "port", "id"], None),
    ("endpoint_named", "endpoint", ["name", "number", "port", "id"], None),
    ("endpoint_service", "endpoint", ["service", "number", "port", "id"], None),
    ("endpoint_last_run", "endpoint", ["last_run"], None),
    ("sought_of", "sought", ["finding", "term"], None),
)


def upgrade() -> None:
    """Make the tables, move the bodies of findings into one of their own, and fill what is derived."""
    connection = op.get_bind()
    for table, names in _GONE_INDEXES.items():
        for name in names:
            op.drop_index(name, table)
    _make_tables()
    op.execute("INSERT INTO wording (finding, body) SELECT id, body FROM finding")
    sqlite = connection.dialect.name == "sqlite"
    with op.batch_alter_table("finding", recreate="always" if sqlite else "never") as finding:
        finding.drop_column("body")
        finding.add_column(sa.Column("number", sa.String(32), nullable=False, server_default=""))
        finding.add_column(sa.Column("shows", sa.SmallInteger, nullable=False, server_default="0"))
        finding.add_column(sa.Column("listed", sa.String(48), nullable=False, server_default=""))
    op.add_column("endpoint", sa.Column("number", sa.String(32), nullable=False, server_default=""))
    _fill(connection)
    words = {"true": "1" if sqlite else "true", "open": "over = 0" if sqlite else "NOT over"}
    for name, table, columns, only in _NEW_INDEXES:
        where = None if only is None else sa.text(only.format(**words))
        op.create_index(name, table, columns, sqlite_where=where, postgresql_where=where)


def _make_tables() -> None:
    owner = sa.ForeignKey("finding.id")
    op.create_table(
        "wording",
        sa.Column("finding", sa.Integer, owner, primary_key=True, autoincrement=False),
        sa.Column("body", sa.Text, nullable=False),
    )
    term = sa.String(80).with_variant(sa.dialects.postgresql.VARCHAR(80, collation="C"), "postgresql")
    op.create_table(
        "sought",
        sa.Column("term", term, primary_key=True),
        sa.Column("finding", sa.Integer, sa.ForeignKey("finding.id"), primary_key=True),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "standing",
        sa.Column("owner", sa.String(256), primary_key=True),
        sa.Column("rule", sa.String(128), primary_key=True),
        sa.Column("title", sa.Text, primary_key=True),
        sa.Column("severity", sa.SmallInteger, primary_key=True),
        sa.Column("accepted", sa.Boolean, primary_key=True),
        sa.Column("shows", sa.SmallInteger, primary_key=True),
        sa.Column("count", sa.Integer, nullable=False),
    )
    op.create_table(
        "closed",
        sa.Column("grouping", sa.String(16), primary_key=True),
        sa.Column("key", sa.String(256), primary_key=True),
        sa.Column("fix_s", sa.Integer, primary_key=True),
        sa.Column("count", sa.Integer, nullable=False),
    )


def _fill(connection: sa.Connection) -> None:
    # The recipes are those of the version that runs: whatever it reads by, it has to have written by.
    from scanner.history.store.refill import refill

    op.execute("UPDATE finding SET title = substr(title, 1, 200)")
    refill(connection)
