"""Reports for tests that need one with given rows."""

from scanner.core.report import Coverage, Run, RunStatus, ScanReport


def report_with(*rows):
    run = Run(id="1", status=RunStatus.COMPLETE, started="2026-11-28T00:00:00Z", ended="", engine="connect", seed=0)
    return ScanReport(run=run, coverage=Coverage(addresses=1, ports=1, endpoints_planned=1), endpoints=rows)
