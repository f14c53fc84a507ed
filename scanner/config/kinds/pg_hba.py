"""pg_hba.conf: who may log in to PostgreSQL from where and how (postgresql.org, section 20.1)."""

from scanner.config.kind import ConfigKind
from scanner.config.lines import numbered
from scanner.config.setting import Settings, collect, setting


def _read(text: str, file: str) -> Settings:
    """Return each record under the name `hba`: its words joined by single blanks, comments and quotes gone."""
    records = (
        setting("hba", " ".join(line.partition("#")[0].replace('"', "").split()), file, number, line)
        for number, line in numbered(text)
    )
    return collect(records, file)


KIND = ConfigKind(
    id="pg-hba",
    title="PostgreSQL client authentication",
    names=("pg_hba.conf",),
    places=("etc/postgresql/*/*/pg_hba.conf", "var/lib/postgresql/data/pg_hba.conf", "var/lib/pgsql/data/pg_hba.conf"),
    read=_read,
)
