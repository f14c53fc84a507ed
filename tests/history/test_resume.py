import contextlib
import sqlite3
from dataclasses import replace

import pytest

from scanner.core.errors import StoreError
from scanner.core.event import PortEvent, PortState
from scanner.core.plan import Shard
from scanner.core.ports import Transport
from scanner.history.resume import ResumableRun, stored_seed
from scanner.history.run_identity import identify
from scanner.sweep.engine import Checkpoint
from tests.sweep.jobs import make_plan

PLAN = make_plan("127.9.0.0/24", [80, 443], seed=7)
IDENTITY = identify(PLAN, version="1.0", probes="redis docker-api")
EVENT = PortEvent((5 << 128) | 0xFE80 << 112 | 9, 443, Transport.TCP, PortState.OPEN, 0.25)


class Days:
    """A clock that stands at a day of November 2026."""

    def __init__(self, day: int) -> None:
        self.day = day

    def utc(self) -> str:
        return f"2026-11-{self.day:02}T00:00:00Z"


@pytest.fixture
def path(tmp_path):
    return tmp_path / "run.db"


def test_what_was_committed_is_restored(path):
    first = ResumableRun(path, IDENTITY)
    assert not first.resumed
    assert first.restore() == Checkpoint(pages={}, opened=[], met=[])
    stored = Checkpoint(
        low_water=8_192,
        pages={2: (b"\1" * 512, b"\0" * 512), 5: (b"\2" * 512, b"\3" * 512)},
        opened=[EVENT],
        open=1,
        closed=8_000,
        filtered=190,
        unreachable=1,
        met=[7, 1 << 128],
    )
    first.commit(replace(stored, low_water=4_096, pages={1: (b"\7" * 512, b"\0" * 512)}, opened=[], met=[7]))
    first.commit(stored)
    first.close()
    again = ResumableRun(path, IDENTITY)
    assert again.resumed
    restored = again.restore()
    assert replace(restored, met=sorted(restored.met)) == stored
    again.close()


def test_an_open_port_comes_back_until_its_probes_are_done_and_a_finding_exists_once(path):
    run = ResumableRun(path, IDENTITY)
    run.commit(Checkpoint(opened=[EVENT], open=1))
    run.commit(Checkpoint(opened=[EVENT], open=1))
    assert run.restore().opened == [EVENT]
    run.finish(EVENT, "row", {"f1": "finding", "f2": "other"})
    run.finish(EVENT, "row again", {"f1": "finding again"})
    run.close()
    again = ResumableRun(path, IDENTITY)
    assert again.restore().opened == []
    assert again.finished() == ["row again"]
    assert again.findings() == {"f1": "finding again", "f2": "other"}
    again.close()


def test_an_endpoint_may_be_finished_before_the_sweep_commits_it(path):
    run = ResumableRun(path, IDENTITY)
    run.finish(EVENT, "row", {"f1": "finding"})
    run.commit(Checkpoint(opened=[EVENT], open=1))
    assert run.restore().opened == []
    run.close()


CHANGES = [
    (make_plan("127.9.0.0/25", [80, 443], seed=7), "1.0", "redis docker-api", "scope"),
    (make_plan("127.9.0.0/24", [80], seed=7), "1.0", "redis docker-api", "targets and ports"),
    (make_plan("127.9.0.0/24", [80, 443], seed=8), "1.0", "redis docker-api", "seed"),
    (replace(PLAN, engine="syn"), "1.0", "redis docker-api", "engine"),
    (replace(PLAN, shard=Shard(index=2, count=3)), "1.0", "redis docker-api", "shard"),
    (replace(PLAN, services=("redis",)), "1.0", "redis docker-api", "services"),
    (replace(PLAN, identify=False), "1.0", "redis docker-api", "identify"),
    (PLAN, "1.1", "redis docker-api", "version"),
    (PLAN, "1.0", "redis", "checks"),
]


@pytest.mark.parametrize(("plan", "version", "probes", "name"), CHANGES, ids=[change[-1] for change in CHANGES])
def test_another_run_is_refused_with_what_differs(path, plan, version, probes, name):
    ResumableRun(path, IDENTITY).close()
    other = identify(plan, version=version, probes=probes)
    with pytest.raises(StoreError, match=f"belongs to another run: .*{name}: .* then, .* now"):
        ResumableRun(path, other)
    ResumableRun(path, IDENTITY).close()


def test_two_runs_never_share_a_file(path):
    first = ResumableRun(path, IDENTITY)
    with pytest.raises(StoreError, match="in use by another run"):
        ResumableRun(path, IDENTITY)
    first.close()
    ResumableRun(path, IDENTITY).close()


def test_a_file_of_something_else_is_refused(path):
    path.write_bytes(b"not a database at all, but long enough to be looked at" * 100)
    with pytest.raises(StoreError, match="not a database"):
        ResumableRun(path, IDENTITY)
    with pytest.raises(StoreError, match="not a database"):
        stored_seed(path)


