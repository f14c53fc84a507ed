"""Around a run with --audit: whatever comes, the log has an end, or there is none. Whole runs: test_audit.py."""

import asyncio
import json
from types import SimpleNamespace

import pytest

from scanner.cli import auditing
from scanner.cli.auditing import audit_in, begin, end, kept
from scanner.core.errors import StoreError, UsageError
from scanner.history.audit_file import AuditLog
from tests.report import samples
from tests.sweep.jobs import make_plan

PLAN = make_plan("127.0.0.1/32", [80])


@pytest.fixture
def path(tmp_path):
    return tmp_path / "audit.jsonl"


def last(path):
    return json.loads(path.read_bytes().splitlines()[-1])


def test_a_run_to_the_end_says_so(path):
    with audit_in(path) as log:
        begin(log, PLAN)
        end(log, samples.clean_report())
    assert (last(path)["kind"], last(path)["status"]) == ("end", "complete")


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (KeyboardInterrupt, "interrupted"),
        (asyncio.CancelledError, "interrupted"),
        (ZeroDivisionError, "failed"),
        (UsageError("x"), "failed"),
    ],
)
def test_what_ended_a_run_stands_in_the_log_and_is_what_is_told(path, error, status):
    def run():
        with audit_in(path) as log:
            begin(log, PLAN)
            raise error

    with pytest.raises(error if isinstance(error, type) else type(error)):
        run()
    assert last(path)["status"] == status


def test_a_run_that_never_began_leaves_no_log(path):
    with pytest.raises(UsageError), audit_in(path):
        raise UsageError("8.8.8.8 is public")
    assert not path.exists()


def test_an_end_that_can_not_be_written_hides_no_error(path, monkeypatch):
    def full(self, status):
        raise StoreError("disk full")

    def run():
        with audit_in(path) as log:
            begin(log, PLAN)
            monkeypatch.setattr(AuditLog, "end", full)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run()


async def test_without_a_log_there_is_nothing_around_a_run():
    with audit_in(None) as log:
        begin(log, PLAN)
        assert await kept(log, done()) == samples.clean_report()
        end(log, samples.clean_report())
    assert log is None


async def done():
    await asyncio.sleep(0)
    return samples.clean_report()


async def forever():
    await asyncio.Event().wait()


async def broken():
    raise UsageError("no target")


async def test_what_is_sent_reaches_the_log_while_the_run_goes_on(monkeypatch):
    monkeypatch.setattr(auditing, "_EVERY_S", 0)
    flushed = asyncio.Event()

    async def run():
        await flushed.wait()
        return samples.clean_report()

    log = SimpleNamespace(flush=flushed.set)
    async with asyncio.timeout(10):
        assert await kept(log, run()) == samples.clean_report()


async def test_a_log_that_can_not_grow_ends_the_run_and_an_error_of_the_run_is_its_own(monkeypatch):
    monkeypatch.setattr(auditing, "_EVERY_S", 0)

    def full():
        raise StoreError("disk full")

    async with asyncio.timeout(10):
        with pytest.raises(StoreError, match="disk full"):
            await kept(SimpleNamespace(flush=full), forever())
        with pytest.raises(UsageError, match="no target"):
            await kept(SimpleNamespace(flush=lambda: None), broken())
