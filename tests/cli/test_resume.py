import json
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing, suppress

import pytest

from tests.cli.test_scan import ROOT, exposure

pytestmark = pytest.mark.slow


def test_a_killed_run_goes_on_and_ends_like_one_that_was_never_stopped(tmp_path, open_port):
    file = tmp_path / "run.sqlite"
    ports = f"1,{open_port}"
    command = ("scan", "127.0.0.0/20", "-p", ports, "--seed", "7", "-f", "json", "--no-identify")
    first = subprocess.Popen(
        [sys.executable, "-m", "scanner.cli", *command, "--rate", "2000", "--resume", str(file), "-v"],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    assert b"sweeping" in first.stderr.readline()
    wait_for_a_checkpoint(file)
    first.send_signal(signal.SIGKILL)
    first.communicate()
    second = json.loads(exposure(*command, "--resume", file, "--rate", "100000").stdout)
    whole = json.loads(exposure(*command, "--rate", "100000").stdout)
    assert second["run"]["status"] == "complete"
    assert second["endpoints"] == whole["endpoints"]
    assert {key: second["coverage"][key] for key in ("endpoints_planned", "open", "closed", "unscanned")} == {
        key: whole["coverage"][key] for key in ("endpoints_planned", "open", "closed", "unscanned")
    }


def wait_for_a_checkpoint(file):
    """Wait until some progress is in the file."""
    end = time.monotonic() + 15
    while time.monotonic() < end:
        with suppress(sqlite3.Error), closing(sqlite3.connect(file)) as database:
            if database.execute("SELECT closed > 0 FROM progress").fetchone()[0]:
                return
    raise AssertionError("no checkpoint came")


def test_another_scan_does_not_go_on_in_the_same_file(tmp_path, closed_port):
    file = tmp_path / "run.sqlite"
    assert exposure("scan", "127.0.0.1", "-p", closed_port, "--resume", file).returncode == 0
    run = exposure("scan", "127.0.0.2", "-p", closed_port, "--resume", file)
    assert run.returncode in {2, 3}
    assert len(run.stderr.strip().splitlines()) == 1
    assert "127.0.0.2" in run.stderr


def test_a_foreign_file_is_refused(tmp_path, closed_port):
    file = tmp_path / "notes.txt"
    file.write_text("not a database, and it stays as it is")
    run = exposure("scan", "127.0.0.1", "-p", closed_port, "--resume", file)
    assert run.returncode in {2, 3}
    assert file.read_text().startswith("not a database")
