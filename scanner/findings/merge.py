"""Puts the reports of shards and vantage points together as one run; pure.

What was not given is never taken for looked at: a missing shard's endpoints are unscanned. Two reports of one part are
refused, since nothing says which of them counts.
"""

import hashlib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from scanner.core.count import counted
from scanner.core.errors import UsageError
from scanner.core.finding import Finding, Status
from scanner.core.jsontext import Json, as_list
from scanner.core.plan import Shard
from scanner.core.problem import Problem, ProblemKind
from scanner.core.report import Coverage, EndpointRow, Run, RunStatus, ScanReport
from scanner.findings.judge import finding_order, row_order
from scanner.findings.priority import raise_reached
from scanner.sweep.coverage import NOTHING_WORDS
from scanner.targets.shard import parse_shard, shard_positions

_MOST_LINES = 1_000
_WORST = (Status.EXPOSED, Status.INCONCLUSIVE, Status.PROTECTED, Status.IDENTIFIED, Status.OPEN)
"""Of two vantage points' words on one endpoint the graver counts; unheard is graver than refused."""
_ASKED: Mapping[str, Callable[[Mapping[str, Json]], object]] = {
    "--services": lambda options: sorted(map(str, as_list(options.get("services")))),
    "--identify": lambda options: options.get("identify") is not False,
    "--checks": lambda options: bool(options.get("checks")),
}
"""What a part has asked the open ports, by the option that says so: what only some asked was not looked for."""

Given = tuple[str, ScanReport]
"""The name of a file, for messages, and its report."""
T = TypeVar("T")


def merge(given: Sequence[Given], *, expect: int | None = None, outside: Collection[str] = ()) -> ScanReport:
    """Return one report of parts of one run, and of runs over one scope from several vantage points.

    `expect` is the number of shards that the run was cut into, for a run of which perhaps none came back whole;
    `outside` are vantage points where strangers stand: what is reached from there is more urgent. Raises
    UsageError for reports that don't belong together: other targets, another seed, another count, a part twice.
    """
    if not given:
        raise UsageError("no report; name the JSON reports of all shards")
    first_name, first = given[0]
    for name, report in given:
        _demand_same(name, report, first_name, first)
    views = {vantage: _view(vantage, parts, expect) for vantage, parts in _by_vantage(given).items()}
    reports = [report for _, report in given]
    missing = [line for _, lines in views.values() for line in lines]
    coverage = _coverage(reports, [coverage for coverage, _ in views.values()])
    problems = _problems(reports, views)
    return ScanReport(
        run=_run(reports, coverage, problems, missing, several=len(views) > 1),
        coverage=coverage,
        endpoints=tuple(sorted(_rows(reports), key=row_order)),
        findings=tuple(sorted((raise_reached(one, outside) for one in _findings(reports)), key=finding_order)),
        problems=problems,
        edition=first.edition,
    )


def _demand_same(name: str, report: ScanReport, first_name: str, first: ScanReport) -> None:
    if report.host is not None or not report.run.scope_sha256:
        raise UsageError(f"{name}: is no report of a scan that can be merged; scan again with this version")
    if report.run.scope_sha256 != first.run.scope_sha256:
        raise UsageError(f"{name}: looked at other targets or ports than {first_name}; merge parts of one run")
    if report.run.seed != first.run.seed and _shard(report).count > 1:
        raise UsageError(f"{name}: has another --seed than {first_name}, so their shards overlap; give all the same")
    for flag, asked in _ASKED.items():
        if asked(report.run.options) != asked(first.run.options):
            raise UsageError(
                f"{name}: has another {flag} than {first_name}, so it asked something else; give all the same"
            )


def _shard(report: ScanReport) -> Shard:
    return parse_shard(report.run.shard)


def _by_vantage(given: Sequence[Given]) -> dict[str | None, list[Given]]:
    views: dict[str | None, list[Given]] = {}
    for name, report in given:
        views.setdefault(report.run.vantage, []).append((name, report))
    return views


def _view(vantage: str | None, parts: Sequence[Given], expect: int | None) -> tuple[Coverage, list[str]]:
    """Return what one vantage point has covered, and a line for each of its shards that is missing."""
    count = _shard(parts[0][1]).count
    if expect is not None and expect != count:
        raise UsageError(f"{parts[0][0]}: is one of {counted(count, 'shard')}, and --expect says {expect}")
    seen: dict[int, str] = {}
    for name, report in parts:
        shard = _shard(report)
        if shard.count != count:
            raise UsageError(f"{name}: is shard {report.run.shard}, and {parts[0][0]} one of {count}; don't mix cuts")
        if shard.index in seen:
            hint = "" if vantage else "; reports from several places need --vantage"
            raise UsageError(f"{name}: is shard {report.run.shard}, and so is {seen[shard.index]}{hint}")
        seen[shard.index] = name
    total = parts[0][1].run.endpoints_total
    where = f" from {vantage}" if vantage else ""
    lost: list[str] = []
    unscanned = 0
    for index in sorted(set(range(1, count + 1)) - seen.keys()):
        size = len(shard_positions(total, Shard(index=index, count=count)))
        unscanned += size
        lost.append(f"shard {index}/{count}{where} is missing: {counted(size, 'endpoint')}")
    coverages = [report.coverage for _, report in parts]
    summed = _summed(coverages)
    return replace(
        summed, endpoints_planned=summed.endpoints_planned + unscanned, unscanned=summed.unscanned + unscanned
    ), lost


