"""Reads files below a root: bounded, regular ones only, access times untouched; what was refused is remembered."""

import errno
import os
import stat
from codecs import BOM_UTF8
from collections.abc import Iterable, Iterator
from pathlib import Path

from scanner.host.snapshot import Gap

LIMIT_BYTES = 1 << 20
TOTAL_BYTES = 64 << 20
"""Of all files together: thousands of large ones would hold the run for minutes."""
MOST_FILES = 5_000
MOST_LINES = 5_000
LINE_CHARS = 65_536
_NAMED = 4
# Missing, a folder in the place of a file, a circle of links, a device or a socket without anybody behind it.
_NO_FILE = frozenset(
    {errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.ELOOP, errno.ENAMETOOLONG, errno.ENXIO, errno.ENODEV}
)
# O_NOATIME keeps the time of the last reading as it is: evidence, and permitted to a file's owner and to root alone.
_QUIET = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY


class Files:
    """The files below one root; remembers which ones it was not allowed to read, or not to their end."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._real_root = os.path.realpath(root)
        self.refused: list[str] = []
        self.failed: list[str] = []
        self.cut: list[str] = []
        self._left = TOTAL_BYTES

    def shown(self, path: Path) -> str:
        """Return a path as it is called on the machine itself."""
        return "/" + os.path.relpath(path, self.root) if self.root != Path("/") else str(path)

    def find(self, *patterns: str) -> Iterator[Path]:
        """Yield what fits any of the patterns, relative to the root, in the order of names."""
        left = MOST_FILES
        for pattern in patterns:
            for path in self._glob(pattern):
                left -= 1
                if left < 0:
                    self.cut.append(self.shown(path.parent))
                    return
                yield path

    def _glob(self, pattern: str) -> list[Path]:
        parts = pattern.split("/")
        found = [self.root]
        for part in parts:
            found = [below for folder in found for below in self._below(folder, part)]
        return found

    def _below(self, folder: Path, part: str) -> list[Path]:
        if "*" not in part:
            below = folder / part
            return [below] if os.path.lexists(below) else self._told(folder, below)
        try:
            names = sorted(entry.name for entry in os.scandir(folder))
        except OSError as error:
            self._note(folder, error)
            return []
        left, _, right = part.partition("*")
        fitting = [name for name in names if name.startswith(left) and name.endswith(right)]
        return [folder / name for name in fitting if len(name) >= len(left) + len(right)]

    def _told(self, folder: Path, below: Path) -> list[Path]:
        """Remember a folder that may not even be searched: what is in it is not known."""
        try:
            folder.stat()
            if not os.access(folder, os.X_OK):
                self.refused.append(self.shown(below))
        except OSError:
            pass
        return []

    def _note(self, path: Path, error: OSError) -> None:
        """Remember why a file or folder was not read; what no program can open at all says nothing to anybody."""
        if isinstance(error, PermissionError):
            self.refused.append(self.shown(path))
        elif error.errno not in _NO_FILE:
            self.failed.append(f"{self.shown(path)}: {os.strerror(error.errno or 0)}")

    def text(self, path: Path) -> str | None:
        """Return a regular file's text, at most LIMIT_BYTES of it; None for what is none or may not be read."""
        data = self.data(path)
        if data is not None and len(data) >= LIMIT_BYTES:
            self.cut.append(self.shown(path))
        # The programs that read these files pass over a byte order mark, or fail; the line behind it counts.
        return None if data is None else data.removeprefix(BOM_UTF8).decode("utf-8", "backslashreplace")

    def inside(self, path: Path) -> bool:
        """Tell whether a path stays below the root, wherever its links lead; one that no file can have does not."""
        if "\0" in str(path):
            return False
        return self.root == Path("/") or Path(os.path.realpath(path)).is_relative_to(self._real_root)

    def records(self, path: Path, size: int, most: int) -> list[bytes]:
        """Return the last whole records of a regular file, each of `size` bytes: of a log, the newest ones."""
        data = self._data(path, last=(size, most)) or b""
        return [data[start : start + size] for start in range(0, len(data) - size + 1, size)]

    def head(self, path: Path, size: int) -> bytes:
        """Return the first bytes of a regular file; empty for what is none or may not be read."""
        return self._data(path, limit=size) or b""

    def data(self, path: Path) -> bytes | None:
        """Return the bytes of a regular file, at most LIMIT_BYTES."""
        return self._data(path)

    def _data(self, path: Path, *, limit: int | None = None, last: tuple[int, int] | None = None) -> bytes | None:
        if not self.inside(path):
            return None
        if self._left <= 0:
            self.cut.append(self.shown(path))
            return None
        try:
            descriptor = _open(path)
        except _NoFileError:
            return None
        except OSError as error:
            self._note(path, error)
            return None
        try:
            limit = LIMIT_BYTES if limit is None else limit
            if last is not None:
                size, most = last
                limit = size * most
                os.lseek(descriptor, max(0, os.fstat(descriptor).st_size // size - most) * size, os.SEEK_SET)
            data = _all(descriptor, limit)
            self._left -= len(data)
            return data
        except OSError as error:
            self._note(path, error)
            return None
        finally:
            os.close(descriptor)

    def lines(self, path: Path, comments: str = "#") -> Iterator[tuple[int, str]]:
        """Yield the numbered lines of a file that say something."""
        lines = (self.text(path) or "").split("\n")
        if len(lines) > MOST_LINES:
            self.cut.append(self.shown(path))
        for number, raw in enumerate(lines[:MOST_LINES], start=1):
            line = raw.strip()
            if len(line) > LINE_CHARS:
                self.cut.append(f"{self.shown(path)}:{number}")
            if line and line[0] not in comments:
                yield number, line[:LINE_CHARS]

    def gaps(self) -> list[Gap]:
        """Return what was not allowed, and what was not read to its end: one line each."""
        root = by_root()
        refused = [Gap(_listed(self.refused), "permission denied", root)] if self.refused else []
        failed = [Gap(_listed(self.failed), "it can't be read", "look at the disk")] if self.failed else []
        cut = [Gap(_listed(self.cut), "more than is read of it", "look at the rest yourself")] if self.cut else []
        return refused + failed + cut


def by_root() -> str:
    """Return what to do about a refusal: root is never told to become root."""
    return "run it as root" if os.geteuid() else "something else than its mode refuses root: look from outside"


def _listed(paths: Iterable[str]) -> str:
    each = list(dict.fromkeys(paths))
    more = f" and {len(each) - _NAMED} more" if len(each) > _NAMED else ""
    return f"{', '.join(each[:_NAMED])}{more}"


class _NoFileError(Exception):
    """What lies there is no regular file."""


def _open(path: Path) -> int:
    """Open a regular file: what is none is never opened, for devices and pipes notice it (a watchdog starts)."""
    held = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        if not stat.S_ISREG(os.fstat(held).st_mode):
            raise _NoFileError
        # Through the descriptor it is the file that was looked at, whatever the path leads to by now.
        same = Path(f"/proc/self/fd/{held}")
        return _open_quietly(same if same.exists() else path)
    finally:
        os.close(held)


def _open_quietly(path: Path) -> int:
    try:
        return os.open(path, _QUIET | os.O_NOATIME)
    except PermissionError:
        return os.open(path, _QUIET)


def _all(descriptor: int, limit: int) -> bytes:
    parts: list[bytes] = []
    left = limit
    while left > 0 and (part := os.read(descriptor, left)):
        parts.append(part)
        left -= len(part)
    return b"".join(parts)
