"""Reads files below a root: bounded, regular ones only, access times untouched; what was refused is remembered."""

import errno
import os
import stat
from codecs import BOM_UTF8
from collections.abc import Iterable, Iterator
from pathlib import Path

from scanner.host.snapshot import Gap

LIMIT_BYTES = 1 << 20
MOST_FILES = 5_000
MOST_LINES = 5_000
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

    def data(self, path: Path) -> bytes | None:
        """Return the bytes of a regular file, at most LIMIT_BYTES."""
        if not self.inside(path):
            return None
        try:
            descriptor = _open(path)
        except OSError as error:
            self._note(path, error)
            return None
        try:
            return _all(descriptor) if stat.S_ISREG(os.fstat(descriptor).st_mode) else None
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
            if line and line[0] not in comments:
                yield number, line

    def gaps(self) -> list[Gap]:
        """Return what was not allowed, and what was not read to its end: one line each."""
        root = "run it as root" if os.geteuid() else "something else than its mode refuses root: look from outside"
        refused = [Gap(_listed(self.refused), "permission denied", root)] if self.refused else []
        failed = [Gap(_listed(self.failed), "it can't be read", "look at the disk")] if self.failed else []
        cut = [Gap(_listed(self.cut), "more than is read of it", "look at the rest yourself")] if self.cut else []
        return refused + failed + cut


def _listed(paths: Iterable[str]) -> str:
    each = list(dict.fromkeys(paths))
    more = f" and {len(each) - _NAMED} more" if len(each) > _NAMED else ""
    return f"{', '.join(each[:_NAMED])}{more}"


def _open(path: Path) -> int:
    try:
        return os.open(path, _QUIET | os.O_NOATIME)
    except PermissionError:
        return os.open(path, _QUIET)


def _all(descriptor: int) -> bytes:
    parts: list[bytes] = []
    left = LIMIT_BYTES
    while left > 0 and (part := os.read(descriptor, left)):
        parts.append(part)
        left -= len(part)
    return b"".join(parts)
