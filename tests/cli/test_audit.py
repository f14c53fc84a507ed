"""`--audit FILE` and `exposure audit FILE` as a user types them."""

import json
import shutil
import signal
import subprocess
import sys
import threading
import time

import pytest

from scanner.cli import main
from tests.cli.test_nothing_sent import scan_counted
from tests.cli.test_scan import EMPTY, ROOT, exposure
from tests.report import samples
from tests.report.commands import save
from tests.support.command_line import exposure_here

pytestmark = pytest.mark.slow


def lines(path):
    return [json.loads(line) for line in path.read_bytes().splitlines()]


@pytest.fixture
def written(tmp_path, closed_port, open_port):
    """The log of a scan of an open and of a closed port."""
    log = tmp_path / "audit.jsonl"
    run = exposure("scan", "127.0.0.1", "-p", f"{closed_port},{open_port}", "--audit", log, "-q", "--seed", 5)
    assert (run.returncode, run.stderr) == (0, "")
    return log


def test_a_scan_says_what_it_sent_and_the_chain_verifies(written, closed_port, open_port):
    start, *middle, end = lines(written)
    assert (start["seed"], start["engine"], start["scope"]["addresses"]) == (5, "connect", 1)
    assert start["argv"][-4:] == [str(written), "-q", "--seed", "5"]
    swept = [line for line in middle if line["kind"] == "sweep"]
    assert {port for line in swept for port in line["sweep"]} == {str(closed_port), str(open_port)}
    talks = [line for line in middle if line["kind"] == "conversation"]
    assert {(line["to"], line["port"]) for line in talks if line["probe"] != "control"} == {("127.0.0.1", open_port)}
    assert any(line["probe"] == "identify" and line["bytes_out"] > 0 for line in talks)
    assert all(line["source_port"] for line in talks if line["outcome"] != "refused")
    run = exposure_here("audit", written)
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout.startswith(f"complete: 2 attempts, {len(talks)} conversations, 0 questions, ")
    assert f"chain verifies, {len(middle) + 2} lines, last {end['chain']}" in run.stdout


def test_what_was_tampered_with_exits_1(written):
    whole = written.read_bytes().splitlines(keepends=True)
    written.write_bytes(b"".join([whole[0], whole[1].replace(b"127.0.0.1", b"127.0.0.2"), *whole[2:]]))
    run = exposure_here("audit", written)
    assert (run.returncode, run.stderr) == (1, "")
    assert run.stdout == "broken: line 2 does not follow from the lines before it; 1 line before it holds\n"


def test_a_missing_end_exits_1_and_says_so(written):
    written.write_bytes(b"".join(written.read_bytes().splitlines(keepends=True)[:-1]))
    run = exposure_here("audit", written)
    assert run.returncode == 1
    assert run.stdout.startswith("no end: 2 attempts, ")
    assert "the run was killed, or lines are missing" in run.stdout


def test_what_can_not_be_read_exits_2(tmp_path):
    run = exposure_here("audit", tmp_path / "nowhere")
    assert run.returncode == 2
    assert run.stderr == f"exposure: {tmp_path / 'nowhere'}: can't be read: No such file or directory; check the path\n"


@pytest.mark.parametrize("text", ["PNG\n\x00\n", '{"schema": "exposure"}\n', "[]\n"])
def test_what_is_no_log_exits_2(tmp_path, text, capsys):
    file = tmp_path / "other"
    file.write_text(text)
    assert main.run(["audit", str(file)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line == f"exposure: {file}: is no audit log; name the file that `exposure scan --audit` has written"


def test_a_log_whose_first_line_was_overwritten_is_broken_and_no_other_file(written, capsys):
    written.write_bytes(b"".join([b"nothing\n", *written.read_bytes().splitlines(keepends=True)[1:]]))
    assert main.run(["audit", str(written)]) == 1
    assert capsys.readouterr().out.startswith("broken: line 1 is not whole; ")


@pytest.mark.parametrize("where", ["there.jsonl", "no/such/place.jsonl"])
def test_a_file_that_is_there_or_can_not_be_made_is_refused(tmp_path, where, closed_port):
    there = tmp_path / "there.jsonl"
    there.write_text("kept")
    run = exposure("scan", "127.0.0.1", "-p", closed_port, "--audit", tmp_path / where)
    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr.count("\n") == 1
    assert str(tmp_path / where) in run.stderr
    assert there.read_text() == "kept"


@pytest.mark.root
@pytest.mark.skipif(EMPTY is None or shutil.which("nft") is None, reason="needs user namespaces and nft")
def test_a_refused_log_sends_no_packet(tmp_path):
    there = tmp_path / "there.jsonl"
    there.touch()
    assert scan_counted(f"127.0.0.1 -p 1-20 --audit {there}") == (2, 0)


def test_a_plan_that_is_refused_and_a_dry_run_leave_no_log(tmp_path):
    log = tmp_path / "audit.jsonl"
    assert exposure("scan", "8.8.8.8", "--audit", log).returncode == 2
    assert exposure("scan", "127.0.0.1", "--dry-run", "--audit", log).returncode == 0
    assert not log.exists()


@pytest.mark.skipif(shutil.which("prlimit") is None, reason="needs prlimit")
def test_a_log_that_can_not_grow_ends_the_run(tmp_path):
    log = tmp_path / "audit.jsonl"
    arguments = ("scan", "127.0.0.0/12", "-p", "1-1024", "--rate", "500", "--audit", log)
    run = exposure(*arguments, prefix=("prlimit", "--fsize=20000"))
    assert (run.returncode, run.stdout) == (3, "")
    assert run.stderr.splitlines()[-1] == (
        f"exposure: {log}: the audit log can't be written: File too large; nothing more is sent"
    )
    assert "Traceback" not in run.stderr
    assert exposure_here("audit", log).stdout.startswith("no end: ")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGKILL, -signal.SIGKILL)])
def test_an_interrupted_run_has_an_end_and_a_killed_one_a_chain(tmp_path, number, code):
    log = tmp_path / "audit.jsonl"
    command = [sys.executable, "-m", "scanner.cli", "scan", "127.0.0.0/12", "-p", "1-1024", "--rate", "500", "-q"]
    process = subprocess.Popen([*command, "--audit", log], cwd=ROOT, stdout=subprocess.DEVNULL)
    end_s, pause = time.monotonic() + 30, threading.Event()
    while not log.exists() or log.read_bytes().count(b"\n") < 3:
        if time.monotonic() > end_s:
            pytest.fail("the log has not begun")
        pause.wait(0.05)
    process.send_signal(number)
    assert process.wait(timeout=30) == code
    run = exposure_here("audit", log)
    assert (run.returncode, run.stdout.partition(":")[0]) == ((0, "interrupted") if code == 130 else (1, "no end"))
    assert "chain verifies" in run.stdout


def test_verify_keeps_one_too(tmp_path, closed_port):
    found = samples.finding("127.0.0.1", closed_port)
    log, report = tmp_path / "audit.jsonl", save(samples.report(found), tmp_path / "report.json")
    assert exposure("verify", found.fingerprint, "--from", report, "--audit", log).returncode == 0
    assert exposure_here("audit", log).stdout.startswith("complete: 1 attempts, 0 conversations, ")
