"""The file of an audit log: who may read it, what a full disk does, what stands in it."""

import errno
import ipaddress
import json
import os
import stat
import threading
from dataclasses import replace

import pytest

from scanner.core.address import to_number
from scanner.core.audit import SocketRecord
from scanner.core.errors import StoreError, UsageError
from scanner.core.ports import Transport
from scanner.history.audit_file import MOST_GATHERED, AuditLog
from scanner.history.chain import FORMAT, verify
from scanner.history.opening import opening
from tests.support.schemas import FOLDER, strict_validator
from tests.sweep.jobs import make_plan

HEADER = {"format": FORMAT, "started": "2026-01-01T00:00:00.000Z"}
ONE = to_number(ipaddress.ip_address("10.0.0.1"))


@pytest.fixture
def path(tmp_path):
    return tmp_path / "audit.jsonl"


@pytest.fixture
def log(path):
    made = AuditLog.create(path)
    made.begin(HEADER)
    yield made
    made.end("complete")


def attempt(log, count=1, **more):
    log.attempts([ONE + step for step in range(count)], [80] * count, transport=Transport.TCP, attempt=1, **more)


def talk(**more):
    known = {"address": ipaddress.ip_address("10.0.0.1"), "port": 80, "transport": Transport.TCP}
    return SocketRecord(**known, asker="redis", opened_s=1.5, **more)


def lines(path):
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def checked(path):
    return verify(path.read_bytes().splitlines(keepends=True))


def test_only_its_owner_may_read_it(log, path):
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("how", ["file", "link", "dangling link", "directory", "nowhere"])
def test_nothing_that_is_there_is_written_to(path, tmp_path, how):
    other = tmp_path / "other"
    if how == "file":
        path.write_text("kept")
    elif how == "link":
        other.write_text("kept")
        path.symlink_to(other)
    elif how == "dangling link":
        path.symlink_to(other)
    elif how == "directory":
        path.mkdir()
    else:
        path = tmp_path / "no" / "such" / "place"
    with pytest.raises(UsageError, match=str(path)):
        AuditLog.create(path)
    assert how != "file" or path.read_text() == "kept"
    assert how != "dangling link" or not other.exists()


def test_a_log_that_never_began_leaves_no_file(path):
    log = AuditLog.create(path)
    with pytest.raises(StoreError):
        log.demand()
    log.discard()
    assert not path.exists()


def test_what_is_noted_reaches_the_file_with_the_next_flush(log, path):
    attempt(log, 2)
    attempt(log, bytes_out=0)
    one = talk(source_port=40_000, bytes_out=5, bytes_in=9, outcome="answered")
    log.opened(one)
    log.closed(one)
    log.asked("reverse-dns", [ONE])
    log.delegated("nmap", "-sT -n", "80", "10.0.0.0/24")
    log.flush()
    start, nmap_or_talk, *_ = lines(path)
    assert start["kind"] == "start"
    assert nmap_or_talk["kind"] == "conversation"
    told = {line["kind"]: line for line in lines(path)}
    assert told["sweep"]["sweep"] == {"80": ["10.0.0.1", "10.0.0.2", "10.0.0.1"]}
    assert told["sweep"]["count"] == 3
    assert told["conversation"] | {"until": "", "chain": ""} == {
        "kind": "conversation",
        "t": "1970-01-01T00:00:01.500Z",
        "until": "",
        "to": "10.0.0.1",
        "port": 80,
        "transport": "tcp",
        "source_port": 40_000,
        "probe": "redis",
        "tls": False,
        "bytes_out": 5,
        "bytes_in": 9,
        "outcome": "answered",
        "chain": "",
    }
    assert told["asked"]["of"] == ["10.0.0.1"]
    assert told["delegated"]["arguments"] == "-sT -n"
    assert checked(path).broken is None


def test_a_large_batch_does_not_wait_for_the_flush(log, path):
    attempt(log, MOST_GATHERED)
    assert lines(path)[-1]["count"] == MOST_GATHERED


def test_the_end_has_the_totals_and_what_was_still_open(log, path):
    attempt(log, 3)
    log.opened(talk(bytes_out=11))
    log.end("interrupted")
    *_, open_talk, swept, end = lines(path)
    assert (open_talk["outcome"], swept["count"]) == ("open", 3)
    assert (end["status"], end["attempts"], end["conversations"], end["bytes_out"]) == ("interrupted", 3, 1, 11)
    assert checked(path).status == "interrupted"
    with pytest.raises(StoreError):
        attempt(log)


def test_many_threads_make_one_chain(log, path):
    threads = [threading.Thread(target=lambda: [attempt(log) or log.flush() for _ in range(50)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    log.end("complete")
    verdict = checked(path)
    assert (verdict.broken, verdict.totals["attempts"]) == (None, 200)


def test_a_full_disk_ends_the_recording_and_leaves_a_chain_that_holds(log, path, monkeypatch):
    attempt(log)
    log.flush()
    write = os.write

    def half(handle, data):
        if len(data) < 100:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return write(handle, data[: len(data) // 2])

    monkeypatch.setattr("scanner.history.audit_file.os.write", half)
    attempt(log)
    with pytest.raises(StoreError, match=r"No space left on device; nothing more is sent"):
        log.flush()
    monkeypatch.undo()
    for refused in (log.demand, log.flush, lambda: attempt(log), lambda: log.asked("neighbour", [ONE])):
        with pytest.raises(StoreError):
            refused()
    one = talk()
    log.opened(one)
    log.closed(one)
    with pytest.raises(StoreError):
        log.end("complete")
    verdict = checked(path)
    assert (verdict.broken, verdict.status, verdict.totals["attempts"]) == (None, None, 1)


def test_every_key_of_a_log_is_declared_in_its_schema_and_the_other_way_round(path, monkeypatch):
    monkeypatch.setenv("SUDO_USER", "ada")
    log = AuditLog.create(path)
    log.begin(opening(make_plan("10.0.0.0/30"), ["exposure", "scan"]))
    attempt(log, source_port=61_000)
    log.attempts([ONE], [53], transport=Transport.UDP, attempt="canary", bytes_out=9)
    for record in (talk(source_port=40_000), replace(talk(datagrams=2), transport=Transport.UDP)):
        log.opened(record)
        log.closed(record)
    log.asked("reverse DNS", [ONE])
    log.delegated("nmap", "-sT -n", "80", "10.0.0.0/24")
    log.end("complete")
    declared = json.loads((FOLDER / "audit-v1.json").read_text())["$defs"]
    written = {kind: set() for kind in declared}
    validator = strict_validator("audit-v1.json")
    for line in lines(path):
        closed = validator.evolve(schema={**validator.schema["$defs"][line["kind"]], "$defs": {}})
        assert [error.message for error in closed.iter_errors(line)] == []
        validator.validate(line)
        written[line["kind"]] |= set(line)
    assert written == {kind: set(of["properties"]) for kind, of in declared.items()}
