"""The one sentence that a reader must not get wrong: clean, exposed, or could not look."""

from collections.abc import Callable, Sequence
from enum import StrEnum
from operator import attrgetter
from typing import NamedTuple, TypeAlias

from scanner.core.count import counted
from scanner.core.finding import Confidence, Finding, FindingState, Status
from scanner.core.problem import ProblemKind
from scanner.core.report import Coverage, RunStatus, ScanReport
from scanner.report.phrases import by_severity

LINT = "lint"
"""The engine of a report on files, which sends nothing."""


class RunOutcome(StrEnum):
    """What a run amounts to."""

    CLEAN = "clean"
    EXPOSED = "exposed"
    PARTIAL = "partial"
    """Nothing found in what was looked at, and not all was looked at."""
    BLIND = "blind"
    """Nothing could be looked at."""


class Verdict(NamedTuple):
    """An outcome and the sentence that says it."""

    outcome: RunOutcome
    sentence: str


def verdict(report: ScanReport) -> Verdict:
    """Return the verdict on a run."""
    gap = missing_part(report)
    if report.run.engine == LINT:
        return _predicted(report, gap)
    found = _verdict(report, gap)
    if found.outcome in {RunOutcome.CLEAN, RunOutcome.PARTIAL} and (told := _asked_by_few(report)):
        return Verdict(found.outcome, f"{found.sentence} {told}")
    return found


def _verdict(report: ScanReport, gap: str) -> Verdict:
    if nothing_was_open(report):
        return Verdict(RunOutcome.CLEAN, "Clean: the imported scan came to its end and found no open port.")
    if any(finding.state is not FindingState.ACCEPTED for finding in report.findings):
        return Verdict(RunOutcome.EXPOSED, f"{_told(report.findings)} {gap}".rstrip())
    if nothing_answered(report.coverage) and report.host is None:
        return Verdict(RunOutcome.BLIND, f"Could not look: nothing answered. {gap}".rstrip())
    accepted = counted(len(report.findings), "accepted exposure")
    found = f"No exposure found beyond {accepted}" if report.findings else "No exposure found"
    if gap:
        return Verdict(RunOutcome.PARTIAL, f"{found} in what was looked at, but this is not a clean result. {gap}")
    return Verdict(RunOutcome.CLEAN, f"Clean: {found[0].lower()}{found[1:]}, and every planned endpoint was looked at.")


def _asked_by_few(report: ScanReport) -> str:
    """Return what "clean" does not speak of, where the user wanted few asked: open ports that are none of these."""
    named = report.run.options.get("services")
    unknown = sum(row.status is Status.OPEN for row in report.endpoints)
    left = report.coverage.open - report.coverage.asked if report.run.options.get("identify") is False else 0
    if left > 0:
        ports = counted(left, "open port", "is nobody's default port and was", "are nobody's default ports and were")
        return f"With --no-identify {ports} not asked."
    if not named or not isinstance(named, list) or not unknown:
        return ""
    ports = counted(unknown, "open port")
    return (
        f"Only {', '.join(map(str, named))} was looked for: {ports} answered as none of it, and nobody else was asked."
    )


def _predicted(report: ScanReport, gap: str) -> Verdict:
    """Return the verdict on files: nothing was asked, so that nothing can be called looked at."""
    if any(finding.state is not FindingState.ACCEPTED for finding in report.findings):
        return Verdict(RunOutcome.EXPOSED, f"Predicted from files: {_told(report.findings)} {gap}".rstrip())
    if gap:
        return Verdict(RunOutcome.PARTIAL, f"No file that could be read opens a door to strangers. {gap}")
    return Verdict(RunOutcome.CLEAN, "No file opens a door to strangers, as far as files tell.")


def _told(findings: Sequence[Finding]) -> str:
    """Return such as: 3 findings: 1 critical, 2 high (1 known, 1 suspected only); 2 accepted."""
    exposed = [finding for finding in findings if finding.state is not FindingState.ACCEPTED]
    known = sum(finding.state is FindingState.KNOWN for finding in exposed)
    suspected = sum(finding.confidence is Confidence.SUSPECTED for finding in exposed)
    notes = [f"{number:,} {word}" for number, word in ((known, "known"), (suspected, "suspected only")) if number]
    accepted = len(findings) - len(exposed)
    head = f"{counted(len(exposed), 'finding')}: {by_severity(exposed)}"
    if notes:
        head += f" ({', '.join(notes)})"
    return f"{head}; {accepted:,} accepted." if accepted else f"{head}."


