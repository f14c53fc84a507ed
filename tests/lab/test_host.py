"""`exposure host` against real processes, in mount, process and network namespaces of their own."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


def why_not():
    if os.geteuid() != 0:
        return "not run: namespaces need root"
    missing = [tool for tool in ("gcc", "ip", "make") if shutil.which(tool) is None]
    if missing:
        return f"not run: {' and '.join(missing)} missing"
    tried = subprocess.run(["unshare", "-mpnf", "--mount-proc", "true"], capture_output=True, check=False)
    return None if tried.returncode == 0 else "not run: this machine refuses namespaces"


pytestmark = [pytest.mark.root, pytest.mark.skipif(bool(why_not()), reason=str(why_not()))]


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    folder = tmp_path_factory.mktemp("intruder")
    subprocess.run(["gcc", "-O1", "-o", folder / "intruder", HERE / "intruder.c"], check=True)
    subprocess.run(["gcc", "-O1", "-static", "-o", folder / "static", HERE / "intruder.c"], check=True)
    subprocess.run(["gcc", "-shared", "-fPIC", "-o", folder / "hider.so", HERE / "hider.c", "-ldl"], check=True)
    return folder


@pytest.fixture
def play(built, tmp_path):
    def run(name):
        for tool in built.iterdir():
            shutil.copy(tool, tmp_path / tool.name)
        inside = [sys.executable, "-m", "tests.lab.scene", name, str(tmp_path)]
        outside = ["unshare", "-mpnf", "--mount-proc", "--propagation", "private", "--kill-child"]
        done = subprocess.run([*outside, *inside], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return run


def test_every_dishonest_process_is_an_alarm_for_root(play):
    told = play("dishonest")
    alarms = told["alarms"]
    assert set(alarms) == {"wiped", "deleted", "kernel", "pool", "named", "preloaded", "memory", "covered",
                           "threaded", "reader", "shell"}  # fmt: skip
    assert "process-no-command-line" in alarms["wiped"]
    assert "process-executable-deleted" in alarms["deleted"]
    assert "process-disguised-as-kernel" in alarms["kernel"]
    assert {"connection-to-pool-port", "process-no-command-line"} <= set(alarms["pool"])
    assert "process-known-name" in alarms["named"]
    assert "preload-environment" in alarms["preloaded"]
    assert alarms["memory"] == ["process-executable-in-memory", "process-no-command-line"]
    assert "process-hidden-by-mount" in alarms["covered"]
    assert "process-known-name" in alarms["reader"]
    assert "process-shell-connected" in alarms["shell"]


def test_an_ordinary_user_sees_what_anybody_can_and_is_told_the_rest(play):
    told = play("ordinary")
    assert {"kernel", "named", "covered", "own"} <= set(told["alarms"])
    assert any("executable, descriptors" in what and do == "run it as root" for what, _, do in told["gaps"])


def test_hidepid_is_a_gap_by_its_name(play):
    told = play("hidepid")
    assert any("hidepid" in why for _, why, _ in told["gaps"])


def test_a_process_that_a_preloaded_library_hides_is_found(play):
    told = play("hidden")
    (checks,) = (checks for name, checks in told["alarms"].items() if f"process {told['pid']} " in name)
    assert "process-hidden" in checks


def test_files_below_a_root_and_the_process_that_one_of_them_starts(play):
    alarms = play("files")["alarms"]
    assert alarms["cron /etc/cron.d/x"] == ["start-up-command"]
    assert alarms["account sys"] == ["user-added"]
    assert any("preload-everywhere" in checks for checks in alarms.values())
    assert alarms["systemd unit /etc/systemd/system/x.service"] == ["start-up-path"]
    assert alarms["entry"] == ["process-executable-in-temporary-folder"]


def test_an_honest_machine_that_compiles_and_upgrades_gives_no_alarm_in_twenty_runs(play):
    assert play("honest")["rounds"] == [{}] * 20


def test_the_incident_is_told_in_one_report(play, tmp_path):
    told = play("incident")
    report = json.loads(told["json"])
    assert told["json_code"] == 1
    rules = {finding["rule"] for finding in report["findings"]}
    assert {"docker-api-no-auth", "host-process-executable-deleted", "host-container-known"} <= rules
    door = next(finding for finding in report["findings"] if finding["rule"] == "docker-api-no-auth")
    assert (door["address"], door["port"], door["confidence"]) == ("0.0.0.0", 2375, "confirmed")
    assert door["anchor"] == {"file": "/etc/docker/daemon.json", "line": 2}
    story = told["story"]
    for words in ("/mac.sh", "command line is empty", "8.8.4.4 port 3333", "a link to /dev/null", "daemon.json:2",
                  "keep the evidence", "sha256"):  # fmt: skip
        assert words in story
    (manifest,) = tmp_path.glob("kept/*/manifest.json")
    (suspect,) = json.loads(manifest.read_text())["suspects"]
    copy = manifest.parent / str(suspect["pid"]) / "exe"
    assert copy.read_bytes() == (tmp_path / "intruder").read_bytes()
    assert (manifest.parent.stat().st_mode & 0o777, copy.stat().st_mode & 0o777) == (0o700, 0o600)


@pytest.mark.skipif(not (shutil.which("dockerd") and shutil.which("docker")), reason="not run: dockerd missing")
def test_a_real_docker_daemon_and_container_are_followed_to_the_line(play, tmp_path):
    told = play("docker")
    if "refused" in told:
        pytest.skip(f"not run: this machine refuses containers: {told['refused']}")
    assert told["code"] == 1
    by_rule = {finding["rule"]: finding for finding in told["report"]["findings"]}
    door = by_rule["docker-api-no-auth"]
    assert (door["port"], door["confidence"]) == (2375, "confirmed")
    assert door["anchor"] == {"file": str(tmp_path / "daemon.json"), "line": 4}
    assert by_rule["host-container-known"]["subject"] == "container: ubuntu:18.04 miner"
    running = by_rule["host-process-known-name"]["evidence"]
    assert (running["executable"], running["container"]) == ("/mac.sh", "miner")