def _summed(parts: Sequence[Coverage]) -> Coverage:
    def total(count: Callable[[Coverage], int]) -> int:
        return sum(map(count, parts))

    closed = total(lambda one: one.closed)
    closed_list = tuple(line for one in parts for line in one.closed_list)
    settled = max(1, total(lambda one: one.looked_at))
    return Coverage(
        addresses=max(one.addresses for one in parts),
        ports=max(one.ports for one in parts),
        endpoints_planned=total(lambda one: one.endpoints_planned),
        asked=total(lambda one: one.asked),
        answered=total(lambda one: one.answered),
        inconclusive=total(lambda one: one.inconclusive),
        open=total(lambda one: one.open),
        closed=closed,
        filtered=total(lambda one: one.filtered),
        unreachable=total(lambda one: one.unreachable),
        unscanned=total(lambda one: one.unscanned),
        unscanned_list=tuple(line for one in parts for line in one.unscanned_list)[:_MOST_LINES],
        # Whole or empty, as of one run: a part that could not keep its list makes all of it unknown.
        closed_list=closed_list if len(closed_list) == closed <= _MOST_LINES else (),
        estimated_loss=sum(one.estimated_loss * one.looked_at for one in parts) / settled,
    )


def _coverage(reports: Sequence[ScanReport], views: Sequence[Coverage]) -> Coverage:
    """Return the coverage of all views; hosts are counted once where they can be told apart, so at least so many."""
    summed = _summed(views)
    named = {str(row.endpoint.address) for report in reports for row in report.endpoints}
    named |= {line.rpartition(":")[0].strip("[]") for line in summed.closed_list}
    alive = max([len(named), *(report.coverage.hosts_alive for report in reports)])
    return replace(summed, hosts_alive=alive)


def _rows(reports: Sequence[ScanReport]) -> list[EndpointRow]:
    found = _together((row.endpoint, row, report.run.vantage) for report in reports for row in report.endpoints)
    rows: list[EndpointRow] = []
    for held in found.values():
        gravest = min((row for row, _ in held), key=lambda row: _WORST.index(row.status))
        rows.append(replace(gravest, reached_from=_places(vantage for _, vantage in held)))
    return rows


def _findings(reports: Sequence[ScanReport]) -> list[Finding]:
    found = _together((one.fingerprint, one, report.run.vantage) for report in reports for one in report.findings)
    findings: list[Finding] = []
    for held in found.values():
        gravest = max((one for one, _ in held), key=lambda one: (one.priority, one.severity, one.access))
        findings.append(replace(gravest, reached_from=_places(vantage for _, vantage in held)))
    return findings


def _together(held: Iterable[tuple[object, T, str | None]]) -> Mapping[object, list[tuple[T, str | None]]]:
    found: dict[object, list[tuple[T, str | None]]] = {}
    for key, one, vantage in held:
        found.setdefault(key, []).append((one, vantage))
    return found


def _places(vantages: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(sorted({vantage for vantage in vantages if vantage}))


def _problems(
    reports: Sequence[ScanReport], views: Mapping[str | None, tuple[Coverage, list[str]]]
) -> tuple[Problem, ...]:
    """Return all problems once; a target that no part of a view has heard was silent."""
    kept = [one for report in reports for one in report.problems if one.kind is not ProblemKind.TARGET_SILENT_IN_SHARD]
    for vantage, (_, lost) in views.items():
        parts = [report for report in reports if report.run.vantage == vantage]
        silent = [
            {one.where: one for one in report.problems if one.kind is ProblemKind.TARGET_SILENT_IN_SHARD}
            for report in parts
        ]
        everywhere = set.intersection(*(set(one) for one in silent))
        kept += [
            Problem(ProblemKind.TARGET_SILENT, where, one.detail)
            for where, one in silent[0].items()
            if where in everywhere
        ]
        if not everywhere and not lost and _heard_nothing(parts):
            kept.append(Problem(ProblemKind.NOTHING_ANSWERED, "run", NOTHING_WORDS))
    kept += [
        Problem(ProblemKind.SHARD_MISSING, "run", line) for _, lines in views.values() for line in lines[:_MOST_LINES]
    ]
    return tuple(dict.fromkeys(kept))


def _heard_nothing(parts: Sequence[ScanReport]) -> bool:
    """Tell whether all parts of a cut run together got no answer at all, which none of them can know alone."""
    cut = any(_shard(one).count > 1 for one in parts)
    looked_at = any(one.coverage.looked_at for one in parts)
    return cut and looked_at and not any(one.coverage.open + one.coverage.closed for one in parts)


def _run(
    reports: Sequence[ScanReport],
    coverage: Coverage,
    problems: Sequence[Problem],
    missing: Sequence[str],
    *,
    several: bool,
) -> Run:
    runs = [report.run for report in reports]
    gap = bool(missing or coverage.unscanned or coverage.inconclusive or any(one.kind.leaves_gap for one in problems))
    stopped = any(run.status is RunStatus.INTERRUPTED for run in runs)
    parts_say = all(run.status is RunStatus.COMPLETE for run in runs)
    whole = RunStatus.COMPLETE if parts_say and not gap and coverage.balanced else RunStatus.INCOMPLETE
    ids = ",".join(sorted(run.id for run in runs))
    return Run(
        id=runs[0].id if len(runs) == 1 else hashlib.sha256(ids.encode()).hexdigest()[:16],
        status=RunStatus.INTERRUPTED if stopped else whole,
        started=min(run.started for run in runs),
        ended=max(run.ended for run in runs),
        engine="+".join(sorted({run.engine for run in runs})),
        seed=runs[0].seed,
        options={**runs[0].options, "shard": "1/1"},
        scope_sha256=runs[0].scope_sha256,
        endpoints_total=runs[0].endpoints_total,
        vantage=None if several else runs[0].vantage,
        machine=runs[0].machine if len({run.machine for run in runs}) == 1 else None,
    )
