"""Writes a report file whole or not at all.

The text goes to a new file in the target's own directory, which then takes the target's name: a full disk, a crash or
a closed pipe leaves the earlier report as it was. Files are readable by their owner alone, whatever the umask, because
a report is a map of what is open.
"""

import os
import secrets
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO

from scanner.core.errors import ReportError

_MODE = 0o600
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


def write_file(path: Path, write: Callable[[TextIO], object], *, mode: int = _MODE) -> None:
    """Replace a file by what `write` writes in UTF-8; raises ReportError and keeps the old file otherwise."""
    with _directory(path) as directory:
        _demand_regular(path, directory)
        part = f".{path.name[:200]}.{secrets.token_hex(8)}.part"
        try:
            _fill(part, directory, write, mode)
            os.rename(part, path.name, src_dir_fd=directory, dst_dir_fd=directory)
            os.fsync(directory)
        except OSError as error:
            _remove(part, directory)
            raise ReportError(_sentence(path, error)) from error
        except BaseException:
            _remove(part, directory)
            raise


def demand_writable(path: Path) -> None:
    """Raise ReportError when a report could not be written to `path`: asked before a scan, not after hours of it."""
    with _directory(path) as directory:
        _demand_regular(path, directory)
        part = f".{path.name[:200]}.{secrets.token_hex(8)}.part"
        try:
            os.close(os.open(part, _CREATE, _MODE, dir_fd=directory))
        except OSError as error:
            raise ReportError(_sentence(path, error)) from error
        finally:
            _remove(part, directory)


@contextmanager
def _directory(path: Path) -> Iterator[int]:
    try:
        handle = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise ReportError(_sentence(path, error)) from error
    try:
        yield handle
    finally:
        os.close(handle)


def _demand_regular(path: Path, directory: int) -> None:
    try:
        mode = os.stat(path.name, dir_fd=directory, follow_symlinks=False).st_mode
    except FileNotFoundError:
        return
    except OSError as error:
        raise ReportError(_sentence(path, error)) from error
    if not stat.S_ISREG(mode):
        kind = "a symbolic link" if stat.S_ISLNK(mode) else "not a regular file"
        raise ReportError(f"{path} is {kind}, and reports are never written through one; name a plain file")


def _fill(part: str, directory: int, write: Callable[[TextIO], object], mode: int) -> None:
    handle = os.open(part, _CREATE, _MODE, dir_fd=directory)
    # "backslashreplace" is for the bytes that are no UTF-8 in a user's own file names; all else encodes.
    with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace", newline="") as out:
        os.fchmod(out.fileno(), mode)
        write(out)
        out.flush()
        os.fsync(out.fileno())


def _remove(part: str, directory: int) -> None:
    with suppress(OSError):
        os.unlink(part, dir_fd=directory)


def _sentence(path: Path, error: OSError) -> str:
    return f"{path}: the report can't be written: {error.strerror or error}; choose another place with --output"
