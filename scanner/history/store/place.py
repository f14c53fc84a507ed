"""Where a history is: the default file, a path, or the URL of a PostgreSQL database."""

import os
from pathlib import Path
from typing import Final

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from scanner.core.errors import StoreError, UsageError

DEFAULT: Final = "default"
"""The word for the file in the user's data folder."""
_SHARED: Final = frozenset(
    {"nfs", "nfs4", "cifs", "smbfs", "smb3", "afs", "ceph", "glusterfs", "lustre", "fuse.sshfs", "fuse.glusterfs"}
)
"""File systems of other machines, whose locks SQLite can't trust (sqlite.org/howtocorrupt.html, section 2.1)."""
_POSTGRESQL: Final = frozenset({"postgresql", "postgres", "postgresql+psycopg"})


def default_path() -> Path:
    """Return the default file, in the user's data folder (XDG Base Directory Specification)."""
    held = os.environ.get("XDG_DATA_HOME", "")
    base = Path(held) if held.startswith("/") else Path.home() / ".local" / "share"
    return base / "exposure" / "history.db"


def read_place(word: str) -> URL:
    """Return the URL of a history from a word as typed; raises UsageError for what names none."""
    if word == DEFAULT:
        return URL.create("sqlite", database=str(default_path()))
    if "://" not in word:
        # A target that follows `--history` by mistake must not become a file.
        if not word.endswith((".db", ".sqlite", ".sqlite3")):
            raise UsageError(f"{word} names no history; write a file such as history.db, or postgresql://host/database")
        return URL.create("sqlite", database=str(Path(word).absolute()))
    try:
        url = make_url(word)
    except (ArgumentError, ValueError):
        raise UsageError("the URL of the history can't be read; write postgresql://user@host/database") from None
    if url.drivername in _POSTGRESQL:
        return url.set(drivername="postgresql+psycopg")
    if url.drivername == "sqlite" and url.database:
        return URL.create("sqlite", database=str(Path(url.database).absolute()))
    raise UsageError(
        f"a history is kept in sqlite or postgresql, not in {url.drivername[:20]}; name a file, or postgresql://user@host/database"
    )


def words_of(url: URL) -> str:
    """Return where a history is, without a password."""
    if url.drivername == "sqlite":
        return str(url.database)
    return url.set(drivername="postgresql").render_as_string(hide_password=True)


def demand_local(path: Path, mounts: Path = Path("/proc/self/mounts")) -> None:
    """Raise StoreError when a file would lie on a network file system."""
    try:
        lines = mounts.read_text("utf-8", "surrogateescape").splitlines()
    except OSError:
        return
    # The last mount of the longest folder is the one that is seen.
    best, kind = "", ""
    for line in lines:
        _, folder, system, *_ = [*line.split(" "), "", "", ""]
        folder = folder.replace("\\040", " ")
        if len(folder) >= len(best) and path.is_relative_to(folder or "/nowhere"):
            best, kind = folder, system
    if kind in _SHARED:
        raise StoreError(
            f"{path} lies on a network file system ({kind}), where SQLite loses data; use a local file or postgresql://"
        )
