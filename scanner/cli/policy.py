"""What a run is held against: the gate, accepted exposures and a baseline, all read before anything is sent."""

from collections.abc import Sequence
from dataclasses import dataclass

from scanner.cli.report_options import VerdictOptions
from scanner.core.finding import Severity
from scanner.core.problem import Problem
from scanner.core.report import ScanReport
from scanner.core.space import Space
from scanner.findings.accepted import Acceptance, apply_acceptances
from scanner.report.fail_on import Gate


def gate_of(options: VerdictOptions) -> Gate:
    """Return what the run has to satisfy for exit 0."""
    return Gate(
        threshold=None if options.fail_on == "never" else Severity[options.fail_on.upper()],
        allow_incomplete=options.allow_incomplete,
        least_coverage=None if options.min_coverage is None else options.min_coverage / 100.0,
        strict_accept=options.strict_accept,
    )


@dataclass(frozen=True, slots=True)
class Policy:
    """The gate and what findings are compared with."""

    gate: Gate
    acceptances: Sequence[Acceptance] = ()
    baseline: ScanReport | None = None

    @classmethod
    def read(cls, options: VerdictOptions) -> "Policy":
        """Return the policy that the options name; raises UsageError for a file that can't be used."""
        acceptances: Sequence[Acceptance] = ()
        baseline = None
        if options.accept:
            from scanner.findings.acceptance_file import read_acceptances

            acceptances = read_acceptances(options.accept)
        if options.baseline:
            from scanner.report.read import read_report

            baseline = read_report(options.baseline)
        return cls(gate_of(options), acceptances, baseline)

    def apply(self, report: ScanReport, space: Space | None) -> tuple[ScanReport, tuple[Problem, ...]]:
        """Return the report with known and accepted findings marked, and what is wrong with the acceptances."""
        if self.baseline is not None:
            from scanner.findings.baseline import mark_known

            report = mark_known(report, self.baseline)
        applied = apply_acceptances(report, self.acceptances, space)
        return applied.report, applied.problems
