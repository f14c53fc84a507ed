"""`# exposure: ignore[rule] reason until=2026-12-31` on the line of a finding or above it; pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from scanner.core.finding import Finding, FindingState
from scanner.core.problem import Problem, ProblemKind
from scanner.core.text import clean

_COMMENT = re.compile(r"(?:#|//|;)\s*exposure:\s*ignore\[([a-z0-9*/-]{1,80})\]([^\n]*)")
_UNTIL = re.compile(r"\buntil=(\S+)")
_MOST = 1_000


@dataclass(frozen=True, slots=True)
class Ignore:
    """One comment."""

    file: str
    line: int
    rule: str
    """An id, or `*` for every rule."""
    reason: str
    until: date | None
    wrong: str = ""
    """Why it can't count; empty when it can."""

    @property
    def where(self) -> str:
        """The place, as problems name it."""
        return f"{self.file}:{self.line}"

    def covers(self, finding: Finding) -> bool:
        """Tell whether it speaks of a finding: its own line, or the next one."""
        anchor = finding.anchor
        near = anchor is not None and anchor.file == self.file and anchor.line - self.line in {0, 1}
        return near and self.rule in {"*", finding.rule}


def read_ignores(text: str, file: str) -> list[Ignore]:
    """Return the comments of a file, in order."""
    return list(_ignores(text, file))[:_MOST]


def _ignores(text: str, file: str) -> Iterator[Ignore]:
    if "exposure:" not in text:
        return
    for number, line in enumerate(text.replace("\r\n", "\n").split("\n"), 1):
        found = _COMMENT.search(line[:2_000])
        if found is None:
            continue
        until = _UNTIL.search(found[2])
        reason = clean(_UNTIL.sub("", found[2]).strip(), 200)
        ends, wrong = _date(until[1]) if until else (None, "")
        yield Ignore(file, number, found[1], reason, ends, wrong or ("" if reason else "it gives no reason"))


def _date(text: str) -> tuple[date | None, str]:
    try:
        return date.fromisoformat(text), ""
    except ValueError:
        return None, f"until={clean(text, 20)} is no date such as 2026-12-31"


def apply_ignores(
    findings: tuple[Finding, ...], ignores: list[Ignore], today: date
) -> tuple[tuple[Finding, ...], list[Problem]]:
    """Return the findings with the ignored ones accepted, and what is wrong with the comments."""
    used: set[Ignore] = set()
    kept: list[Finding] = []
    for finding in findings:
        ignore = next((one for one in ignores if one.covers(finding)), None)
        if ignore is not None:
            used.add(ignore)
        counts = ignore is not None and not ignore.wrong and (ignore.until is None or ignore.until >= today)
        accepted = replace(finding, state=FindingState.ACCEPTED, accepted_reason=ignore.reason) if ignore else finding
        kept.append(accepted if counts else finding)
    return tuple(kept), [problem for one in ignores for problem in _problems(one, today, used=one in used)]


def _problems(ignore: Ignore, today: date, *, used: bool) -> Iterator[Problem]:
    if ignore.wrong:
        detail = f"the ignore of {ignore.rule} does not count: {ignore.wrong}"
        yield Problem(ProblemKind.IGNORE_WITHOUT_REASON, ignore.where, detail)
    elif ignore.until is not None and ignore.until < today:
        detail = f"the ignore of {ignore.rule} ended on {ignore.until}; close the door or give a new date"
        yield Problem(ProblemKind.IGNORE_EXPIRED, ignore.where, detail)
    if not used:
        yield Problem(ProblemKind.IGNORE_UNUSED, ignore.where, f"the ignore of {ignore.rule} matches nothing here")
