"""What a reader may rely on: short files, no room called after nothing, generated pages that are current."""

import ast
import statistics
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted((ROOT / "scanner").rglob("*.py"))
LONGEST = 300
VAGUE = {"manager", "helper", "helpers", "util", "utils", "base", "handler", "data", "common", "misc"}


def lines(file):
    return file.read_text("utf-8").count("\n")


def test_the_median_file_is_a_room_that_one_sees_at_a_glance():
    written = [lines(file) for file in FILES if file.name != "__init__.py"]
    assert statistics.median(written) <= 150


def test_a_file_is_short_and_says_what_it_is_for():
    assert [str(file) for file in FILES if lines(file) > LONGEST] == [], "split it: one idea a file"
    assert [str(file) for file in FILES if file.stem in VAGUE] == []
    silent = [str(file) for file in FILES if not ast.get_docstring(ast.parse(file.read_text("utf-8")))]
    assert silent == [], "a module opens with what it is for"


def test_generated_pages_are_current():
    run = subprocess.run(
        [sys.executable, "docs/generate.py", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stdout + run.stderr
