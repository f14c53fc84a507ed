"""Where a ticket goes and what its tracker's own fields say."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from fnmatch import fnmatchcase
from pathlib import Path
from typing import NoReturn

from scanner.core.address import order_number
from scanner.core.errors import UsageError
from scanner.core.finding import Finding, Severity
from scanner.core.intervals import Intervals
from scanner.core.jsontext import Json
from scanner.core.toml_place import line_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Fields:
    """The tracker's own fields of one ticket."""

    project: str
    type: str = ""
    labels: tuple[str, ...] = ()
    priority: str = ""
    """In the tracker's words, empty for its default."""
    assignee: str = ""
    due: str = ""
    """ISO 8601 date, empty for none."""
    note: str = ""
    """Why it is in this queue, where that is not plain."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assign:
    """Who gets the tickets of some targets."""

    target: str
    """A name with `*` and `?`, an address, a network or a range."""
    numbers: Intervals
    """What the target covers when it is an address, a network or a range; empty when it is a name."""
    assignee: str

    def fits(self, finding: Finding) -> bool:
        """Tell whether a finding is on one of these targets."""
        if self.numbers:
            return order_number(finding.endpoint.address) in self.numbers
        names = (finding.endpoint.name, finding.endpoint.host)
        return any(name is not None and fnmatchcase(name.lower(), self.target.lower()) for name in names)


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """The queue of one owner."""

    owner: str
    project: str = ""
    type: str = ""
    labels: tuple[str, ...] = ()
    assignee: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """The file, whole."""

    file: Path
    text: str = field(repr=False)
    url: str
    project: str
    type: str = ""
    labels: tuple[str, ...] = ()
    assignee: str = ""
    priority: Mapping[Severity, str] = field(default_factory=dict)
    due_days: Mapping[Severity, int] = field(default_factory=dict)
    assigns: tuple[Assign, ...] = ()
    routes: tuple[Route, ...] = ()
    user: str = ""
    secret_env: str = ""
    secret_file: str = ""
    timeout_s: float = 30.0
    in_flight: int = 0
    """Most requests open at once; 0 for what the tracker takes."""
    most_new: int = 100
    trust_env: bool = False
    allow_plain_http: bool = False
    ca_file: str = ""
    options: Mapping[str, Json] = field(default_factory=dict)
    """The tracker's own table, checked against what the tracker declares."""

    @property
    def projects(self) -> tuple[str, ...]:
        """Every queue that tickets may be in, the default one first."""
        return tuple(dict.fromkeys((self.project, *(route.project for route in self.routes if route.project))))

    def fields_for(self, findings: Sequence[Finding], today: date) -> Fields:
        """Return the fields of the ticket for some findings, the gravest of which decides."""
        gravest = max(findings, key=_gravity)
        route = next((route for route in self.routes if route.owner == gravest.owner), None)
        assigned = next((rule.assignee for rule in self.assigns if rule.fits(gravest)), "")
        days = self.due_days.get(gravest.severity)
        return Fields(
            project=(route and route.project) or self.project,
            type=(route and route.type) or self.type,
            labels=tuple(dict.fromkeys((*self.labels, *(route.labels if route else ())))),
            priority=self.priority.get(gravest.severity, ""),
            assignee=assigned or (route.assignee if route else "") or self.assignee,
            due="" if days is None else (today + timedelta(days=days)).isoformat(),
            note=self._note(gravest.owner, route),
        )

    def fail(self, message: str, table: str, key: str, index: int = 0) -> NoReturn:
        """Raise a UsageError that names the file and the line of a key."""
        raise UsageError(message, file=self.file, line=line_of(self.text, table, key, index))

    def _note(self, owner: str | None, route: Route | None) -> str:
        if route or not self.routes:
            return ""
        return f"the default one: no queue is known for the owner '{owner}'" if owner else "the default one: no owner"


def _gravity(finding: Finding) -> int:
    return finding.severity
