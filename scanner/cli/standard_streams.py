"""Standard streams that whoever started us had closed: `2>&-` in cron lines, supervisors that pass no descriptors."""

import os
import sys
from pathlib import Path


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
