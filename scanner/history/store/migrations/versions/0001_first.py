"""The first schema."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make every table; written out, since tables.py goes on and this does not."""
    op.create_table(
        "run",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("run_id", sa.String(64), nullable=False),
        sa.Column("shard", sa.String(32), nullable=False),
        sa.Column("vantage", sa.String(64), nullable=False),
        sa.Column("started", sa.String(40), nullable=False),
        sa.Column("ended", sa.String(40), nullable=False),
        sa.Column("added", sa.String(40), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("engine", sa.String(32), nullable=False),
        sa.Column("scope_sha256", sa.String(64), nullable=False),
        sa.Column("scope_options", sa.Text, nullable=False),
        sa.Column("planned", sa.BigInteger, nullable=False),
        sa.Column("looked_at", sa.BigInteger, nullable=False),
        sa.Column("open", sa.BigInteger, nullable=False),
        sa.Column("inconclusive", sa.BigInteger, nullable=False),
        sa.Column("findings", sa.BigInteger, nullable=False),
        sa.UniqueConstraint("run_id", "shard", "vantage", name="run_once"),
    )
    op.create_index("ix_run_started", "run", ["started"])
    op.create_table(
        "finding",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("fingerprint", sa.String(64), nullable=False, unique=True),
        sa.Column("rule", sa.String(128), nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("service", sa.String(64), nullable=False),
        sa.Column("place", sa.Text, nullable=False),
        sa.Column("address", sa.String(64), nullable=False),
        sa.Column("port", sa.Integer, nullable=False),
        sa.Column("transport", sa.String(8), nullable=False),
        sa.Column("base_path", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("host", sa.Text, nullable=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("owner", sa.String(256), nullable=False),
        sa.Column("severity", sa.SmallInteger, nullable=False),
        sa.Column("priority", sa.SmallInteger, nullable=False),
        sa.Column("what", sa.Text, nullable=False),
        sa.Column("accepted", sa.Boolean, nullable=False),
        sa.Column("accepted_reason", sa.Text, nullable=False),
        sa.Column("first_seen", sa.String(40), nullable=False),
        sa.Column("last_seen", sa.String(40), nullable=False),
        sa.Column("judged_at", sa.String(40), nullable=False),
        sa.Column("opened_at", sa.String(40), nullable=False),
        sa.Column("gone_at", sa.String(40), nullable=True),
        sa.Column("over", sa.Boolean, nullable=False),
        sa.Column("gone_why", sa.Text, nullable=False),
        sa.Column("unheard", sa.Text, nullable=False),
        sa.Column("reopened", sa.Integer, nullable=False),
        sa.Column("fix_s", sa.Float, nullable=True),
        sa.Column("views", sa.Text, nullable=False),
        sa.Column("last_run", sa.Integer, sa.ForeignKey("run.id"), nullable=False),
        sa.Column("body", sa.Text, nullable=False),
    )
    op.create_index("ix_finding_address", "finding", ["address"])
    op.create_index("ix_finding_first_seen", "finding", ["first_seen"])
    op.create_index("ix_finding_gone_at", "finding", ["gone_at"])
    op.create_index("finding_oldest", "finding", ["over", "opened_at"])
    for column in ("severity", "owner", "rule"):
        op.create_index(f"finding_{column}_fixed", "finding", [column, "fix_s"])
    listed: list[str | sa.TextClause] = ["over", sa.text("severity DESC"), "first_seen", "id"]
    op.create_index("finding_listed", "finding", listed)
    op.create_index("finding_owned", "finding", ["owner", *listed])
    op.create_table(
        "alias",
        sa.Column("alias", sa.String(64), primary_key=True),
        sa.Column("finding", sa.Integer, sa.ForeignKey("finding.id"), primary_key=True),
    )
    op.create_index("ix_alias_finding", "alias", ["finding"])
    op.create_table(
        "fact",
        sa.Column("finding", sa.Integer, sa.ForeignKey("finding.id"), primary_key=True),
        sa.Column("run", sa.Integer, sa.ForeignKey("run.id"), primary_key=True),
        sa.Column("vantage", sa.String(64), primary_key=True),
        sa.Column("kind", sa.SmallInteger, nullable=False),
        sa.Column("severity", sa.SmallInteger, nullable=False),
        sa.Column("what", sa.Text, nullable=False),
        sa.Column("accepted", sa.Boolean, nullable=False),
    )
    op.create_index("ix_fact_run", "fact", ["run"])
    op.create_table(
        "event",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("finding", sa.Integer, sa.ForeignKey("finding.id"), nullable=False),
        sa.Column("at", sa.String(40), nullable=False),
        sa.Column("turn", sa.String(16), nullable=False),
        sa.Column("severity", sa.SmallInteger, nullable=False),
        sa.Column("was", sa.SmallInteger, nullable=True),
        sa.Column("detail", sa.Text, nullable=False),
    )
    op.create_index("ix_event_finding", "event", ["finding"])
    op.create_index("ix_event_at", "event", ["at"])
    op.create_table(
        "daily",
        sa.Column("day", sa.String(10), primary_key=True),
        sa.Column("severity", sa.SmallInteger, primary_key=True),
        sa.Column("turn", sa.String(16), primary_key=True),
        sa.Column("count", sa.Integer, nullable=False),
    )
    op.create_table(
        "looked",
        sa.Column("run", sa.Integer, sa.ForeignKey("run.id"), primary_key=True),
        sa.Column("sight", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "endpoint",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("address", sa.String(64), nullable=False),
        sa.Column("port", sa.Integer, nullable=False),
        sa.Column("transport", sa.String(8), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("service", sa.String(64), nullable=False),
        sa.Column("product", sa.Text, nullable=False),
        sa.Column("version", sa.Text, nullable=False),
        sa.Column("first_seen", sa.String(40), nullable=False),
        sa.Column("last_seen", sa.String(40), nullable=False),
        sa.Column("last_run", sa.Integer, sa.ForeignKey("run.id"), nullable=False),
        sa.UniqueConstraint("address", "port", "transport", name="endpoint_once"),
    )
    op.create_table(
        "begun",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("run_id", sa.String(64), nullable=False),
        sa.Column("at", sa.String(40), nullable=False),
        sa.Column("host", sa.String(255), nullable=False),
        sa.Column("pid", sa.Integer, nullable=False),
    )
    op.create_table(
        "alert",
        sa.Column("sink", sa.String(64), primary_key=True),
        sa.Column("run", sa.Integer, sa.ForeignKey("run.id"), primary_key=True),
        sa.Column("claimed", sa.String(40), nullable=False),
        sa.Column("sent", sa.String(40), nullable=False),
    )
    op.create_table(
        "memo",
        sa.Column("name", sa.String(128), primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
    )
