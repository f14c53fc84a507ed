"""`exposure host` whole: formats, exit codes, accept, baseline, diff; and that it changes and sends nothing."""

import json
import os
import subprocess
import sys

import pytest

from scanner.report.writer import format_names
from tests.host.fake_proc import FakeProc
from tests.support.command_line import exposure_here

WATCHED = """
import json, os, sys
seen = []
def watch(event, args):
    if event == "open" and isinstance(args[2], int) and args[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC):
        seen.append([event, str(args[0])])
    if event in {"socket.connect", "socket.sendto", "socket.sendmsg", "socket.bind", "socket.getaddrinfo",
                 "socket.gethostbyname", "socket.gethostbyaddr", "subprocess.Popen", "os.system", "os.exec", "os.fork",
                 "os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.chmod", "os.chown", "os.link", "os.symlink",
                 "os.truncate", "os.utime", "os.kill", "os.setxattr", "os.removexattr"}:
        seen.append([event, str(args)])
sys.dont_write_bytecode = True
sys.addaudithook(watch)
from scanner.cli.main import main
try:
    main()
except SystemExit:
    pass
sys.stderr.write("\\nSEEN " + json.dumps(seen))
"""


@pytest.fixture
def machine(tmp_path):
    (tmp_path / "root/etc").mkdir(parents=True)
    (tmp_path / "root/etc/hostname").write_text("web-1\n")
    fake = FakeProc(tmp_path / "proc")
    fake.process(60, "dockerd", "dockerd", "-H", "tcp://0.0.0.0:2375", exe="/usr/bin/dockerd", sockets=(9,))
    fake.socket("00000000:0947", 9)
    return fake, tmp_path


def host(folder, *words, command="host"):
    place = ["--root", str(folder / "root"), "--proc", str(folder / "proc"), "--watch", "0.01"]
    return exposure_here(command, *(place if command == "host" else []), *words)


def report(folder, *words):
    done = host(folder, "-f", "json", *words)
    return json.loads(done.stdout), done.returncode


def test_an_open_door_is_predicted_and_fails_the_run(machine):
    _, folder = machine
    told, code = report(folder)
    (finding,) = told["findings"]
    assert code == 1
    assert (finding["rule"], finding["confidence"], finding["name"]) == ("docker-api-no-auth", "predicted", "web-1")
    assert told["run"]["engine"] == "host"


def test_an_intruder_is_a_finding_that_is_the_same_tomorrow(machine):
    fake, folder = machine
    fake.process(70, "kworker/0:1", exe="/tmp/x (deleted)")
    first, _ = report(folder)
    fake.process(71, "kworker/0:1", exe="/tmp/x (deleted)", started=900)
    second, _ = report(folder)
    rules = [finding["rule"] for finding in first["findings"]]
    assert "host-process-disguised-as-kernel" in rules
    assert {f["fingerprint"] for f in first["findings"]} == {f["fingerprint"] for f in second["findings"]}


def test_baseline_accept_and_diff_take_it_as_any_report(machine):
    fake, folder = machine
    fake.process(70, "kworker/0:1", exe="/tmp/x (deleted)")
    old = folder / "old.json"
    told, _ = report(folder, "-o", str(old))
    known, code = report(folder, "--baseline", str(old), "--allow-incomplete")
    assert (code, {finding["state"] for finding in known["findings"]}) == (0, {"known"})
    accepted = folder / "accept.toml"
    for finding in told["findings"]:
        words = [
            "--from",
            str(old),
            "--reason",
            "a test",
            "--owner",
            "me",
            "--until",
            "2099-01-01",
            "--accept",
            str(accepted),
        ]
        words += ["--despite-compromise"] * bool(finding["compromise"])
        assert host(folder, finding["fingerprint"], *words, command="accept").returncode == 0
    _, code = report(folder, "--accept", str(accepted), "--allow-incomplete")
    assert code == 0
    (fake.folder / "70/stat").unlink()
    new = folder / "new.json"
    report(folder, "-o", str(new))
    done = host(folder, str(old), str(new), "--json", command="diff")
    fates = {change["finding"]["rule"]: change["fate"] for change in json.loads(done.stdout)["changes"]}
    assert fates["host-process-disguised-as-kernel"] == "gone"
    assert fates["docker-api-no-auth"] == "unchanged"


def test_every_format_writes_it(machine):
    fake, folder = machine
    fake.process(70, "kworker/0:1", exe="/tmp/x (deleted)")
    places = {name: folder / f"report.{name}" for name in format_names()}
    done = host(folder, *(word for name, path in places.items() for word in ("-o", f"{name}:{path}")))
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    assert [name for name, path in places.items() if not path.read_text("utf-8")] == []


def test_a_clean_machine_exits_0_and_one_that_is_not_wholly_seen_4(tmp_path):
    (tmp_path / "root").mkdir()
    fake = FakeProc(tmp_path / "proc")
    assert host(tmp_path).returncode == 0
    fake.process(70, "sh", "sh")
    assert host(tmp_path).returncode == 4
    assert host(tmp_path, "--allow-incomplete").returncode == 0


def test_a_terminal_can_not_be_driven_by_a_process_name(machine):
    fake, folder = machine
    fake.process(70, "xmrig\x1b[2J", "xmrig", "\x1b]0;owned\x07", exe="/tmp/x")
    done = host(folder)
    assert "\x1b" not in done.stdout


def test_it_changes_nothing_and_sends_nothing(machine):
    _, folder = machine
    words = ["host", "--history", "--watch", "0.01", "--root", str(folder / "root"), "-v"]
    before = sorted((str(path), path.lstat().st_mtime_ns) for path in folder.rglob("*"))
    done = subprocess.run(
        [sys.executable, "-c", WATCHED, *words],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )
    seen = json.loads(done.stderr.rpartition("SEEN ")[2])
    assert [one for one in seen if "/dev/null" not in one[1]] == []
    assert sorted((str(path), path.lstat().st_mtime_ns) for path in folder.rglob("*")) == before
