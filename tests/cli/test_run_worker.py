import sys

import pytest

from scanner.core.exit_code import ExitCode
from tests.support.command_line import exposure_here


@pytest.fixture
def scope(tmp_path):
    file = tmp_path / "scope.txt"
    file.write_text("127.0.0.0/24\n")
    return file


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--cluster", "nats://10.0.0.1"), "without TLS only on loopback"),
        (("--cluster", "nats://127.0.0.1:1", "--vantage", "a b"), "--vantage a b: write"),
        (("--cluster", "nats://127.0.0.1:1", "--name", "a.b"), "--name a.b: write"),
        (("--cluster", "nats://127.0.0.1:1", "-x", "127.0.0.0/8"), "nothing is left"),
    ],
)
def test_a_wrong_option_is_said_before_anything_is_sent(scope, words, told):
    run = exposure_here("worker", "--scope", scope, *words)
    assert run.returncode == ExitCode.USAGE
    assert told in run.stderr


def test_a_scope_is_demanded_and_public_addresses_take_its_own_word(scope):
    assert exposure_here("worker", "--cluster", "nats://127.0.0.1:1").returncode == ExitCode.USAGE
    scope.write_text("8.8.8.8\n")
    run = exposure_here("worker", "--cluster", "nats://127.0.0.1:1", "--scope", scope)
    assert run.returncode == ExitCode.USAGE
    assert "not private" in run.stderr


def test_a_server_that_is_not_there_is_one_line(scope):
    run = exposure_here("worker", "--cluster", "nats://127.0.0.1:1", "--scope", scope)
    assert run.returncode == ExitCode.NOTHING_SCANNED
    (line,) = run.stderr.splitlines()
    assert "is the NATS server there" in line


def test_without_the_extra_one_line_says_what_to_install(scope, monkeypatch):
    monkeypatch.setitem(sys.modules, "nats.aio.client", None)
    run = exposure_here("worker", "--cluster", "nats://127.0.0.1", "--scope", scope)
    assert run.returncode == ExitCode.NOTHING_SCANNED
    assert run.stderr == "exposure: --cluster: needs the extra: pip install 'exposure-scanner[cluster]'\n"
