"""`exposure tickets` as a user runs it: files in, a table or JSON lines out, exit codes as documented."""

import asyncio
import io
import json
import os
import threading
from contextlib import contextmanager, redirect_stdout

import pytest

from scanner.cli.main import dispatch, make_root
from scanner.core.errors import UsageError
from scanner.report.writer import find_format, render
from scanner.tickets.answer import TrackerError
from scanner.tickets.plan import Flood
from tests.support.schemas import strict_validator
from tests.tickets.servers.defectdojo import DefectDojoServer
from tests.tickets.servers.github import TOKEN, GitHubServer
from tests.tickets.servers.strict import Stumble
from tests.tickets.worlds import docker_finding, night, redis_finding


@contextmanager
def served(kind):
    """A tracker that runs beside the command, in a thread and loop of its own."""
    ready, ended = threading.Event(), {}

    async def serve():
        async with kind() as server:
            ended.update(server=server, loop=asyncio.get_running_loop(), stop=asyncio.Event())
            ready.set()
            await ended["stop"].wait()

    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    assert ready.wait(10)
    try:
        yield ended["server"]
    finally:
        ended["loop"].call_soon_threadsafe(ended["stop"].set)
        thread.join(10)


@pytest.fixture
def desk(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
    return tmp_path


def save(path, report):
    with path.open("w") as file:
        render(find_format("json"), report, file)
    return str(path)


def run(*words, code=0):
    out = io.StringIO()
    with redirect_stdout(out):
        got = dispatch(make_root(), ["tickets", *map(str, words)])
    assert got == code, out.getvalue()
    assert TOKEN not in out.getvalue()
    return out.getvalue()


def test_plan_sends_nothing_and_apply_does_what_was_planned(desk):
    with served(GitHubServer) as server:
        (desk / "tickets.toml").write_text(server.config())
        report = save(desk / "findings.json", night(1, redis_finding(), docker_finding()))
        where = (report, "--tracker", "github", "--config", desk / "tickets.toml")
        shown = run("plan", *where)
        assert "2 create" in shown
        assert server.count("POST") == 0
        lines = [json.loads(line) for line in run("plan", *where, "--format", "jsonl").splitlines()]
        assert [(line["action"], line["severity"]) for line in lines] == [("create", "critical"), ("create", "high")]
        applied = run("apply", *where)
        assert "done" in applied
        assert len(server.seen()) == 2
        assert "2 leave" in run("apply", *where)


def test_what_lacks_proof_is_listed_scanned_again_and_closed(desk):
    finding = redis_finding()
    with served(GitHubServer) as server:
        (desk / "tickets.toml").write_text(server.config())
        where = ("--tracker", "github", "--config", desk / "tickets.toml")
        run("apply", save(desk / "one.json", night(1, finding)), *where)
        later = save(desk / "two.json", night(2))
        shown = run("plan", later, *where, "--recheck", desk / "recheck.txt")
        assert "1 gone without proof" in shown
        assert (desk / "recheck.txt").read_text() == "127.0.0.1:6379\n"
        proof = save(desk / "proof.json", night(3, closed=(finding,)))
        assert "1 close" in run("apply", later, *where, "--proof", proof)
        assert server.seen()[0].state == "closed"
        stale = save(desk / "stale.json", night(1, closed=(finding,)))
        with pytest.raises(UsageError, match="before the report ended"):
            run("plan", later, *where, "--proof", stale)


def test_every_line_is_as_its_schema_says_and_every_key_of_the_schema_is_written(desk):
    validator = strict_validator("ticket-action-v1.json")
    with served(GitHubServer) as server:
        (desk / "tickets.toml").write_text(server.config())
        where = ("--tracker", "github", "--config", desk / "tickets.toml", "--format", "jsonl")
        report = save(desk / "one.json", night(1, redis_finding(), docker_finding()))
        server.stumbles += [Stumble("POST", "/issues", "rejected")]
        said = run("plan", report, *where) + run("apply", report, *where, code=4)
        said += run("apply", save(desk / "two.json", night(2)), *where)
    lines = [json.loads(line) for line in said.splitlines()]
    assert {line.get("result") for line in lines} == {None, "done", "failed"}
    for line in lines:
        validator.validate(line)
    assert set(validator.schema["properties"]) == set().union(*lines)


def test_a_flood_exits_1_and_sends_nothing(desk):
    with served(GitHubServer) as server:
        (desk / "tickets.toml").write_text(server.config())
        report = save(desk / "findings.json", night(1, redis_finding(), docker_finding()))
        where = (report, "--tracker", "github", "--config", desk / "tickets.toml", "--max-new", "1")
        for command in ("plan", "apply"):
            with pytest.raises(Flood) as caught:
                run(command, *where)
            assert caught.value.exit_code == 1
        assert server.seen() == []


def test_a_ticket_that_the_tracker_rejects_exits_4_and_the_others_are_made(desk):
    with served(GitHubServer) as server:
        (desk / "tickets.toml").write_text(server.config())
        report = save(desk / "findings.json", night(1, redis_finding(), docker_finding()))
        server.stumbles += [Stumble("POST", "/issues", "rejected")]
        shown = run("apply", report, "--tracker", "github", "--config", desk / "tickets.toml", code=4)
        assert "1 failed" in shown
        assert len(server.seen()) == 1


def test_a_tracker_that_is_not_there_exits_3(desk, monkeypatch):
    with served(GitHubServer) as server:
        config = server.config()
    (desk / "tickets.toml").write_text(config)
    report = save(desk / "findings.json", night(1, redis_finding()))
    monkeypatch.setattr("scanner.net.clock.Clock.sleep", _no_time)
    with pytest.raises(TrackerError, match="can't be reached") as caught:
        run("plan", report, "--tracker", "github", "--config", desk / "tickets.toml")
    assert caught.value.exit_code == 3


def test_a_dead_tracker_is_never_called_nothing_to_do(desk, monkeypatch, capsys):
    with served(GitHubServer) as server:
        config = server.config()
    (desk / "tickets.toml").write_text(config)
    report = save(desk / "findings.json", night(1, redis_finding()))
    monkeypatch.setattr("scanner.net.clock.Clock.sleep", _no_time)
    with pytest.raises(TrackerError):
        run("apply", report, "--tracker", "github", "--config", str(desk / "tickets.toml"))
    assert capsys.readouterr().out == ""


def test_settings_are_checked_before_a_scan_and_nothing_is_sent(desk, monkeypatch):
    with served(GitHubServer) as server:
        (desk / "tickets.toml").write_text(server.config())
        where = ("--tracker", "github", "--config", desk / "tickets.toml")
        assert "settings and credentials are in place; nothing was sent" in run("check", *where)
        monkeypatch.delenv("GITHUB_TOKEN")
        with pytest.raises(UsageError, match="GITHUB_TOKEN is empty") as caught:
            run("check", *where)
        assert caught.value.exit_code == 2
        assert server.requests == []


async def _no_time(_clock, _seconds):
    await asyncio.sleep(0)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--tracker", "bugzilla"), "--tracker bugzilla: choose one of defectdojo, gitea, github"),
        (("--tracker", "github", "--group-by", "port"), "choose one of finding, host"),
        (("--tracker", "github", "--format", "xml"), "choose one of table, jsonl"),
        (("--tracker", "github", "--config", "missing.toml"), "can't be read"),
    ],
)
def test_a_wrong_command_line_is_a_usage_error(desk, words, says):
    report = save(desk / "findings.json", night(1, redis_finding()))
    (desk / "tickets.toml").write_text('url = "http://127.0.0.1:1"\nproject = "a/b"\n')
    with pytest.raises(UsageError, match=says) as caught:
        run("plan", report, "--config", desk / "tickets.toml", *words)
    assert caught.value.exit_code == 2


def test_defectdojo_refuses_to_group(desk):
    with served(DefectDojoServer) as server:
        (desk / "tickets.toml").write_text(server.config())
        report = save(desk / "findings.json", night(1, redis_finding()))
        with pytest.raises(UsageError, match="holds findings, not hosts"):
            run("plan", report, "--tracker", "defectdojo", "--config", desk / "tickets.toml", "--group-by", "host")


def test_credentials_may_come_from_a_file_that_nobody_else_can_read(desk):
    with served(GitHubServer) as server:
        secret = desk / "token"
        secret.write_text(f"{TOKEN}\n")
        secret.chmod(0o640)
        text = server.config().replace('secret_env = "GITHUB_TOKEN"', f'secret_file = "{secret}"')
        (desk / "tickets.toml").write_text(text)
        report = save(desk / "findings.json", night(1, redis_finding()))
        where = (report, "--tracker", "github", "--config", desk / "tickets.toml")
        os.environ.pop("GITHUB_TOKEN")
        with pytest.raises(UsageError, match="chmod 600"):
            run("plan", *where)
        secret.chmod(0o600)
        assert "1 create" in run("plan", *where)
