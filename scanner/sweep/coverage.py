"""What a sweep has seen and what it has not, as the report tells it."""

from collections.abc import Iterator

from scanner.core.plan import ScanPlan, Target
from scanner.core.problem import Problem, ProblemKind
from scanner.core.report import Coverage
from scanner.sweep.engine import MOST_UNSCANNED_LINES, Tally

SILENT_WORDS = "no planned port gave any answer: down, unreachable or filtered"
NOTHING_WORDS = "no planned endpoint gave any answer: check the targets, the link of this machine and the way there"
MOST_SILENT_TARGETS = 10_000
"""Targets among which silent ones are named."""


def coverage_of(plan: ScanPlan, tally: Tally) -> Coverage:
    """Return the counts of a finished sweep."""
    return Coverage(
        addresses=plan.space.addresses.size,
        ports=plan.space.ports.size,
        endpoints_planned=tally.planned,
        open=tally.open,
        closed=tally.closed,
        filtered=tally.filtered,
        unreachable=tally.unreachable,
        unscanned=tally.unscanned,
        unscanned_list=tuple(tally.unscanned_list[:MOST_UNSCANNED_LINES]),
        closed_list=tuple(tally.closed_list) if len(tally.closed_list) == tally.closed else (),
        hosts_alive=max(tally.hosts_alive, len(tally.alive)),
        estimated_loss=tally.estimated_loss,
    )


def silent_targets(plan: ScanPlan, tally: Tally) -> Iterator[Problem]:
    """Yield a problem for each target that was named by itself and never answered: down is not the same as clean.

    A shard can't tell, since it asks a part of the ports; it notes what it did not hear for the merge. Where whole
    networks were asked and nothing answered at all, that is one problem for all of them.
    """
    if len(tally.alive) < tally.hosts_alive:
        return
    kind = ProblemKind.TARGET_SILENT if plan.shard.count == 1 else ProblemKind.TARGET_SILENT_IN_SHARD
    alone = [target for target in plan.targets[:MOST_SILENT_TARGETS] if target.addresses.size == 1]
    for target in alone:
        if target.addresses.at(0) not in tally.alive:
            yield Problem(kind, target.text, SILENT_WORDS + _perhaps_a_port(target))
    if tally.planned and not alone and not tally.open + tally.closed and plan.shard.count == 1:
        yield Problem(ProblemKind.NOTHING_ANSWERED, "run", NOTHING_WORDS)


def _perhaps_a_port(target: Target) -> str:
    """Return what `fd00::1:6379` may have been meant to be: it is an address by itself, and perhaps an endpoint."""
    address, _, last = target.text.rpartition(":")
    by_itself = target.port is None and target.host is None
    if not by_itself or "::" not in address or address.endswith(":") or not (last.isdigit() and len(last) >= 2):
        return ""
    return f"; if {last} is meant to be a port, write [{address}]:{last}"