@pytest.mark.parametrize("held", [b"{", b"[]\n", b"10.0.0.0/24\n"])
def test_a_file_shorter_than_a_header_is_refused_and_kept(path, held):
    # SQLite takes it for an empty database, and the user's file would be gone.
    path.write_bytes(held)
    with pytest.raises(StoreError, match="not a database"):
        ResumableRun(path, IDENTITY)
    assert path.read_bytes() == held


def test_a_foreign_database_is_refused(path):
    database = sqlite3.connect(path)
    database.execute("CREATE TABLE theirs (a)")
    database.close()
    with pytest.raises(StoreError, match="is not a run of this version"):
        ResumableRun(path, IDENTITY)


def test_a_damaged_file_is_refused_after_a_crash(path):
    run = ResumableRun(path, IDENTITY)
    for number in range(200):
        run.commit(Checkpoint(pages={number: (bytes(512), bytes(512))}))
    run.close()
    content = bytearray(path.read_bytes())
    # The header and the schema stay readable; the pages of the table do not.
    for place in range(8 * 4_096, len(content) - 4_096, 4_096):
        content[place : place + 2_000] = b"\xa5" * 2_000
    path.write_bytes(content)
    with sqlite3.connect(path) as database, contextlib.suppress(sqlite3.Error):
        database.execute("UPDATE meta SET value = '0' WHERE name = 'clean'")
    database.close()
    with pytest.raises(StoreError):
        ResumableRun(path, IDENTITY)


def test_a_file_that_can_not_be_written_is_named(tmp_path):
    with pytest.raises(StoreError, match=r"gone.*choose a file"):
        ResumableRun(tmp_path / "gone" / "run.db", IDENTITY)


def test_the_seed_is_known_before_the_plan_is_made(path):
    assert stored_seed(path) is None
    path.touch()
    assert stored_seed(path) is None
    ResumableRun(path, IDENTITY).close()
    assert stored_seed(path) == 7


def test_a_day_old_run_says_so(path):
    ResumableRun(path, IDENTITY, Days(1)).close()
    second = ResumableRun(path, IDENTITY, Days(2))
    assert not second.old
    second.close()
    third = ResumableRun(path, IDENTITY, Days(4))
    assert third.old
    assert third.started == "2026-11-01T00:00:00Z"
    third.close()


def test_a_port_behind_which_two_urls_are_looked_at_is_done_with_both(path):
    run = ResumableRun(path, IDENTITY)
    run.commit(Checkpoint(opened=[EVENT], open=1))
    run.finish(EVENT, "first", {}, of=2)
    run.close()
    run = ResumableRun(path, IDENTITY)
    assert run.restore().opened == [EVENT]
    run.finish(EVENT, "first again", {}, of=2)
    run.finish(EVENT, "second", {}, of=2)
    assert run.restore().opened == []
    assert run.finished() == ["first again", "second"]
    run.close()


def test_the_file_and_its_lock_are_their_owners_alone(path):
    run = ResumableRun(path, IDENTITY)
    run.commit(Checkpoint(low_water=1))
    kept = {each.name: each.stat().st_mode & 0o777 for each in path.parent.iterdir()}
    run.close()
    assert {"run.db", "run.db.lock"} <= set(kept)
    assert set(kept.values()) == {0o600}


@pytest.mark.parametrize("suffix", ["", ".lock"])
def test_neither_is_reached_through_a_symbolic_link(path, tmp_path, suffix):
    (tmp_path / f"run.db{suffix}").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StoreError, match="symbolic link"):
        ResumableRun(path, IDENTITY)
    assert not (tmp_path / "elsewhere").exists()


OTHER = EVENT._replace(port=80)


def die(run):
    """End a run's use of its file as the death of its process does."""
    run._database.close()
    run._lock.close()


def test_who_was_being_asked_at_two_deaths_of_the_process_is_known(path):
    run = ResumableRun(path, IDENTITY)
    run.mark([EVENT, OTHER], [])
    assert run.ends() == {}
    die(run)
    run = ResumableRun(path, IDENTITY)
    assert run.ends() == {EVENT[:3]: 1, OTHER[:3]: 1}
    run.mark([EVENT], [])
    run.mark([OTHER], [])
    run.mark([], [OTHER])
    die(run)
    run = ResumableRun(path, IDENTITY)
    assert run.ends() == {EVENT[:3]: 2, OTHER[:3]: 1}
    run.close()


def test_who_was_asked_to_the_end_or_in_a_run_that_was_stopped_is_no_suspect(path):
    run = ResumableRun(path, IDENTITY)
    run.mark([EVENT, OTHER], [])
    run.mark([OTHER], [EVENT, OTHER])
    run.close()
    run = ResumableRun(path, IDENTITY)
    run.mark([EVENT], [])
    run.mark([], [EVENT])
    die(run)
    run = ResumableRun(path, IDENTITY)
    assert run.ends() == {}
    run.close()
