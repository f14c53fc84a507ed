"""pg_hba.conf: who may log in to PostgreSQL from where and how (postgresql.org, section 20.1)."""

import re
from collections.abc import Iterator

from scanner.config.kind import ConfigKind
from scanner.config.lines import numbered
from scanner.config.setting import Setting, Settings, collect, setting

_LIST = re.compile(r'(?:"[^"]*"?|[^\s",#]+|,\s*)+')
"""A field: words and quoted names, with commas and what blanks follow them."""


def _read(text: str, file: str) -> Settings:
    """Return each record under the name `hba`: one word for each field, comments and quotes gone."""
    return collect(_records(text, file), file)


def _records(text: str, file: str) -> Iterator[Setting]:
    lines = numbered(text)
    for number, line in lines:
        parts = [line]
        # A record goes on behind a backslash since PostgreSQL 14.
        while parts[-1].endswith("\\"):
            parts[-1] = parts[-1][:-1]
            parts.append(next(lines, (0, ""))[1])
        yield setting("hba", " ".join(_fields(" ".join(parts))), file, number, line)


def _fields(line: str) -> list[str]:
    """Return the fields of a record without quotes and the blanks inside: `"my db", other` is one."""
    code = re.match(r'(?:"[^"]*"?|[^"#]+)*', line)
    return [re.sub(r'["\s]+', "", field) or "?" for field in _LIST.findall(code[0] if code else "")]


KIND = ConfigKind(
    id="pg-hba",
    title="PostgreSQL client authentication",
    names=("pg_hba.conf",),
    places=("etc/postgresql/*/*/pg_hba.conf", "var/lib/postgresql/data/pg_hba.conf", "var/lib/pgsql/data/pg_hba.conf"),
    read=_read,
)
