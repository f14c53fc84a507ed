"""Reports of made-up nights: what is exposed, protected, closed or not looked at."""

from dataclasses import replace

from scanner.core.facts import Access
from scanner.core.finding import Finding, Status
from scanner.core.report import Coverage, EndpointRow, Run, RunStatus, ScanReport
from scanner.core.unheard import Unheard
from scanner.findings.identity import identify
from tests.findings.samples import endpoint, plan, target
from tests.report.samples import docker_finding, fingerprint, row_of
from tests.report.samples import finding as redis_finding

__all__ = ["docker_finding", "endpoint_rows", "fingerprint", "named_finding", "night", "redis_finding"]


def night(
    number: int,
    *findings: Finding,
    protected: tuple[Finding, ...] = (),
    closed: tuple[Finding, ...] = (),
    answers: tuple[Finding, ...] = (),
    inconclusive: tuple[Finding, ...] = (),
) -> ScanReport:
    """Return the report of one night; findings that are given by what became of them lend their endpoint."""
    rows = (
        *map(row_of, findings),
        *(_row(one, Status.PROTECTED, Access.REFUSED) for one in protected),
        *(_row(one, Status.IDENTIFIED, Access.UNKNOWN) for one in answers),
        *(replace(_row(one, Status.INCONCLUSIVE, Access.UNKNOWN), reason=Unheard.TIMED_OUT) for one in inconclusive),
    )
    opened = len(rows)
    return ScanReport(
        run=Run(
            id=f"run{number}",
            status=RunStatus.COMPLETE,
            started=f"2026-03-{number:02}T01:00:00Z",
            ended=f"2026-03-{number:02}T01:10:00Z",
            engine="connect",
            seed=1,
        ),
        coverage=Coverage(
            addresses=1,
            ports=1,
            endpoints_planned=opened + len(closed),
            open=opened,
            closed=len(closed),
            closed_list=tuple(str(one.endpoint) for one in closed),
        ),
        endpoints=rows,
        findings=findings,
    )


def named_finding(address: str, name: str | None = None, **changes: object) -> Finding:
    """Return a finding with the ids that a scan gives it when the targets file names its machine so."""
    here = endpoint(address, name=name)
    ids = identify("redis-no-password", here, plan(target(address, name=name)))
    return redis_finding(address, endpoint=here, fingerprint=ids.fingerprint, aliases=ids.aliases, **changes)


def endpoint_rows(*findings: Finding) -> tuple[EndpointRow, ...]:
    return tuple(map(row_of, findings))


def _row(source: Finding, status: Status, access: Access) -> EndpointRow:
    return EndpointRow(
        endpoint=source.endpoint, status=status, service=source.service, product=source.product, access=access
    )
