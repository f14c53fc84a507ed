"""Standard streams that whoever started us had closed: `2>&-` in cron lines, supervisors that pass no descriptors."""

import contextlib
import os
import sys
from pathlib import Path
from typing import Any, TextIO, cast


class Unfailing:
    """A stream whose reader may have gone or whose disk may be full: what it can't take is dropped.

    What is said on standard error must never decide the exit code: an OSError there ends in Python's 1, which means
    findings.
    """

    def __init__(self, stream: TextIO) -> None:
        """Pass everything on to `stream`."""
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        """Be that stream in everything else."""
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """Write what can be written and return the length of the text."""
        with contextlib.suppress(OSError):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        """Write what is kept, if that is possible."""
        with contextlib.suppress(OSError):
            self._stream.flush()


def let_complaints_fail() -> None:
    """Make standard error one that drops what it can't take."""
    sys.stderr = cast(TextIO, Unfailing(sys.stderr))


def open_closed_streams() -> None:
    """Put the null device where standard input, output or error is missing.

    Otherwise Python's `sys.stdout` is None, and the next file or socket that is opened gets the descriptor and with it
    whatever is meant for standard error.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is not None:
            continue
        try:
            os.fstat(number)
        except OSError:
            # The lowest free descriptor is the one that is missing: the ones below it are open by now.
            os.open(os.devnull, os.O_RDWR)
        setattr(sys, name, Path(os.devnull).open("w" if number else "r", encoding="utf-8"))  # noqa: SIM115 - open until the process ends
