"""What `--resume FILE` keeps: the sweep's progress, and the judged endpoints as the JSON report writes them."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from scanner import __version__
from scanner.core.event import PortEvent
from scanner.core.finding import Finding
from scanner.core.plan import ScanPlan
from scanner.core.problem import Problem, ProblemKind
from scanner.core.report import EndpointRow
from scanner.history.resume import ResumableRun
from scanner.history.run_identity import identify
from scanner.pipeline import Memory
from scanner.probes.places import places_of
from scanner.probes.registry import Registry
from scanner.report.document import endpoint_object, finding_object
from scanner.report.read import read_finding, read_row


class RunMemory:
    """scanner.pipeline.Memory in one SQLite file."""

    def __init__(self, run: ResumableRun, path: Path, plan: ScanPlan) -> None:
        """Keep in an open run's file; the path is named in errors."""
        self.ledger = run
        self._path = path
        self._plan = plan

    def keep(self, seen: Sequence[tuple[PortEvent, EndpointRow, tuple[Finding, ...]]]) -> None:
        """Store some judged endpoints and their findings."""
        for event, row, findings in seen:
            texts = {finding.fingerprint: json.dumps(finding_object(finding)) for finding in findings}
            self.ledger.finish(event, json.dumps(endpoint_object(row)), texts, of=len(places_of(event, self._plan)))

    def earlier(self) -> tuple[tuple[EndpointRow, ...], tuple[Finding, ...]]:
        """Return the endpoints and findings that earlier parts of the run have stored."""
        rows = tuple(read_row(text.encode(), self._path) for text in self.ledger.finished() if text)
        findings = tuple(read_finding(text.encode(), self._path) for text in self.ledger.findings().values())
        return rows, findings


@contextmanager
def memory_in(path: Path | None, plan: ScanPlan, registry: Registry) -> Iterator[tuple[Memory | None, list[Problem]]]:
    """Open the run's file, if one was named; gives the memory and what the user should know of its age."""
    if path is None:
        yield None, []
        return
    checks = ",".join(sorted(probe.id for probe in registry.probes))
    run = ResumableRun(path, identify(plan, version=__version__, probes=checks))
    try:
        old = Problem(
            ProblemKind.RESUMED_AFTER_A_DAY, str(path), f"the earlier part began {run.started}; the network may differ"
        )
        yield RunMemory(run, path, plan), [old] if run.resumed and run.old else []
    finally:
        run.close()
