"""`exposure scan` as a user types it: a process of its own, its output, its exit code."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = json.loads((ROOT / "docs/schema/report-v1.json").read_text())


def exposure(*arguments, env=None, stdin=None, prefix=(), timeout=60):
    return subprocess.run(
        [*prefix, sys.executable, "-m", "scanner.cli", *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, "NO_COLOR": "1", "COLUMNS": "120", **(env or {})},
        input=stdin,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


def test_a_clean_machine_exits_0_and_its_json_fits_the_schema(closed_port):
    run = exposure("scan", "127.0.0.1", "-p", closed_port, "-f", "json")
    assert (run.returncode, run.stderr) == (0, "")
    report = json.loads(run.stdout)
    jsonschema.validate(report, SCHEMA)
    assert report["coverage"]["closed"] == 1
    assert report["run"]["status"] == "complete"


def test_an_unknown_open_port_is_open_and_no_finding(open_port):
    run = exposure("scan", "127.0.0.1", "-p", open_port, "-f", "json", "--no-identify")
    assert run.returncode == 0
    report = json.loads(run.stdout)
    assert [(row["port"], row["status"]) for row in report["endpoints"]] == [(open_port, "open")]
    assert report["findings"] == []
    coverage = report["coverage"]
    assert (coverage["open"], coverage["asked"], coverage["answered"]) == (1, 0, 0)


# Where nothing can be sent even by mistake: an empty network namespace has no route at all.
EMPTY = ("unshare", "-Urn") if subprocess.run(["unshare", "-Urn", "true"], check=False).returncode == 0 else None
empty_network = pytest.mark.skipif(EMPTY is None, reason="user namespaces are not permitted here")


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["10.0.0.5.6"], "10.0.0.5.6"),
        (["127.1"], "127.1"),
        (["0x7f000001"], "0x7f000001"),
        (["127.0.0.1", "-p", "70000"], "70000"),
        (["127.0.0.1", "-s", "no-such-service"], "no-such-service"),
        (["127.0.0.1", "-f", "no-such-format"], "no-such-format"),
        (["127.0.0.1", "--engine", "magic"], "magic"),
        (["127.0.0.1", "--owasp", "1999"], "1999"),
        (["127.0.0.1", "--fail-on", "sometimes"], "sometimes"),
        (["127.0.0.1", "--shard", "3/2"], "3/2"),
        (["-i", "/nonexistent/targets"], "/nonexistent/targets"),
        (["127.0.0.1", "--exclude-file", "/nonexistent/excludes"], "/nonexistent/excludes"),
        (["127.0.0.1", "-x", "127.0.0.1"], ""),
        (["127.0.0.1", "-o", "/nonexistent/report.json"], "/nonexistent/report.json"),
        (["127.0.0.1", "-o", "report.unknown"], "report.unknown"),
        (["127.0.0.1", "--checks", "/nonexistent"], "/nonexistent"),
    ],
)
@empty_network
def test_bad_input_is_one_line_and_exit_2(arguments, named):
    run = exposure("scan", *arguments, prefix=EMPTY)
    assert run.returncode == 2, run
    assert "Traceback" not in run.stderr
    assert named in run.stderr + run.stdout
    assert len(run.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize(
    "target", ["8.8.8.8", "192.0.2.1", "2001:4860:4860::8888", "::ffff:8.8.8.8", "64:ff9b::808:808"]
)
@empty_network
def test_a_public_address_is_refused_before_anything_is_sent(target):
    run = exposure("scan", target, "-p", "80", prefix=EMPTY)
    assert run.returncode == 2
    assert len(run.stderr.strip().splitlines()) == 1


def test_a_file_names_its_line(tmp_path):
    targets = tmp_path / "targets.txt"
    targets.write_text("# mine\n127.0.0.1\n10.0.0.999\n")
    run = exposure("scan", "-i", targets)
    assert run.returncode == 2
    assert f"{targets}:3: " in run.stderr


@empty_network
def test_a_dead_name_is_a_problem_and_not_the_end():
    run = exposure("scan", "nobody.invalid", "-f", "json", prefix=EMPTY)
    assert run.returncode == 3
    assert [problem["kind"] for problem in json.loads(run.stdout)["problems"]] == ["name-not-resolved"]


def test_a_dead_name_beside_a_live_target_is_incomplete(closed_port):
    run = exposure("scan", "nobody.invalid", "127.0.0.1", "-p", closed_port, "-f", "json", "--allow-public")
    assert run.returncode == 4
    assert json.loads(run.stdout)["run"]["status"] == "incomplete"


@empty_network
def test_unreachable_is_not_clean():
    run = exposure("scan", "10.1.2.3", "-p", "6379", "-f", "json", prefix=EMPTY)
    assert run.returncode == 3
    assert json.loads(run.stdout)["coverage"]["closed"] == 0


def test_dry_run_sends_nothing(closed_port):
    run = exposure("scan", "127.0.0.0/8", "-p", closed_port, "--dry-run")
    assert run.returncode == 0
    assert "16777216" in run.stdout.replace(",", "")
    assert "nothing was sent" in run.stdout


def test_targets_come_from_standard_input(closed_port):
    run = exposure("scan", "-i", "-", "-p", closed_port, "-f", "json", stdin="127.0.0.1 me\n")
    assert run.returncode == 0
    assert json.loads(run.stdout)["coverage"]["addresses"] == 1


def test_a_file_report_is_written_for_its_owner_alone(tmp_path, closed_port):
    file = tmp_path / "report.json"
    run = exposure("scan", "127.0.0.1", "-p", closed_port, "-o", file)
    assert run.returncode == 0
    assert file.stat().st_mode & 0o777 == 0o600
    jsonschema.validate(json.loads(file.read_text()), SCHEMA)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_gives_a_valid_report_marked_interrupted(tmp_path, number):
    file = tmp_path / "report.json"
    command = [sys.executable, "-m", "scanner.cli", "scan", "127.0.0.0/12", "-p", "1-1024", "--rate", "500", "-v"]
    process = subprocess.Popen([*command, "-o", str(file)], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert b"sweeping" in process.stderr.readline()
    process.send_signal(number)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert b"Traceback" not in err
    report = json.loads(file.read_text())
    jsonschema.validate(report, SCHEMA)
    assert report["run"]["status"] == "interrupted"
    coverage = report["coverage"]
    states = ("open", "closed", "filtered", "unreachable", "unscanned")
    assert coverage["endpoints_planned"] == sum(coverage[state] for state in states)
    assert coverage["unscanned"] > 0


def test_a_closed_pipe_is_no_traceback(closed_port):
    command = f"{sys.executable} -m scanner.cli scan 127.0.0.1 -p {closed_port} -f json | head -c 1"
    run = subprocess.run(["bash", "-c", command], cwd=ROOT, capture_output=True, text=True, check=False)
    assert "Traceback" not in run.stderr
