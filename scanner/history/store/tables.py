"""The tables of a history, as SQLAlchemy Core knows them; migrations/ makes them.

`run`, `fact` and `looked` are what runs said and never change. `finding`, `event` and `daily` are derived from them
when a run is added, so that no question has to go over all runs.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
)

META = MetaData()
APPLICATION = 0x45585048
"""PRAGMA application_id of a history in SQLite, so that a foreign database is recognised."""
VERSION_TABLE = "exposure_version"
"""Where Alembic keeps the version of the schema."""

run = Table(
    "run",
    META,
    Column("id", Integer, primary_key=True),
    Column("run_id", String(64), nullable=False),
    Column("shard", String(32), nullable=False),
    Column("vantage", String(64), nullable=False),
    Column("started", String(40), nullable=False, index=True),
    Column("ended", String(40), nullable=False),
    Column("added", String(40), nullable=False),
    Column("status", String(16), nullable=False),
    Column("engine", String(32), nullable=False),
    Column("scope_sha256", String(64), nullable=False),
    Column("scope_options", Text, nullable=False),
    Column("planned", BigInteger, nullable=False),
    Column("looked_at", BigInteger, nullable=False),
    Column("open", BigInteger, nullable=False),
    Column("inconclusive", BigInteger, nullable=False),
    Column("findings", BigInteger, nullable=False),
    UniqueConstraint("run_id", "shard", "vantage", name="run_once"),
)

finding = Table(
    "finding",
    META,
    Column("id", Integer, primary_key=True),
    Column("fingerprint", String(64), nullable=False, unique=True),
    Column("rule", String(128), nullable=False),
    Column("title", Text, nullable=False),
    Column("service", String(64), nullable=False),
    Column("place", Text, nullable=False),
    Column("address", String(64), nullable=False, index=True),
    Column("port", Integer, nullable=False),
    Column("transport", String(8), nullable=False),
    Column("base_path", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("host", Text, nullable=True),
    Column("name", Text, nullable=False),
    Column("owner", String(256), nullable=False),
    Column("severity", SmallInteger, nullable=False),
    Column("priority", SmallInteger, nullable=False),
    Column("what", Text, nullable=False),
    Column("accepted", Boolean, nullable=False),
    Column("accepted_reason", Text, nullable=False),
    Column("first_seen", String(40), nullable=False, index=True),
    Column("last_seen", String(40), nullable=False),
    Column("judged_at", String(40), nullable=False),
    Column("opened_at", String(40), nullable=False),
    Column("gone_at", String(40), nullable=True, index=True),
    Column("over", Boolean, nullable=False),
    Column("gone_why", Text, nullable=False),
    Column("unheard", Text, nullable=False),
    Column("reopened", Integer, nullable=False),
    Column("fix_s", Float, nullable=True),
    Column("views", Text, nullable=False),
    Column("last_run", Integer, ForeignKey("run.id"), nullable=False),
    Column("body", Text, nullable=False),
    Index("finding_oldest", "over", "opened_at"),
    *(Index(f"finding_{column}_fixed", column, "fix_s") for column in ("severity", "owner", "rule")),
)
# `over` says whether it is gone: lists are in this order, and no index can be ordered by a condition in both databases.
Index("finding_listed", finding.c.over, finding.c.severity.desc(), finding.c.first_seen, finding.c.id)
Index("finding_owned", finding.c.owner, finding.c.over, finding.c.severity.desc(), finding.c.first_seen, finding.c.id)

alias = Table(
    "alias",
    META,
    Column("alias", String(64), primary_key=True),
    Column("finding", Integer, ForeignKey("finding.id"), primary_key=True, index=True),
)

fact = Table(
    "fact",
    META,
    Column("finding", Integer, ForeignKey("finding.id"), primary_key=True),
    Column("run", Integer, ForeignKey("run.id"), primary_key=True, index=True),
    Column("vantage", String(64), primary_key=True),
    Column("kind", SmallInteger, nullable=False),
    Column("severity", SmallInteger, nullable=False),
    Column("what", Text, nullable=False),
    Column("accepted", Boolean, nullable=False),
)

event = Table(
    "event",
    META,
    Column("id", Integer, primary_key=True),
    Column("finding", Integer, ForeignKey("finding.id"), nullable=False, index=True),
    Column("at", String(40), nullable=False, index=True),
    Column("turn", String(16), nullable=False),
    Column("severity", SmallInteger, nullable=False),
    Column("was", SmallInteger, nullable=True),
    Column("detail", Text, nullable=False),
)

daily = Table(
    "daily",
    META,
    Column("day", String(10), primary_key=True),
    Column("severity", SmallInteger, primary_key=True),
    Column("turn", String(16), primary_key=True),
    Column("count", Integer, nullable=False),
)
"""How often each transition happened on a day: the trend is their running sum."""

LEFT, CAME = "left", "came"
"""Beside the transitions `daily` counts findings whose severity changed: away from the one, to the other."""

looked = Table(
    "looked",
    META,
    Column("run", Integer, ForeignKey("run.id"), primary_key=True),
    Column("sight", LargeBinary, nullable=False),
)
"""What a run looked at and saw, so that a finding that is added late can be judged by it: `sights.packed`."""

endpoint = Table(
    "endpoint",
    META,
    Column("id", Integer, primary_key=True),
    Column("address", String(64), nullable=False),
    Column("port", Integer, nullable=False),
    Column("transport", String(8), nullable=False),
    Column("name", Text, nullable=False),
    Column("status", String(16), nullable=False),
    Column("service", String(64), nullable=False),
    Column("product", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("first_seen", String(40), nullable=False),
    Column("last_seen", String(40), nullable=False),
    Column("last_run", Integer, ForeignKey("run.id"), nullable=False),
    UniqueConstraint("address", "port", "transport", name="endpoint_once"),
)
"""Every endpoint that was ever open, as it was seen last."""

begun = Table(
    "begun",
    META,
    Column("id", Integer, primary_key=True),
    Column("run_id", String(64), nullable=False),
    Column("at", String(40), nullable=False),
    Column("host", String(255), nullable=False),
    Column("pid", Integer, nullable=False),
)
"""Runs that are being written: one whose process is gone was lost, and the next writer says so."""

alert = Table(
    "alert",
    META,
    Column("sink", String(64), primary_key=True),
    Column("run", Integer, ForeignKey("run.id"), primary_key=True),
    Column("claimed", String(40), nullable=False),
    Column("sent", String(40), nullable=False),
)
"""Which run's digest went where, each once; `sent` is empty while it is on its way."""

memo = Table("memo", META, Column("name", String(128), primary_key=True), Column("value", Text, nullable=False))
"""What a watch has to remember from one look to the next."""
