"""What all chunks of a run come to at its end: a report for each, done or not, and what only the whole can say."""

from collections.abc import Sequence

from scanner.cluster import names
from scanner.cluster.chunk_report import undone_report
from scanner.cluster.standing import Standing
from scanner.core.address import to_number
from scanner.core.plan import ScanPlan, Shard
from scanner.core.problem import Problem
from scanner.core.report import Run, RunStatus, ScanReport
from scanner.sweep.engine import Tally
from scanner.sweep.expected import missed


def chunk_reports(plan: ScanPlan, standing: Standing, count: int, run: Run, otherwise: str) -> list[ScanReport]:
    """Return a report for each chunk: what a worker told, or that nobody did it; `run` lends such a report its words.

    What stopped workers had seen counts in a stopped run alone. `otherwise` is why, where nobody said so.
    """
    stopped = run.status is RunStatus.INTERRUPTED
    reports: list[ScanReport] = []
    for chunk in standing.chunks:
        report = standing.done.get(chunk) or (standing.partial.get(chunk) if stopped else None)
        if report is None:
            shard = Shard(index=chunk.index, count=count)
            vantage = None if chunk.vantage == names.ANYWHERE else chunk.vantage
            report = undone_report(plan, shard, vantage, standing.why_undone(chunk, otherwise), run)
        reports.append(report)
    return reports


def missed_by_all(plan: ScanPlan, standing: Standing, reports: Sequence[ScanReport]) -> list[Problem]:
    """Return what had to be open and was not; only a run that is whole can say that."""
    if len(standing.done) < len(standing.chunks):
        return []
    opened = {
        (to_number(row.endpoint.address), row.endpoint.port, row.endpoint.transport)
        for report in reports
        for row in report.endpoints
    }
    refused = [line for report in reports for line in report.coverage.closed_list]
    return list(missed(plan, Tally(closed_list=refused), opened))
