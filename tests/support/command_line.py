"""Runs `exposure` inside the test's own process: no interpreter starts, and the catalogue is read once for all tests.

What is about the process itself (signals, closed pipes, what is imported, what was compiled) needs one of its own.
"""

import contextlib
import io
import os
import subprocess
from pathlib import Path
from unittest import mock

from scanner.cli import main

ROOT = Path(__file__).resolve().parents[2]


def exposure_here(*arguments: object, stdin: str | None = None) -> "subprocess.CompletedProcess[str]":
    """Return what a process with these arguments would have returned, written and complained of."""
    words = [str(word) for word in arguments]
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", newline="", write_through=True) for _ in range(2))
    given = io.TextIOWrapper(io.BytesIO((stdin or "").encode()), "utf-8")
    with (
        mock.patch.dict(os.environ, {"NO_COLOR": "1", "COLUMNS": "120"}),
        mock.patch("sys.stdin", given),
        mock.patch("sys.argv", ["exposure", *words]),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        contextlib.chdir(ROOT),
    ):
        code = main.run(words)
    return subprocess.CompletedProcess(words, code, *(_written(stream) for stream in (out, err)))


def _written(stream: io.TextIOWrapper) -> str:
    stream.flush()
    return stream.buffer.getvalue().decode()  # type: ignore[attr-defined]
