"""Resolves the options of a scan once, into the plan that the stages below know."""

from dataclasses import replace

from scanner.cli.scan_options import ScanOptions, one_of
from scanner.cli.sources import resolve_sources
from scanner.core.engine_name import EngineName
from scanner.core.plan import Pace, ScanPlan
from scanner.core.problem import Problem, ProblemKind
from scanner.probes.registry import Registry
from scanner.sweep import engines
from scanner.sweep.choose import choose_engine, read_capabilities, without_privilege
from scanner.sweep.engine import Engine
from scanner.targets.shard import parse_shard


def make_plan(options: ScanOptions, registry: Registry) -> tuple[ScanPlan, str]:
    """Return what to look at and how, and one line on the engine; raises UsageError before anything is sent."""
    found = resolve_sources(options, registry.ports)
    plan = ScanPlan(
        targets=found.targets,
        scope=found.scope,
        space=found.space,
        seed=options.run_seed(),
        engine=EngineName(one_of("--engine", options.engine, tuple(EngineName))),
        pace=Pace(
            rate=options.rate, max_in_flight=options.max_in_flight, timeout_s=options.timeout_s, retries=options.retries
        ),
        shard=parse_shard(options.shard),
        services=options.services,
        identify=options.identify,
        edition=options.edition,
        problems=found.problems,
    )
    if plan.engine is EngineName.AUTO:
        name, why = choose_engine(plan, read_capabilities())
    elif plan.engine is EngineName.SYN and (instead := without_privilege(read_capabilities())) is not None:
        name, why = instead
        problem = Problem(ProblemKind.ENGINE_REPLACED, "sweep", why)
        plan = replace(plan, problems=(*plan.problems, problem))
    else:
        name, why = plan.engine, f"engine {plan.engine}"
    return replace(plan, engine=name), why


def make_engine(plan: ScanPlan, registry: Registry) -> Engine:
    """Return the plan's engine; each knows what to ask UDP ports."""
    return engines.make_engine(plan.engine, registry.questions)
