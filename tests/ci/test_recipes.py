"""The recipes for one run on several machines, run: each part, then the merge, which must be what one run finds."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from scanner.core.exit_code import ExitCode
from tests.fleet.server import new_address

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs/ci"
PARTS = 4
FACTS = ("coverage", "summary", "endpoints", "findings")


@pytest.fixture
def place(tmp_path):
    """A folder with targets.txt: an open Redis, and addresses where nobody listens."""
    address = new_address()
    words = [sys.executable, "-m", "tests.lab.answering", f"redis@{address}:6379"]
    with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE) as redis:
        try:
            assert redis.stdout.readline() == b"answering\n"
            lines = (f"{one}:6379" for one in (address, *(new_address() for _ in range(12))))
            (tmp_path / "targets.txt").write_text("\n".join(lines) + "\n")
            yield tmp_path
        finally:
            redis.kill()


def run(words, command, folder, **env):
    return subprocess.run(
        words, env={**command, **env}, cwd=folder, capture_output=True, text=True, timeout=100, check=False
    )


def demand_whole(parts, command, folder):
    """Merge parts, and hold them against the run that was not cut."""
    merged = run(["exposure", "merge", *parts, f"--expect={PARTS}", "-f", "json"], command, folder)
    assert merged.returncode == ExitCode.FINDINGS, merged.stderr
    alone = run(["exposure", "scan", "-i", "targets.txt", "--seed", "7", "-f", "json"], command, folder)
    assert alone.returncode == ExitCode.FINDINGS, alone.stderr
    found, whole = (facts(json.loads(done.stdout)) for done in (merged, alone))
    assert found == whole
    assert whole["summary"]["exposed"] == 1


def facts(report):
    report["coverage"]["closed_list"].sort()
    for one in (*report["endpoints"], *report["findings"]):
        # Where the file of targets lay on the machine that looked.
        one.pop("anchor", None)
    return {key: report[key] for key in FACTS}


def commands(job):
    return [step["run"] for step in job["steps"] if "run" in step]


def test_the_matrix_of_jobs_is_one_run(place, command):
    jobs = yaml.safe_load((DOCS / "github/matrix.example.yml").read_text())["jobs"]
    (part,), (whole,) = commands(jobs["part"]), commands(jobs["whole"])
    shards = jobs["part"]["strategy"]["matrix"]["shard"]
    assert len(shards) == PARTS
    for shard in shards:
        done = run(["bash", "-e", "-c", part.replace("${{ matrix.shard }}", str(shard))], command, place)
        assert done.returncode == ExitCode.CLEAN, done.stderr
    gate = run(["bash", "-e", "-c", whole], command, place)
    assert gate.returncode == ExitCode.FINDINGS, gate.stderr
    assert (place / "findings.sarif").is_file()
    demand_whole([f"part-{shard}.json" for shard in shards], command, place)
    # A job that did not come back is not clean, also where nothing was found.
    (place / f"part-{shards[0]}.json").unlink()
    gate = run(["bash", "-e", "-c", whole.replace("high", "never")], command, place)
    assert gate.returncode == ExitCode.INCOMPLETE, gate.stderr


def test_the_indexed_job_is_one_run(place, command):
    manifest = yaml.safe_load((DOCS / "kubernetes/job.yaml").read_text())
    spec = manifest["spec"]
    (container,) = spec["template"]["spec"]["containers"]
    assert (manifest["apiVersion"], manifest["kind"], spec["completionMode"]) == ("batch/v1", "Job", "Indexed")
    mounted = {one["mountPath"] for one in container["volumeMounts"]}
    (text,) = container["args"]
    assert set(re.findall(r"(/etc/exposure|/parts)/", text)) == mounted
    assert f"/{spec['completions']} " in text
    text = text.replace("/etc/exposure/", "").replace("/parts/", "")
    for index in range(spec["completions"]):
        done = run([*container["command"], text], command, place, JOB_COMPLETION_INDEX=str(index))
        assert done.returncode == ExitCode.CLEAN, done.stderr
    demand_whole([f"{index}.json" for index in range(PARTS)], command, place)


def test_the_manifest_of_the_job_is_read_by_our_own_lint(command, tmp_path):
    done = run(["exposure", "lint", str(DOCS / "kubernetes/job.yaml")], command, tmp_path)
    assert done.returncode == ExitCode.CLEAN, done.stdout + done.stderr


def test_the_playbook_is_one_run_and_a_host_that_fails_is_missing(place, command):
    ansible = Path(sys.executable).parent / "ansible-playbook"
    if not ansible.exists():
        pytest.skip("ansible-core is not installed")
    shutil.copy(DOCS / "ansible/playbook.yml", place)
    hosts = [f"h{number}" for number in range(PARTS)]

    def play(broken=()):
        lines = (f"{host} ansible_connection={'nonsense' if host in broken else 'local'}" for host in hosts)
        (place / "hosts").write_text("[scanners]\n" + "\n".join(lines) + "\n")
        shutil.rmtree(place / "parts", ignore_errors=True)
        settings = ("-e", f"folder={place}/work", "-e", f"ansible_python_interpreter={sys.executable}")
        words = [str(ansible), "-i", "hosts", "playbook.yml", *settings]
        # Its collections and temporary files stay here.
        return run(words, command, place, HOME=str(place), ANSIBLE_LOCALHOST_WARNING="0", LC_ALL="C.UTF-8")

    done = play()
    # The gate of the last task is red, with the exit code of the merge.
    assert '"rc": 1,' in done.stdout.partition("TASK [Merge]")[2], done.stdout + done.stderr
    demand_whole([f"parts/{host}.json" for host in hosts], command, place)
    done = play(broken=("h1",))
    assert sorted(path.stem for path in (place / "parts").iterdir()) == ["h0", "h2", "h3"]
    shards = [json.loads(path.read_text())["run"]["shard"] for path in sorted((place / "parts").iterdir())]
    assert shards == ["1/4", "3/4", "4/4"]
