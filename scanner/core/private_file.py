"""Reads files that hold secrets: what others may read is refused, so that nobody keeps one there unawares."""

import os
import stat
from pathlib import Path

from scanner.core.errors import UsageError


def private_text(path: Path, what: str, most_bytes: int, advice: str = "") -> str:
    """Return the text of a file that its owner alone can read (mode 0600 or 0400).

    `what` says for messages what the file holds, `advice` what to do when it can't be read. Raises UsageError.
    """
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise UsageError("not a regular file", file=path)
            if status.st_mode & 0o077:
                raise UsageError(f"others may read {what}: chmod 600 {path}", file=path)
            return file.read(most_bytes).decode()
    except OSError as error:
        raise UsageError(f"{what} can't be read: {error.strerror}{advice}", file=path) from error
    except UnicodeDecodeError:
        raise UsageError(f"{what} are not UTF-8", file=path) from None
