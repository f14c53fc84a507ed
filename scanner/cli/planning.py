"""Resolves the options of a scan once, into the plan that the stages below know."""

import gc
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from scanner.cli.scan_options import ScanOptions
from scanner.cli.sources import resolve_sources
from scanner.core.engine_name import EngineName
from scanner.core.errors import UsageError
from scanner.core.plan import Pace, ScanPlan
from scanner.core.problem import Problem, ProblemKind
from scanner.core.text import clean
from scanner.probes.registry import Registry, load_registry
from scanner.sweep import engines
from scanner.sweep.choose import choose_engine, read_capabilities, without_privilege
from scanner.sweep.engine import Engine
from scanner.targets.shard import parse_shard


@contextmanager
def collecting_later() -> Iterator[None]:
    """Put the garbage collector off: a million targets stay, and to look through them takes a quarter of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        # What was made until now stays until the end of the run.
        gc.freeze()
        if was_on:
            gc.enable()


def make_plan(options: ScanOptions, registry: Registry) -> tuple[ScanPlan, str]:
    """Return what to look at and how, and one line on the engine; raises UsageError before anything is sent."""
    with collecting_later():
        return _make_plan(options, registry)


def _make_plan(options: ScanOptions, registry: Registry) -> tuple[ScanPlan, str]:
    found = resolve_sources(options, registry.ports)
    # The targets come last: each plan that has them makes an index of them.
    plan = ScanPlan(
        targets=(),
        scope=found.scope,
        space=found.space,
        seed=seed_of(options),
        engine=options.engine,
        pace=Pace(
            rate=options.rate,
            polite=options.polite,
            max_in_flight=options.max_in_flight,
            timeout_s=options.timeout_s,
            retries=options.retries,
        ),
        shard=parse_shard(options.shard),
        services=options.services,
        identify=options.identify,
        edition=int(options.owasp),
        vantage=clean(options.vantage, 64) if options.vantage and not options.cluster else None,
        problems=found.problems,
        expected=found.expected,
    )
    if options.cluster:
        # What this machine may send decides nothing: the workers are others.
        named = plan.engine is not EngineName.AUTO
        name = plan.engine if named else EngineName.CONNECT
        why = f"engine {name}" if named else "engine connect: every worker can use it; --engine syn names the raw sweep"
    elif plan.engine is EngineName.AUTO:
        name, why = choose_engine(plan, read_capabilities())
    elif plan.engine is EngineName.SYN and (instead := without_privilege(read_capabilities())) is not None:
        name, why = instead
        problem = Problem(ProblemKind.ENGINE_REPLACED, "sweep", why)
        plan = replace(plan, problems=(*plan.problems, problem))
    else:
        name, why = plan.engine, f"engine {plan.engine}"
    return replace(plan, engine=name, targets=found.targets), why


def registry_of(options: ScanOptions) -> Registry:
    """Return the services to ask; raises UsageError for a service that is not known."""
    registry = load_registry()
    if options.checks is not None:
        registry = registry.with_checks(options.checks)
    chosen = registry.select(options.services)
    if not chosen.entries:
        raise UsageError(f"--services {','.join(options.services)}: every service that it names is left out again")
    return chosen


def seed_of(options: ScanOptions) -> int:
    """Return the seed that was named, else that of the run to be resumed, else a new one; raises UsageError."""
    stored = None
    if options.save or options.resume:
        from scanner.cli.resuming import seed_in_file

        stored = seed_in_file(options)
    if options.seed is not None:
        return options.seed
    return secrets.randbits(32) if stored is None else stored


def make_engine(plan: ScanPlan, registry: Registry) -> Engine:
    """Return the plan's engine; each knows what to ask UDP ports."""
    return engines.make_engine(plan.engine, registry.questions)
