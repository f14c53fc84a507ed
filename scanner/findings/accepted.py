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

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any, NoReturn

from scanner.core.address import to_number
from scanner.core.errors import UsageError
from scanner.core.finding import Finding, FindingState
from scanner.core.interval_map import IntervalMap
from scanner.core.intervals import Intervals
from scanner.core.ports import LAST_PORT
from scanner.core.problem import Problem, ProblemKind
from scanner.core.report import ScanReport
from scanner.core.space import Space
from scanner.core.text import clean
from scanner.core.textfile import split_lines
from scanner.core.toml_place import line_of
from scanner.core.tomltext import parse_toml, read_toml
from scanner.targets.numbers import numbers_of_span
from scanner.targets.parse import parse_target
from scanner.targets.spec import HostName, Span

_HEADER = re.compile(r"\s*\[\[\s*accept\s*\]\]")
_FIELDS = frozenset(
    {"target", "name", "port", "subject", "service", "rule", "reason", "owner", "until", "despite_compromise"}
)


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


def read_acceptances(path: Path) -> tuple[Acceptance, ...]:
    """Return the entries of an accept file; raises UsageError with file and line for anything that is not plain."""
    return _entries(*read_toml(path), path)


def parse_acceptances(text: str, path: Path) -> tuple[Acceptance, ...]:
    """Return the entries of an accept file's text; `path` is named in errors."""
    return _entries(parse_toml(text, path), text, path)


def _entries(document: dict[str, Any], text: str, path: Path) -> tuple[Acceptance, ...]:
    entries = document.pop("accept", [])
    if document or not isinstance(entries, list):
        line = line_of(text, "", next(iter(document), "accept"))
        raise UsageError(
            "holds something else than [[accept]] entries; `exposure accept` writes one", file=path, line=line
        )
    lines = [number for number, line in enumerate(split_lines(text), 1) if _HEADER.match(line)]
    # Entries that are not headed in the plain way have no line of their own.
    places = lines if len(lines) == len(entries) else [1] * len(entries)
    return tuple(
        _Reader(entry, path, line, text, index).acceptance()
        for index, (entry, line) in enumerate(zip(entries, places, strict=True))
    )


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


@dataclass(frozen=True, slots=True)
class _Reader:
    """One entry of the file, read strictly."""

    entry: Any
    path: Path
    line: int
    """Where the entry begins."""
    text: str
    index: int
    """Which entry of the file it is, from 0."""

    def acceptance(self) -> Acceptance:
        if not isinstance(self.entry, Mapping):
            self._fail("an entry is not a table; write [[accept]]")
        strangers = sorted(set(self.entry) - _FIELDS)
        if strangers:
            self._fail(
                f"unknown field '{clean(strangers[0], 40)}'; known are {', '.join(sorted(_FIELDS))}", strangers[0]
            )
        port, service = self._port(), self._optional("service")
        subject = self._optional("subject") or ""
        if port is None and service is None and not subject:
            self._fail("an entry needs a port or a service beside its target, or a subject")
        target = self._text("target")
        return Acceptance(
            target=target,
            name=self._optional("name"),
            addresses=self._addresses(target),
            port=port,
            subject=subject,
            service=service,
            rule=self._optional("rule"),
            reason=self._text("reason"),
            owner=self._text("owner"),
            until=self._until(),
            despite_compromise=self._truth("despite_compromise"),
            where=f"{self.path}:{self.line}",
        )

    def _addresses(self, target: str) -> Intervals | None:
        try:
            place = parse_target(target).place
            if isinstance(place, Span):
                return numbers_of_span(place)
        except UsageError as error:
            self._fail(str(error), "target")
        if not isinstance(place, HostName):
            self._fail("a target is an address, a network, a range or a name", "target")
        return None

    def _text(self, name: str) -> str:
        value = self.entry.get(name)
        if not isinstance(value, str) or not value.strip():
            self._fail(
                f"{name} is missing; every acceptance has a target, a reason, an owner and a last day (until)", name
            )
        return clean(value.strip(), 500)

    def _optional(self, name: str) -> str | None:
        return self._text(name) if name in self.entry else None

    def _port(self) -> int | None:
        value = self.entry.get("port")
        if value is None:
            return None
        if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= LAST_PORT:
            self._fail(f"port is not a number from 1 to {LAST_PORT}", "port")
        return value

    def _until(self) -> date:
        value = self.entry.get("until")
        if isinstance(value, str):
            try:
                value = date.fromisoformat(value)
            except ValueError:
                value = None
        if not isinstance(value, date) or isinstance(value, datetime):
            self._fail("until is not a day; write until = 2027-03-31", "until")
        return value

    def _truth(self, name: str) -> bool:
        value = self.entry.get(name, False)
        if not isinstance(value, bool):
            self._fail(f"{name} is neither true nor false", name)
        return value

    def _fail(self, message: str, field: str = "") -> NoReturn:
        """Raise UsageError naming the line of a field, or of the entry where it has none."""
        line = line_of(self.text, "accept", field, self.index) if field else self.line
        raise UsageError(message, file=self.path, line=line)
