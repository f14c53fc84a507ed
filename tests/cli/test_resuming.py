"""What `--save` keeps and `--resume` reads, without a process: killed runs are in test_resume.py."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from scanner.cli.resuming import RunMemory, memory_in, seed_in_file
from scanner.cli.scan_options import ScanOptions
from scanner.core.address import to_number
from scanner.core.errors import StoreError, UsageError
from scanner.core.event import PortEvent, PortState
from scanner.core.ports import Transport
from scanner.core.problem import ProblemKind
from scanner.probes.registry import load_registry
from scanner.sweep.engine import Checkpoint
from tests.report import samples
from tests.sweep.jobs import make_plan

REGISTRY = load_registry().select(("redis",))
PLAN = make_plan("127.0.0.1/32", [6379], seed=7)
FOUND = samples.finding()
EVENT = PortEvent(to_number(FOUND.endpoint.address), 6379, Transport.TCP, PortState.OPEN, 0.1)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "run.state"


def begun(path, plan=PLAN):
    problems = []
    with memory_in(path, plan, REGISTRY, problems) as memory:
        memory.commit(Checkpoint(opened=[EVENT], open=1))
        memory.keep([(EVENT, samples.row_of(FOUND), (FOUND,))])
        memory.mark([EVENT], [])
    return problems


def test_without_a_file_nothing_is_remembered():
    assert seed_in_file(ScanOptions()) is None


def test_what_was_judged_comes_back_as_it_was(path):
    assert begun(path) == []
    with memory_in(path, PLAN, REGISTRY, []) as memory:
        assert memory.earlier() == ((samples.row_of(FOUND),), (FOUND,))
        assert memory.restore().opened == []
        assert memory.ends() == {}
        assert memory.ledger is memory.marks is memory
    assert seed_in_file(ScanOptions(resume=path)) == 7


@pytest.mark.parametrize(
    "change",
    [{"seed": 8}, {"services": ("nats",)}, {"identify": False}, {"space": make_plan("127.0.0.2/32", [1]).space}],
)
def test_another_run_does_not_go_on_in_the_same_file(path, change):
    begun(path)
    with (
        pytest.raises(UsageError, match="belongs to another run"),
        memory_in(path, replace(PLAN, **change), REGISTRY, []),
    ):
        pytest.fail("it went on")


@pytest.mark.parametrize("save", [True, False])
def test_a_run_is_begun_once_and_gone_on_with_only_where_it_is(path, save):
    with pytest.raises(UsageError, match="give one of the two"):
        seed_in_file(ScanOptions(save=path, resume=path))
    if save:
        assert seed_in_file(ScanOptions(save=path)) is None
        begun(path)
        with pytest.raises(UsageError, match=f"holds a run already; go on with --resume {path}"):
            seed_in_file(ScanOptions(save=path))
    else:
        with pytest.raises(UsageError, match=f"no run to go on with; --save {path} begins one"):
            seed_in_file(ScanOptions(resume=path))
        path.write_text("not a database, and it stays as it is")
        with pytest.raises(UsageError, match="not a database"):
            seed_in_file(ScanOptions(resume=path))


def full(*_arguments, **_more):
    raise StoreError("run.state: the disk is full")


def test_a_disk_that_fills_up_is_told_once_and_nothing_is_stored_behind_it(tmp_path):
    problems, commits = [], []
    run = SimpleNamespace(commit=full, finish=commits.append, mark=commits.append)
    memory = RunMemory(run, "run.state", PLAN, problems)
    for _ in range(3):
        memory.commit(Checkpoint())
    memory.keep([(EVENT, samples.row_of(FOUND), (FOUND,))])
    memory.mark([EVENT], [])
    assert commits == []
    (problem,) = problems
    assert problem.kind is ProblemKind.RUN_NOT_SAVED
    assert problem.detail.startswith("the disk is full; this run went on")


def test_a_file_that_can_not_be_read_is_a_matter_of_usage():
    memory = RunMemory(SimpleNamespace(restore=full, ends=full, finished=full), "run.state", PLAN, [])
    for read in (memory.restore, memory.ends, memory.earlier):
        with pytest.raises(UsageError, match="the disk is full"):
            read()
