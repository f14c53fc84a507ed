import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def command(tmp_path_factory):
    """Return an environment whose PATH has this project's `exposure` in front."""
    folder = tmp_path_factory.mktemp("bin")
    (folder / "exposure").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m scanner.cli "$@"\n')
    (folder / "exposure").chmod(0o755)
    keep = {name: value for name, value in os.environ.items() if not name.startswith(("GITHUB_", "EXPOSURE_", "CI"))}
    path = f"{folder}:{os.environ['PATH']}"
    return {**keep, "PATH": path, "PYTHONPATH": str(ROOT), "NO_COLOR": "1", "COLUMNS": "100"}
