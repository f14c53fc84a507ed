"""What docs/ci offers, as far as it can be tried without the services that run it."""

import json
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from scanner.report.read import read_report

pytestmark = pytest.mark.slow

DOCS = Path(__file__).parents[2] / "docs/ci"
FORMS = DOCS.parents[1] / ".github/ISSUE_TEMPLATE"
SCRIPT = DOCS / "exposure-ci.sh"
FILES = {"exposure.json", "exposure.html", "exposure.sarif", "exposure.junit.xml", "gl-dast-report.json"}


@pytest.fixture
def closed_port():
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]


def run(script, command, folder, **env):
    return subprocess.run(
        ["bash", "-e", *script],
        env={**command, **env},
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )


@pytest.mark.parametrize(
    ("schema", "file"),
    [
        ("vendor.github-actions", DOCS / "github/action.yml"),
        ("vendor.github-workflows", DOCS / "github/workflow.example.yml"),
        ("vendor.github-workflows", DOCS / "github/matrix.example.yml"),
        ("vendor.gitlab-ci", DOCS / "gitlab/exposure.gitlab-ci.yml"),
        ("vendor.github-issue-config", FORMS / "config.yml"),
        *[("vendor.github-issue-forms", FORMS / f"{form}.yml") for form in ("bug", "new-service", "wrong-verdict")],
    ],
    ids=lambda value: getattr(value, "name", value),
)
def test_templates_follow_the_schemas_of_their_services(schema, file):
    transform = ["--data-transform", "gitlab-ci"] if "gitlab" in schema else []
    check = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, *transform, str(file)]
    done = subprocess.run(check, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_recipe_installs_a_name_that_a_stranger_could_register():
    files = [path for path in DOCS.parent.rglob("*") if path.suffix in {".md", ".yml", ".yaml", ".sh"}]
    told = "\n".join(path.read_text() for path in (*files, DOCS.parents[1] / "README.md"))
    installing = r"(?:pip|pipx|uv|uvx)\b[^\n]*\s['\"]?exposure-scanner\b(?!/)"
    assert not re.findall(installing, told.replace("./exposure-scanner", ""))
    assert not re.findall(r"additional_dependencies:.*exposure", told)


def test_shell_scripts_are_clean():
    scripts = [str(SCRIPT), str(Path(__file__).parent / "story.sh")]
    done = subprocess.run(
        [str(Path(sys.executable).parent / "shellcheck"), *scripts], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def test_a_clean_run_writes_every_report_and_exits_0(command, tmp_path, closed_port):
    done = run([SCRIPT], command, tmp_path, EXPOSURE_TARGETS="\n127.0.0.1\n  \n", EXPOSURE_PORTS=str(closed_port))
    assert done.returncode == 0, done.stderr
    assert {path.name for path in (tmp_path / "exposure-report").iterdir()} == FILES
    assert read_report(tmp_path / "exposure-report/exposure.json").coverage.closed == 1


def test_on_github_there_are_outputs_a_summary_and_annotations(command, tmp_path, closed_port):
    action = yaml.safe_load((DOCS / "github/action.yml").read_text())
    install, scan, upload = action["runs"]["steps"]
    home = DOCS / "github"
    assert (home / install["run"].split("GITHUB_ACTION_PATH/")[1].split('"')[0] / "pyproject.toml").resolve().is_file()
    inputs = {"targets": "127.0.0.1", "ports": str(closed_port)}
    given = {
        name: str(inputs.get(value.removeprefix("${{ inputs.").removesuffix(" }}"), ""))
        for name, value in scan["env"].items()
    }
    github = {
        "GITHUB_ACTIONS": "true",
        "GITHUB_ACTION_PATH": str(home),
        "GITHUB_OUTPUT": str(tmp_path / "outputs"),
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"),
    }
    done = run(["-c", scan["run"]], command, tmp_path, **given, **github)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("exposure: Clean:")
    outputs = dict(line.split("=") for line in (tmp_path / "outputs").read_text().splitlines())
    assert outputs["exit-code"] == "0"
    assert json.loads((tmp_path / outputs["sarif"]).read_text())["runs"][0]["results"] == []
    assert (tmp_path / "summary.md").read_text().startswith("# Exposure report\n")
    assert set(scan["env"].values()) == {f"${{{{ inputs.{name} }}}}" for name in action["inputs"]} - {
        "${{ inputs.upload-sarif }}",
        "${{ inputs.category }}",
    }
    assert "always()" in upload["if"]


def test_gitlabs_job_writes_what_it_collects(command, tmp_path, closed_port):
    job = yaml.safe_load((DOCS / "gitlab/exposure.gitlab-ci.yml").read_text())["exposure_dast"]
    (tmp_path / "ci").mkdir()
    (tmp_path / "ci/exposure-ci.sh").write_text(SCRIPT.read_text())
    (tmp_path / job["variables"]["EXPOSURE_TARGETS_FILE"]).write_text(f"127.0.0.1:{closed_port} nothing\n")
    done = run(["-c", "\n".join(job["script"])], command, tmp_path, **job["variables"])
    assert done.returncode == 0, done.stderr
    for file in job["artifacts"]["reports"].values():
        assert (tmp_path / file).is_file()
    assert 1 not in job["allow_failure"]["exit_codes"]


def test_the_hook_before_a_push_fails_when_nothing_of_the_project_runs(command, tmp_path, closed_port):
    config = yaml.safe_load((DOCS / "pre-commit/pre-commit-config.example.yaml").read_text())
    hook = next(one for one in config["repos"][0]["hooks"] if "scan" in one["entry"])
    (tmp_path / "compose.yaml").write_text(f"services:\n  a:\n    ports:\n      - '{closed_port}:80'\n")
    done = run(["-c", hook["entry"]], command, tmp_path)
    assert done.returncode == 4, done.stderr
    assert "should be open accepted nothing" in done.stderr
    assert hook["pass_filenames"] is False


def test_options_from_outside_are_never_shell_code_nor_options(command, tmp_path):
    for targets in ("$(touch owned)", "127.0.0.1; touch owned", "--output=owned", "`touch owned`"):
        done = run([SCRIPT], command, tmp_path, EXPOSURE_TARGETS=targets, EXPOSURE_PORTS="1")
        assert done.returncode == 2
        assert "Traceback" not in done.stderr
    assert not (tmp_path / "owned").exists()


@pytest.mark.real
def test_findings_fail_the_job_and_land_on_the_line_of_the_compose_file(command, tmp_path, server):
    running = server(
        ["redis-server", "--port", "{port}", "--bind", "{address}", "--protected-mode", "no", "--save", ""],
        [6379],
        package="redis-server",
    )
    (tmp_path / "compose.yaml").write_text(
        f"services:\n  cache:\n    image: redis\n    ports:\n      - '{running.address}:6379:6379'\n"
    )
    done = run([SCRIPT], command, tmp_path, EXPOSURE_FROM_COMPOSE="compose.yaml", GITHUB_ACTIONS="true")
    assert done.returncode == 1, done.stderr
    assert "file=compose.yaml,line=5,title=Redis answers without a password::" in done.stdout
    (run_,) = json.loads((tmp_path / "exposure-report/exposure.sarif").read_text())["runs"]
    place = run_["results"][0]["locations"][0]["physicalLocation"]
    assert (place["artifactLocation"]["uri"], place["region"]["startLine"]) == ("compose.yaml", 5)
    (found,) = read_report(tmp_path / "exposure-report/exposure.json").findings
    assert found.endpoint.name == "cache"


@pytest.mark.real
def test_a_baseline_that_is_not_there_yet_is_passed_over(command, tmp_path, server):
    running = server(
        ["redis-server", "--port", "{port}", "--bind", "{address}", "--protected-mode", "no", "--save", ""],
        [6379],
        package="redis-server",
    )
    options = {"EXPOSURE_TARGETS": running.address, "EXPOSURE_PORTS": "6379", "EXPOSURE_BASELINE": "kept.json"}
    assert run([SCRIPT], command, tmp_path, **options).returncode == 1
    (tmp_path / "exposure-report/exposure.json").rename(tmp_path / "kept.json")
    assert run([SCRIPT], command, tmp_path, **options).returncode == 0
