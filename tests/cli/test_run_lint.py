"""`exposure lint` as a user types it: every format, exit codes, acceptances, baseline, proof by a scan."""

import io
import json
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest

from scanner.cli.run_lint import beside
from scanner.core.finding import Confidence
from scanner.core.report import RunStatus
from scanner.lint.find import lint
from scanner.report.writer import format_names
from tests.cli.test_scan import SCHEMA
from tests.report import samples
from tests.support.command_line import exposure_here as exposure

REDIS = "services:\n  cache:\n    image: redis:7\n    ports:\n      - '{port}:6379'\n"
LOCKED = (
    "services:\n  cache:\n    image: redis:7\n    command: redis-server --requirepass x\n    ports: ['6379:6379']\n"
)


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "compose.yaml"
    path.write_text(REDIS.format(port=6379))
    return path


def report(*arguments, **more):
    run = exposure("lint", *arguments, "-f", "json", **more)
    assert "Traceback" not in run.stderr
    read = json.loads(run.stdout)
    jsonschema.validate(read, SCHEMA)
    return run.returncode, read


def test_an_open_door_fails_the_run_and_names_its_line(file):
    code, read = report(file)
    (finding,) = read["findings"]
    assert code == 1
    assert (finding["rule"], finding["confidence"]) == ("redis-no-password", "predicted")
    assert finding["anchor"] == {"file": str(file), "line": 5}
    assert '"127.0.0.1:6379:6379"' in finding["remedy"]


def test_what_is_locked_or_not_told_is_clean(tmp_path):
    file = tmp_path / "compose.yaml"
    file.write_text(LOCKED)
    assert report(file)[0] == 0
    file.write_text(LOCKED.replace("requirepass x", "requirepass ${PASSWORD}"))
    code, read = report(file)
    assert (code, [problem["kind"] for problem in read["problems"]]) == (0, ["lint-unknown"])


def test_every_format_shows_it(file, tmp_path):
    places = {name: tmp_path / f"report.{name}" for name in format_names()}
    run = exposure("lint", file, *(word for name, path in places.items() for word in ("-o", f"{name}:{path}")))
    assert run.returncode == 1
    assert "Traceback" not in run.stderr
    for name, path in places.items():
        told = path.read_text("utf-8").lower()
        assert "redis" in told, name
        assert "nothing answered" not in told, name


def test_sarif_points_at_the_line(file):
    run = exposure("lint", file, "-f", "sarif")
    (result,) = json.loads(run.stdout)["runs"][0]["results"]
    assert result["locations"][0]["physicalLocation"]["region"]["startLine"] == 5


def test_a_file_that_can_not_be_read_leaves_the_run_incomplete(file, tmp_path):
    (tmp_path / "docker-compose.yml").write_text("services:\n  a: {image: x}\n  a: {image: y}\n")
    file.write_text(LOCKED)
    assert report(tmp_path)[0] == 4
    assert report(tmp_path, "--allow-incomplete")[0] == 0
    assert report(tmp_path / "compose.yaml")[0] == 0


def test_what_was_there_before_does_not_count_again_wherever_its_line_is(file, tmp_path):
    exposure("lint", file, "-o", tmp_path / "before.json")
    file.write_text("# moved\n\n" + file.read_text())
    code, read = report(file, "--baseline", tmp_path / "before.json")
    assert (code, [finding["state"] for finding in read["findings"]]) == (0, ["known"])


def test_an_ignore_with_a_reason_lets_it_pass(file):
    file.write_text(REDIS.format(port=6379).rstrip() + " # exposure: ignore[redis-no-password] lab until=2999-01-01\n")
    assert report(file)[0] == 0


@pytest.mark.parametrize(
    ("arguments", "named"),
    [([], "no path"), (["none.yaml"], "none.yaml"), (["pyproject.toml"], "of no kind"), (["tests/wire"], "no file")],
)
def test_bad_input_is_one_line_and_exit_2(arguments, named):
    run = exposure("lint", *arguments)
    assert (run.returncode, run.stdout) == (2, "")
    assert named in run.stderr
    assert len(run.stderr.strip().splitlines()) == 1


def test_the_list_names_kinds_and_images():
    run = exposure("lint", "--list")
    assert run.returncode == 0
    assert "Kubernetes manifests" in run.stdout
    assert "redis/redis-stack" in run.stdout


def test_a_folder_of_a_real_project_is_judged_whole():
    assert exposure("lint", Path("docs")).returncode in {0, 2}


@pytest.mark.parametrize("other", ["redis.conf", "broken", "locked.conf"])
def test_what_a_scan_can_not_prove_stands_beside_what_it_did(tmp_path, other):
    """With --confirm the files that no scan could prove were left out: an open door of another file was clean."""
    (tmp_path / "compose.yaml").write_text(REDIS.format(port=6379))
    text = {
        "redis.conf": "bind 0.0.0.0\nprotected-mode no\n",
        "broken": "services:\n  a: {image: x}\n  a: {image: y}\n",
    }
    (tmp_path / ("docker-compose.yml" if other == "broken" else "redis.conf")).write_text(
        text.get(other, "bind 127.0.0.1\n")
    )
    found = lint([str(tmp_path)], {}, io.BytesIO())
    scanned = samples.report(samples.finding("127.0.0.2"))
    made = beside(found, scanned, "2026-01-02T03:04:05Z")
    predicted = [one for one in made.findings if one.confidence is Confidence.PREDICTED]
    # The door of the Compose file is the scan's own affair.
    assert [Path(one.anchor.file).name for one in predicted] == (["redis.conf"] if other == "redis.conf" else [])
    assert len(made.findings) == 1 + len(predicted)
    assert made.run.status is (RunStatus.INCOMPLETE if other == "broken" else RunStatus.COMPLETE)
    assert [one.kind for one in made.problems] == (["lint-file-skipped"] if other == "broken" else [])
    stopped = replace(scanned, run=replace(scanned.run, status=RunStatus.INTERRUPTED))
    assert beside(found, stopped, "2026-01-02T03:04:05Z").run.status is RunStatus.INTERRUPTED
