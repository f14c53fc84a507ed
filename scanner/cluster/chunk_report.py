"""What a coordinator makes of the report of a chunk: a stranger's file, held against what was asked for."""

from dataclasses import replace
from pathlib import Path

from scanner.cluster.chunks import endpoints_of
from scanner.core.count import counted
from scanner.core.errors import Malformed, ScannerError
from scanner.core.plan import ScanPlan, Shard
from scanner.core.problem import Problem, ProblemKind
from scanner.core.report import Coverage, Run, RunStatus, ScanReport
from scanner.findings.run_coverage import in_space
from scanner.report.read import parse_report


def read_chunk_report(data: bytes, plan: ScanPlan, shard: Shard, vantage: str | None) -> ScanReport:
    """Return the report of a chunk; raises Malformed for one of other endpoints than were asked for."""
    try:
        report = parse_report(data, Path("the report"))
    except ScannerError as error:
        raise Malformed(str(error)) from error
    run, coverage = report.run, report.coverage
    if (run.scope_sha256, run.seed, run.shard) != (plan.space.digest, plan.seed, f"{shard.index}/{shard.count}"):
        raise Malformed("the report is of another run or chunk")
    if run.endpoints_total != plan.space.size or coverage.endpoints_planned != endpoints_of(plan, shard):
        raise Malformed("the report is of another number of endpoints")
    if not coverage.balanced:
        raise Malformed("the report does not account for each endpoint once")
    for endpoint in (*(row.endpoint for row in report.endpoints), *(one.endpoint for one in report.findings)):
        if not in_space(plan.space, endpoint):
            raise Malformed(f"the report speaks of {endpoint}, which nobody asked about")
    return replace(report, run=replace(run, vantage=vantage), edition=plan.edition)


def undone_report(plan: ScanPlan, shard: Shard, vantage: str | None, why: str, run: Run) -> ScanReport:
    """Return the report of a chunk that nobody did: all of it unscanned. `run` lends its times, id and status."""
    size = endpoints_of(plan, shard)
    where = f" from {vantage}" if vantage else ""
    line = f"chunk {shard.index}/{shard.count}{where}, {counted(size, 'endpoint')}: {why}"
    return ScanReport(
        run=replace(run, shard=f"{shard.index}/{shard.count}", vantage=vantage),
        coverage=Coverage(
            addresses=plan.space.addresses.size,
            ports=plan.space.ports.size,
            endpoints_planned=size,
            unscanned=size,
            unscanned_list=(line,),
        ),
        problems=(Problem(ProblemKind.CHUNK_UNDONE, "cluster", line),),
        edition=plan.edition,
    )


def undone_run(plan: ScanPlan, run_id: str, started: str, ended: str, *, stopped: bool) -> Run:
    """Return what chunks that nobody did say of their run."""
    return Run(
        id=run_id,
        status=RunStatus.INTERRUPTED if stopped else RunStatus.INCOMPLETE,
        started=started,
        ended=ended,
        engine=plan.engine.value,
        seed=plan.seed,
        scope_sha256=plan.space.digest,
        endpoints_total=plan.space.size,
    )
