import json
import sys

import pytest

from scanner.cli.run_worker import _recorder
from scanner.core.errors import StoreError
from scanner.core.exit_code import ExitCode
from scanner.history.chain import verify
from tests.cluster.plans import plan_of
from tests.cluster.test_chunk_scan import RUN, scan_of
from tests.support.command_line import exposure_here
from tests.support.exchange import MemoryExchange


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


@pytest.fixture
def chunk_scan():
    exchange = MemoryExchange()
    exchange.opened.add(RUN)
    return scan_of(exchange, plan=plan_of("127.0.0.1", ports="1-5", identify=False))


async def test_each_chunk_has_an_audit_log_that_accounts_for_it(tmp_path, chunk_scan):
    folder = tmp_path / "logs"
    report = await _recorder(folder)(chunk_scan)
    (log,) = folder.iterdir()
    assert log.name.startswith(f"{RUN}-1-")
    assert folder.stat().st_mode & 0o777 == 0o700
    lines = log.read_bytes().splitlines(keepends=True)
    verdict = verify(lines)
    assert (verdict.broken, verdict.status) == (None, report.run.status)
    assert verdict.totals["attempts"] >= report.coverage.endpoints_planned == 5
    assert json.loads(lines[0])["shard"] == "1/1"


async def test_a_log_that_can_be_made_no_more_is_no_matter_of_the_chunk(tmp_path, chunk_scan):
    recorded = _recorder(tmp_path)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("os.open", lambda *given, **more: (_ for _ in ()).throw(OSError(28, "No space left on device")))
        with pytest.raises(StoreError, match="No space left"):
            await recorded(chunk_scan)


@pytest.mark.parametrize("name", ["file", "file/below"])
def test_a_folder_that_is_none_is_said_before_anything_is_sent(tmp_path, scope, name):
    (tmp_path / "file").touch()
    run = exposure_here("worker", "--cluster", "nats://127.0.0.1:1", "--scope", scope, "--audit", tmp_path / name)
    assert run.returncode == ExitCode.USAGE
    assert "audit logs can't be kept" in run.stderr
