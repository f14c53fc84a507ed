"""Finds one finding of a report by its fingerprint, or by the beginning of it."""

from pathlib import Path

from scanner.core.count import counted
from scanner.core.errors import UsageError
from scanner.core.finding import Finding
from scanner.core.report import ScanReport
from scanner.core.text import clean

LEAST_DIGITS = 8


def pick_finding(report: ScanReport, digits: str, path: Path) -> Finding:
    """Return the finding whose fingerprint starts with `digits`; raises UsageError unless it is exactly one."""
    wanted = digits.strip().lower()
    if len(wanted) < LEAST_DIGITS:
        raise UsageError(f"give at least {LEAST_DIGITS} digits of the fingerprint; the report lists them as `id`")
    found = [
        finding
        for finding in report.findings
        if any(one.startswith(wanted) for one in (finding.fingerprint, *finding.aliases))
    ]
    if len(found) == 1:
        return found[0]
    shown = clean(digits, 70)
    if found:
        raise UsageError(f"{counted(len(found), 'finding')} start with {shown}; give more digits", file=path)
    raise UsageError(f"no finding {shown} is in this report; look up its `id` there", file=path)
