"""From options to a plan: what is asked, with which engine, in which order. Nothing is sent here."""

import gc

import pytest

from scanner.cli import planning
from scanner.cli.planning import collecting_later, make_engine, make_plan, registry_of, seed_of
from scanner.cli.scan_options import ScanOptions
from scanner.core.engine_name import EngineName
from scanner.core.errors import UsageError
from scanner.core.problem import ProblemKind
from scanner.history.resume import ResumableRun
from scanner.history.run_identity import identify
from scanner.probes.registry import load_registry
from scanner.sweep.choose import Capabilities
from tests.sweep.jobs import make_plan as a_plan

REGISTRY = load_registry()
HERE = ("127.0.0.1",)


def planned(**options):
    return make_plan(ScanOptions(**{"targets": HERE, "ports": "80-81", **options}), REGISTRY)


def test_a_plan_holds_what_was_asked():
    plan, why = planned(
        seed=7, shard="2/3", services=("redis",), identify=False, owasp="2021", rate=5.0, timeout_s=2.0, retries=1,
        max_in_flight=9, vantage="office\x1b[2J" + "x" * 99,
    )  # fmt: skip
    assert (plan.seed, plan.shard.index, plan.shard.count, plan.services) == (7, 2, 3, ("redis",))
    assert (plan.identify, plan.edition) == (False, 2021)
    assert (plan.pace.rate, plan.pace.timeout_s, plan.pace.retries, plan.pace.max_in_flight) == (5.0, 2.0, 1, 9)
    assert plan.vantage.isprintable()
    assert len(plan.vantage) == 64
    assert (plan.space.size, plan.engine) == (2, EngineName.CONNECT)
    assert why == "engine connect: 2 endpoints are few"


@pytest.mark.parametrize("vantage", [None, ""])
def test_no_vantage_is_none(vantage):
    assert planned(vantage=vantage)[0].vantage is None


@pytest.mark.parametrize(
    "options", [{"targets": ("8.8.8.8",)}, {"targets": ()}, {"ports": "70000"}, {"shard": "3/2"}, {"shard": "x"}]
)
def test_what_can_not_be_planned_is_refused(options):
    with pytest.raises(UsageError):
        planned(**options)


@pytest.mark.parametrize(
    ("engine", "raw", "used", "problems"),
    [
        (EngineName.SYN, True, EngineName.SYN, []),
        (EngineName.SYN, False, EngineName.CONNECT, [ProblemKind.ENGINE_REPLACED]),
        (EngineName.CONNECT, True, EngineName.CONNECT, []),
        (EngineName.NMAP, False, EngineName.NMAP, []),
        (EngineName.AUTO, True, EngineName.CONNECT, []),
    ],
)
def test_an_engine_that_may_not_be_used_is_replaced_and_said(monkeypatch, engine, raw, used, problems):
    monkeypatch.setattr(planning, "read_capabilities", lambda: Capabilities(raw_packets=raw, rings=True))
    plan, why = planned(engine=engine)
    assert (plan.engine, [problem.kind for problem in plan.problems]) == (used, problems)
    assert used in why


def test_each_run_has_an_order_of_its_own_unless_one_is_named():
    assert len({seed_of(ScanOptions()) for _ in range(9)}) > 1
    assert seed_of(ScanOptions(seed=0)) == 0


def test_a_run_that_goes_on_has_the_order_that_it_began_with(tmp_path):
    path = tmp_path / "run.state"
    ResumableRun(path, identify(a_plan("127.0.0.1/32", [80], seed=7), version="1", probes="")).close()
    assert seed_of(ScanOptions(resume=path)) == 7
    assert seed_of(ScanOptions(resume=path, seed=8)) == 8


def test_services_are_chosen_and_strangers_refused(tmp_path):
    assert [probe.id for probe in registry_of(ScanOptions(services=("redis",))).probes] == ["redis"]
    assert "redis" not in [probe.id for probe in registry_of(ScanOptions(services=("^redis",))).probes]
    with pytest.raises(UsageError, match="redi"):
        registry_of(ScanOptions(services=("redi",)))
    with pytest.raises(UsageError):
        registry_of(ScanOptions(checks=tmp_path / "none"))


@pytest.mark.parametrize("engine", [EngineName.CONNECT, EngineName.SYN, EngineName.NMAP])
def test_the_engine_of_a_plan_is_made(monkeypatch, engine):
    monkeypatch.setattr(planning, "read_capabilities", lambda: Capabilities(raw_packets=True, rings=True))
    assert engine in type(make_engine(planned(engine=engine)[0], REGISTRY)).__name__.lower()


def test_garbage_is_collected_later_and_then_again_whatever_happens():
    seen = []

    def fail():
        with collecting_later():
            seen.append(gc.isenabled())
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert (seen, gc.isenabled()) == ([False], True)
