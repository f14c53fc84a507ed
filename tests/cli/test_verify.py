import json
import shlex
import socket

import pytest

from scanner.cli.verify import COMMAND
from scanner.core.errors import UsageError
from scanner.tickets.ticket import verify_command
from tests.report import samples
from tests.report.commands import run, save
from tests.support.schemas import strict_validator


def report_of(tmp_path, address, port, **changes):
    found = samples.finding(address, port, **changes)
    return found.fingerprint, "--from", save(samples.report(found), tmp_path / "report.json")


@pytest.mark.real
def test_an_open_redis_is_still_exposed(tmp_path, server):
    running = server(
        ["redis-server", "--port", "{port}", "--bind", "{address}", "--protected-mode", "no", "--save", ""],
        [6379],
        package="redis-server",
    )
    ran = run(COMMAND, *report_of(tmp_path, running.address, running.port))
    assert ran.code == 1
    assert ran.out.startswith(f"exposed: redis://{running.address}:{running.port}: Redis answers without a password: ")


@pytest.mark.real
def test_a_redis_with_a_password_is_protected_also_on_a_port_of_its_own(tmp_path, server):
    running = server(
        ["redis-server", "--port", "{port}", "--bind", "{address}", "--requirepass", "secret", "--save", ""],
        [16379],
        package="redis-server",
    )
    ran = run(COMMAND, *report_of(tmp_path, running.address, running.port))
    assert (ran.code, ran.out.partition(":")[0]) == (0, "protected")


def test_a_port_that_refuses_is_closed(tmp_path):
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        port = bound.getsockname()[1]
        fingerprint, *source = report_of(tmp_path, "127.0.0.1", port)
        ran = run(COMMAND, fingerprint[:8], *source, "--json")
    assert ran.code == 0
    assert [error.message for error in strict_validator("verify-v1.json").iter_errors(json.loads(ran.out))] == []
    assert json.loads(ran.out) == {
        "fingerprint": fingerprint,
        "rule": samples.finding().rule,
        "outcome": "closed",
        "why": "the port refuses connections",
        "url": f"redis://127.0.0.1:{port}",
    }


def test_an_open_port_that_says_nothing_of_use_proves_nothing(tmp_path, server):
    decoy = server.decoy("echo")
    ran = run(COMMAND, *report_of(tmp_path, decoy.address, decoy.port))
    assert (ran.code, ran.out.partition(":")[0]) == (4, "unknown")


@pytest.mark.real
def test_a_ticket_names_all_that_is_needed_to_check_it(server):
    """The assignee has no report."""
    running = server(
        ["redis-server", "--port", "{port}", "--bind", "{address}", "--protected-mode", "no", "--save", ""],
        [16379],
        package="redis-server",
    )
    found = samples.finding(running.address, running.port, url=f"redis://{running.address}:{running.port}")
    words = shlex.split(verify_command(found))
    assert words[:2] == ["exposure", "verify"]
    ran = run(COMMAND, *words[2:], "--json")
    assert ran.code == 1
    told = json.loads(ran.out)
    assert (told["outcome"], told["rule"], told["fingerprint"]) == ("exposed", found.rule, None)


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("0" * 64,),
        ("--from", "report.json"),
        ("--endpoint", "127.0.0.1:6379"),
        ("--rule", "redis-no-password"),
        ("0" * 64, "--endpoint", "127.0.0.1:6379", "--rule", "redis-no-password"),
    ],
)
def test_half_a_question_is_a_usage_error(words):
    with pytest.raises(UsageError, match="say what to verify: FINGERPRINT --from FILE, or --endpoint URL --rule ID"):
        run(COMMAND, *words)


def test_a_path_that_acts_is_never_asked_for(tmp_path, server):
    """Field case: a report whose base_path was /admin/users/delete?id=1."""
    decoy = server.decoy("echo")
    endpoint = samples.endpoint(decoy.address, decoy.port, base_path="/admin/users/delete?id=1")
    found = samples.finding(endpoint=endpoint, url=f"http://{decoy.address}:{decoy.port}/admin/users/delete?id=1")
    report = save(samples.report(found), tmp_path / "report.json")
    with pytest.raises(UsageError, match="leave out") as caught:
        run(COMMAND, found.fingerprint, "--from", report)
    assert caught.value.file == report
