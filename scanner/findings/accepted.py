"""Expected exposures as code: who accepted what, why, and until when.

The file is TOML. An entry names its target and a port or a service:

    [[accept]]
    target = "10.0.0.5"          # address, network, range or name
    port = 6379                  # or: service = "redis"
    reason = "cache of the build farm, reachable from its own VLAN alone"
    owner = "platform team"
    until = 2027-03-31           # the last day that it holds

`rule` narrows an entry to one finding. A finding with indicators of compromise is accepted only by an entry that says
`despite_compromise = true`.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date

from scanner.core.address import to_number
from scanner.core.finding import Finding, FindingState
from scanner.core.interval_map import IntervalMap
from scanner.core.intervals import Intervals
from scanner.core.problem import Problem, ProblemKind
from scanner.core.report import ScanReport
from scanner.core.space import Space


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance:
    """One expected exposure."""

    target: str
    """As written."""
    addresses: Intervals | None
    """None when the target is a name."""
    name: str | None = None
    """The machine's name, where it had one: it is accepted wherever it stands, and nobody else at its address is."""
    port: int | None
    subject: str = ""
    """What on the machine itself is accepted, for findings from the inside: it stands in the place of a port."""
    service: str | None
    rule: str | None
    reason: str
    owner: str
    until: date
    """The last day that it holds, in UTC."""
    despite_compromise: bool
    where: str
    """File and line."""

    def covers(self, finding: Finding) -> bool:
        """Tell whether the finding is the one that was accepted, whatever the date."""
        return (
            self.subject == finding.endpoint.subject
            and self.port in {None, finding.endpoint.port}
            and self.service in {None, finding.service}
            and self.rule in {None, finding.rule}
            and self._covers_place(finding)
        )

    def _covers_place(self, finding: Finding) -> bool:
        names = {_lower(finding.endpoint.name), _lower(finding.endpoint.host)} - {""}
        if self.name is not None and names:
            return self.name.lower() in names
        if self.addresses is None:
            return self.target.lower() in names
        try:
            return to_number(finding.endpoint.address) in self.addresses
        except OSError:
            return False


@dataclass(frozen=True, slots=True)
class Applied:
    """A report with accepted findings marked, and what is wrong with the acceptances."""

    report: ScanReport
    problems: tuple[Problem, ...]
    """Expired, unused and overridden acceptances; they stand in the report as well."""


def apply_acceptances(report: ScanReport, entries: Sequence[Acceptance], space: Space | None = None) -> Applied:
    """Return the report with every finding marked that an unexpired entry covers.

    The day is the one on which the run started. `space` is what the run planned: an entry for addresses outside it is
    not called unused.
    """
    today = date.fromisoformat(report.run.started[:10])
    used: set[int] = set()
    index = _Index(entries)
    covering = [index.covering(finding) for finding in report.findings]
    findings = tuple(
        _judged(finding, [entries[number] for number in numbers], today)
        for finding, numbers in zip(report.findings, covering, strict=True)
    )
    used.update(number for numbers in covering for number in numbers)
    overridden = (
        problem
        for finding, numbers in zip(report.findings, covering, strict=True)
        for problem in _overridden(finding, [entries[number] for number in numbers], today)
    )
    problems = (*overridden, *_stale(entries, today, used, space))
    marked = replace(report, findings=findings, problems=(*report.problems, *problems))
    return Applied(marked, problems)


class _Index:
    """The entries by place, so that a file of thousands is not read through for every finding."""

    def __init__(self, entries: Sequence[Acceptance]) -> None:
        self._entries = entries
        self._by_address = IntervalMap(
            (entry.addresses, number) for number, entry in enumerate(entries) if entry.addresses is not None
        )
        self._by_name: dict[str, list[int]] = {}
        for number, entry in enumerate(entries):
            named = {_lower(entry.name), "" if entry.addresses is not None else entry.target.lower()} - {""}
            for name in named:
                self._by_name.setdefault(name, []).append(number)

    def covering(self, finding: Finding) -> list[int]:
        """Return the numbers of the entries that cover a finding, in their order."""
        names = {_lower(finding.endpoint.name), _lower(finding.endpoint.host)} - {""}
        candidates = {number for name in names for number in self._by_name.get(name, ())}
        with suppress(OSError):
            candidates.update(self._by_address.at(to_number(finding.endpoint.address)))
        return [number for number in sorted(candidates) if self._entries[number].covers(finding)]


def _judged(finding: Finding, covering: Sequence[Acceptance], today: date) -> Finding:
    for entry in covering:
        if entry.until >= today and (entry.despite_compromise or not finding.compromise):
            reason = f"{entry.reason} (until {entry.until})"
            return replace(finding, state=FindingState.ACCEPTED, accepted_reason=reason, owner=entry.owner)
    return finding


def _overridden(finding: Finding, covering: Sequence[Acceptance], today: date) -> Iterator[Problem]:
    for entry in covering if finding.compromise else ():
        if not entry.despite_compromise and entry.until >= today:
            detail = f"{finding.endpoint} shows a possible break-in, so its acceptance does not hold; look into it"
            yield Problem(ProblemKind.ACCEPTANCE_OVERRIDDEN, entry.where, detail)


def _stale(entries: Sequence[Acceptance], today: date, used: set[int], space: Space | None) -> Iterator[Problem]:
    planned = None if space is None else space.addresses
    for number, entry in enumerate(entries):
        what = f"{entry.target} {entry.service or ''}{entry.port or ''} ({entry.owner}: {entry.reason})"
        if entry.until < today:
            yield Problem(
                ProblemKind.ACCEPTANCE_EXPIRED,
                entry.where,
                f"{what} was accepted until {entry.until}; close it or accept it anew",
            )
        elif number not in used and _in_scope(entry, planned):
            yield Problem(
                ProblemKind.ACCEPTANCE_UNUSED,
                entry.where,
                f"{what} covers no finding of this run; delete the entry if it is closed",
            )


def _in_scope(entry: Acceptance, planned: Intervals | None) -> bool:
    if planned is None or entry.addresses is None:
        return True
    return any(planned.clip(first, last) for first, last in entry.addresses.spans)


def _lower(text: str | None) -> str:
    return (text or "").lower()
