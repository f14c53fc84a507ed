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
        [sys.executable, "-m", "scanner.cli", *command, "--rate", "2000", "--save", str(file), "-v"],
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
    assert exposure("scan", "127.0.0.1", "-p", closed_port, "--save", file).returncode == 0
    run = exposure("scan", "127.0.0.2", "-p", closed_port, "--resume", file)
    assert run.returncode == 2
    assert len(run.stderr.strip().splitlines()) == 1
    assert "127.0.0.2" in run.stderr


def test_a_foreign_file_is_refused(tmp_path, closed_port):
    file = tmp_path / "notes.txt"
    file.write_text("not a database, and it stays as it is")
    run = exposure("scan", "127.0.0.1", "-p", closed_port, "--resume", file)
    assert run.returncode == 2
    assert file.read_text().startswith("not a database")


@pytest.mark.parametrize("content", [None, b""])
@pytest.mark.parametrize("seed", [(), ("--seed", "7")])
def test_a_mistyped_file_begins_nothing_and_leaves_nothing_behind(tmp_path, closed_port, content, seed):
    """NEWCOMER 29."""
    file = tmp_path / "nosuch.state"
    if content is not None:
        file.write_bytes(content)
    before = sorted(tmp_path.iterdir())
    run = exposure("scan", "127.0.0.1", "-p", closed_port, "--resume", file, *seed)
    assert run.returncode == 2
    assert f"--save {file}" in run.stderr
    assert len(run.stderr.strip().splitlines()) == 1
    assert sorted(tmp_path.iterdir()) == before


def test_a_run_that_is_there_is_never_begun_anew(tmp_path, closed_port):
    file = tmp_path / "run.state"
    command = ("scan", "127.0.0.1", "-p", closed_port)
    assert exposure(*command, "--save", file).returncode == 0
    again = exposure(*command, "--save", file)
    assert again.returncode == 2
    assert f"--resume {file}" in again.stderr
    both = exposure(*command, "--save", file, "--resume", file)
    assert both.returncode == 2
    assert exposure(*command, "--resume", file).returncode == 0


@pytest.fixture
def on_a_small_disk(tmp_path, open_port):
    """Run a scan of 32,764 endpoints that keeps its progress on a disk of so many bytes, in a mount namespace."""

    def run(size):
        script = f'mount -t tmpfs -o size={size} none "$0" && exec "$@"'
        scan = ("scan", "127.0.0.0/19", "-p", f"{open_port},1,2,3", "--rate", "inf", "-f", "json", "--no-identify")
        command = [sys.executable, "-m", "scanner.cli", *scan, "--save", tmp_path / "run.state"]
        return subprocess.run(
            ["unshare", "--mount", "sh", "-c", script, tmp_path, *command],
            cwd=ROOT,
            capture_output=True,
            check=False,
            timeout=120,
        )

    return run


@pytest.mark.root
def test_a_disk_that_fills_up_costs_the_file_and_not_the_report(on_a_small_disk):
    run = on_a_small_disk("96k")
    report = json.loads(run.stdout)
    told = [problem for problem in report["problems"] if problem["kind"] == "run-not-saved"]
    assert len(told) == 1, run.stderr
    assert "full" in told[0]["detail"]
    assert report["run"]["status"] == "complete"
    assert report["coverage"]["unscanned"] == 0
    assert report["coverage"]["open"]


@pytest.mark.root
def test_a_run_that_can_not_even_begin_its_file_sends_nothing(on_a_small_disk):
    """SQLite's write-ahead log and its index alone take more than 64 KiB."""
    run = on_a_small_disk("64k")
    assert run.returncode == 2
    assert b"full; make room" in run.stderr
    assert len(run.stderr.strip().splitlines()) == 1
