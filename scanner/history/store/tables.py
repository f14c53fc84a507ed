"""The tables of a history, as SQLAlchemy Core knows them; migrations/ makes them.

`run`, `fact` and `looked` are what runs said and never change. The others are derived from them when a run is added, so
that no question has to go over all runs or all findings.
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
    literal_column,
    true,
)
from sqlalchemy.dialects import postgresql

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
    Column("address", String(64), nullable=False),
    Column("number", String(32), nullable=False),
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
    Column("first_seen", String(40), nullable=False),
    Column("last_seen", String(40), nullable=False),
    Column("judged_at", String(40), nullable=False),
    Column("opened_at", String(40), nullable=False),
    Column("gone_at", String(40), nullable=True),
    Column("over", Boolean, nullable=False),
    Column("shows", SmallInteger, nullable=False),
    Column("listed", String(48), nullable=False),
    Column("gone_why", Text, nullable=False),
    Column("unheard", Text, nullable=False),
    Column("reopened", Integer, nullable=False),
    Column("fix_s", Float, nullable=True),
    Column("views", Text, nullable=False),
    Column("last_run", Integer, ForeignKey("run.id"), nullable=False),
)
"""One row a life. `number` is its address in hexadecimal digits, so that a network is a range; `listed` its place in
every list: open before gone, the gravest first, then the oldest."""
OPEN = ~finding.c.over
"""Of a finding that is not gone; partial indexes know it in these very words, and so they know the next two."""
ACCEPTED = finding.c.accepted.is_(true())
UNTOLD = finding.c.shows == literal_column("1")
for _name, _columns, _only in (
    ("finding_listed", (finding.c.listed, finding.c.id), None),
    ("finding_owned", (finding.c.owner, finding.c.listed, finding.c.id), None),
    ("finding_ruled", (finding.c.rule, finding.c.listed, finding.c.id), None),
    ("finding_accepted", (finding.c.listed, finding.c.id), ACCEPTED),
    ("finding_untold", (finding.c.listed, finding.c.id), UNTOLD),
    ("finding_opened", (finding.c.opened_at, finding.c.listed, finding.c.id), None),
    ("finding_gone", (finding.c.gone_at,), finding.c.gone_at.is_not(None)),
    ("finding_oldest", (finding.c.opened_at,), OPEN),
    ("finding_oldest_severity", (finding.c.severity, finding.c.accepted, finding.c.opened_at), OPEN),
    ("finding_oldest_owner", (finding.c.owner, finding.c.opened_at), OPEN),
    ("finding_oldest_rule", (finding.c.rule, finding.c.opened_at), OPEN),
    ("finding_open_at", (finding.c.number,), OPEN),
    ("finding_last_run", (finding.c.last_run,), None),
):
    Index(_name, *_columns, sqlite_where=_only, postgresql_where=_only)

wording = Table(
    "wording",
    META,
    Column("finding", Integer, ForeignKey("finding.id"), primary_key=True, autoincrement=False),
    Column("body", Text, nullable=False),
)
"""Each finding as the latest report that has it wrote it; apart, since lists don't need it and it is the most of it."""

_TERM = String(80).with_variant(postgresql.VARCHAR(80, collation="C"), "postgresql")
sought = Table(
    "sought",
    META,
    Column("term", _TERM, primary_key=True),
    Column("finding", Integer, ForeignKey("finding.id"), primary_key=True),
    Index("sought_of", "finding", "term"),
    sqlite_with_rowid=False,
)
"""What findings are looked for by: `seek.terms_of`."""

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
    Column("run", Integer, ForeignKey("run.id"), primary_key=True),
    Column("vantage", String(64), primary_key=True),
    Column("kind", SmallInteger, nullable=False),
    Column("severity", SmallInteger, nullable=False),
    Column("what", Text, nullable=False),
    Column("accepted", Boolean, nullable=False),
    Index("fact_said", "run", "kind", "severity", "finding"),
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

standing = Table(
    "standing",
    META,
    Column("owner", String(256), primary_key=True),
    Column("rule", String(128), primary_key=True),
    Column("title", Text, primary_key=True),
    Column("severity", SmallInteger, primary_key=True),
    Column("accepted", Boolean, primary_key=True),
    Column("shows", SmallInteger, primary_key=True),
    Column("count", Integer, nullable=False),
)
"""How many findings there are of each kind: whatever is counted is a sum of these."""

closed = Table(
    "closed",
    META,
    Column("grouping", String(16), primary_key=True),
    Column("key", String(256), primary_key=True),
    Column("fix_s", Integer, primary_key=True),
    Column("count", Integer, nullable=False),
)
"""How many findings of a severity, owner or rule were closed within some seconds, rounded by `sums.rounded`."""

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
    Column("number", String(32), nullable=False),
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
    Index("endpoint_listed", "number", "port", "id"),
    Index("endpoint_named", "name", "number", "port", "id"),
    Index("endpoint_service", "service", "number", "port", "id"),
    Index("endpoint_last_run", "last_run"),
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
"""What a watch has to remember from one run to the next."""