_Meant: TypeAlias = Callable[[ProblemKind], bool]
_GAPS: tuple[tuple[str, str, _Meant], ...] = (
    ("target", "could not be resolved", attrgetter("loses_target")),
    ("network", "of @local not named, see the problems", ProblemKind.LOCAL_ONLY_ITSELF.__eq__),
    ("endpoint", "that should be open accepted nothing", ProblemKind.EXPECTED_CLOSED.__eq__),
    ("part", "of the Compose files could not be told", attrgetter("leaves_ports_unknown")),
    ("part", "of the imported results not looked at", ProblemKind.IMPORT_LEFT_OUT.__eq__),
    ("part", "of the machine could not be seen", ProblemKind.HOST_PART_UNSEEN.__eq__),
    ("file", "could not be read", ProblemKind.LINT_FILE_SKIPPED.__eq__),
)
"""What problems mean for coverage, in words: what is counted, and what became of it."""


def missing_part(report: ScanReport) -> str:
    """Return in words what was not looked at; empty when everything was."""
    parts: list[str] = []
    if report.run.status is RunStatus.INTERRUPTED:
        parts.append("the run was interrupted")
    if report.coverage.unscanned:
        parts.append(f"{counted(report.coverage.unscanned, 'planned endpoint')} not looked at")
    if report.coverage.inconclusive:
        parts.append(f"{counted(report.coverage.inconclusive, 'open endpoint')} could not be heard out")
    for one, rest, meant in _GAPS:
        count = sum(map(meant, (problem.kind for problem in report.problems)))
        if count:
            parts.append(f"{counted(count, one)} {rest}")
    if not parts and report.run.status is RunStatus.INCOMPLETE:
        parts.append("a check could not be finished, see the problems")
    return f"Not complete: {'; '.join(parts)}." if parts else ""


def nothing_was_open(report: ScanReport) -> bool:
    """Tell whether there was nothing to look at because another scanner's whole scan had found nothing open."""
    planned, complete = report.coverage.endpoints_planned, report.run.status is RunStatus.COMPLETE
    return (
        not planned and complete and any(problem.kind is ProblemKind.IMPORT_NOTHING_OPEN for problem in report.problems)
    )


def is_blind(report: ScanReport) -> bool:
    """Tell whether a run looked and saw nothing at all; a report on files has nothing to look at."""
    return report.run.engine != LINT and not nothing_was_open(report) and nothing_answered(report.coverage)


def nothing_answered(coverage: Coverage) -> bool:
    """Tell whether no planned endpoint gave any answer at all: a clean network and an unreachable one look alike."""
    return coverage.open + coverage.closed == 0


def looked_at_share(coverage: Coverage) -> float:
    """Return the share of planned endpoints whose state is known, less the answers that were probably lost; 0 to 1."""
    if not coverage.endpoints_planned:
        return 0.0
    return coverage.looked_at / coverage.endpoints_planned * (1.0 - coverage.estimated_loss)


def coverage_sentence(coverage: Coverage) -> str:
    """Return one line on what was and was not looked at."""
    if not coverage.endpoints_planned:
        return "no endpoint was planned, and nothing was sent"
    share = 100.0 * coverage.looked_at / coverage.endpoints_planned if coverage.endpoints_planned else 0.0
    # 99.97 % must not read as 100.0 %.
    shown = f"{share:.1f}" if share in (0.0, 100.0) else f"{min(max(share, 0.1), 99.9):.1f}"
    states = (
        ("open", coverage.open),
        ("closed", coverage.closed),
        ("filtered", coverage.filtered),
        ("unreachable", coverage.unreachable),
        ("not looked at", coverage.unscanned),
    )
    told = ", ".join(f"{number:,} {state}" for state, number in states if number)
    planned = f"{counted(coverage.endpoints_planned, 'endpoint')} planned, {coverage.looked_at:,} looked at ({shown} %)"
    hosts = f"; {counted(coverage.hosts_alive, 'host')} answered"
    loss = f"; about {coverage.estimated_loss:.1%} of answers lost" if coverage.estimated_loss else ""
    return f"{planned}{': ' + told if told else ''}{hosts}{_heard(coverage)}{loss}"


def _heard(coverage: Coverage) -> str:
    """Return how many open endpoints were asked and answered; empty where none was asked."""
    if not coverage.asked:
        return ""
    unheard = f", {coverage.inconclusive:,} inconclusive" if coverage.inconclusive else ""
    return f"; {coverage.asked:,} asked, {coverage.answered:,} answered{unheard}"
