"""What changed between two runs: new, gone, unchanged, and unknown where the newer run did not look; pure."""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import NamedTuple

from scanner.core.endpoint import Endpoint
from scanner.core.finding import Finding, Status
from scanner.core.report import ScanReport
from scanner.findings.identity import pair
from scanner.findings.run_coverage import RunCoverage


class Fate(StrEnum):
    """What became of a finding."""

    NEW = "new"
    GONE = "gone"
    """Proven: the port no longer answers, or the service refuses strangers now."""
    UNCHANGED = "unchanged"
    UNKNOWN = "unknown"
    """Not there any more, and the newer run can't say that it is closed."""


class Change(NamedTuple):
    """One finding of either run and what became of it."""

    fate: Fate
    finding: Finding
    """As the newer run has it, where it has it."""
    why: str


def compare(old: ScanReport, new: ScanReport) -> tuple[Change, ...]:
    """Return what became of every finding of both runs, in the order of the runs, the newer one first."""
    pairs = pair(old.findings, new.findings)
    return (*_present(new, pairs), *_missing(old, new, pairs))


def _present(new: ScanReport, pairs: Mapping[int, Finding]) -> Iterator[Change]:
    for place, finding in enumerate(new.findings):
        known = place in pairs
        yield Change(Fate.UNCHANGED if known else Fate.NEW, finding, "" if known else finding.detail)


def _missing(old: ScanReport, new: ScanReport, pairs: Mapping[int, Finding]) -> Iterator[Change]:
    coverage = RunCoverage.of(new, old)
    still = {id(finding) for finding in pairs.values()}
    for finding in old.findings:
        if id(finding) not in still:
            yield _became(finding, coverage)


def _became(finding: Finding, coverage: RunCoverage) -> Change:
    fate, why = fate_of_missing(finding.endpoint, finding.service, coverage)
    return Change(fate, finding, why)


def fate_of_missing(endpoint: Endpoint, service: str, coverage: RunCoverage) -> tuple[Fate, str]:
    """Return what became of a finding that a newer run does not have, and why we think so."""
    row = coverage.row(endpoint)
    if row is None:
        shut = coverage.why_shut(endpoint)
        if shut:
            return Fate.GONE, shut
        return Fate.UNKNOWN, coverage.why_unknown(endpoint)
    if row.status is Status.PROTECTED:
        return Fate.GONE, "the service refuses strangers now"
    if row.status is Status.EXPOSED and row.service == service:
        return Fate.GONE, "still exposed, but no longer in this way"
    return Fate.UNKNOWN, row.note or "the port is open, and what it allows is not proven"
