"""`make scan` and `make demo` as a newcomer meets them: a verdict is told in words and is no error of make's."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
OF_MAKE = {"MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES", "ARGS", "TARGETS"}

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="needs make")


@pytest.fixture
def made(tmp_path):
    """Run a target in a folder whose `exposure` ends with a code, and whose environment is already set up."""

    def made(target, code):
        shutil.copy(ROOT / "Makefile", tmp_path)
        (tmp_path / ".venv/bin").mkdir(parents=True)
        for name in ("pip", "exposure"):
            (tmp_path / ".venv/bin" / name).write_text(f"#!/bin/sh\necho table\nexit {code}\n")
            (tmp_path / ".venv/bin" / name).chmod(0o755)
        for name in ("pyproject.toml", ".venv/scan.stamp"):
            (tmp_path / name).touch()
        # `make test` hands its own options and level on to every make below it.
        alone = {name: value for name, value in os.environ.items() if name not in OF_MAKE}
        return subprocess.run(["make", target], cwd=tmp_path, capture_output=True, text=True, check=False, env=alone)

    return made


@pytest.mark.parametrize("target", ["scan", "demo"])
@pytest.mark.parametrize("code", [1, 4])
def test_a_verdict_is_the_last_line_and_no_error(made, target, code):
    run = made(target, code)
    assert (run.returncode, run.stdout) == (0, "table\n")
    (line,) = run.stderr.splitlines()
    assert line.startswith(f"exposure exited with {code} ")
    assert "In CI call .venv/bin/exposure itself" in line


def test_clean_says_nothing_more(made):
    run = made("scan", 0)
    assert (run.returncode, run.stdout, run.stderr) == (0, "table\n", "")


@pytest.mark.parametrize("code", [2, 3, 70, 130])
def test_what_failed_stays_an_error(made, code):
    run = made("scan", code)
    assert run.returncode == 2
    assert f"Error {code}" in run.stderr
