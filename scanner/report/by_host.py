"""Findings put together as people think of them: one row a rule and host, then hosts, owners and rules; pure."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass

from scanner.core.finding import Confidence, Finding, FindingState
from scanner.core.report import ScanReport
from scanner.report.phrases import by_severity, product_of, ranked

_MOST_PRODUCTS = 3


@dataclass(frozen=True, slots=True)
class Together:
    """Findings that have something in common, worst first and never none."""

    findings: tuple[Finding, ...]

    @property
    def worst(self) -> Finding:
        """The finding that speaks for all."""
        return self.findings[0]

    @property
    def hosts(self) -> tuple[str, ...]:
        """Where they are, the worst first."""
        return tuple(dict.fromkeys(map(host_of, self.findings)))

    @property
    def owners(self) -> tuple[str, ...]:
        """Who answers for them, as far as that was said."""
        return tuple(dict.fromkeys(finding.owner for finding in self.findings if finding.owner))

    @property
    def names(self) -> tuple[str, ...]:
        """What the user calls the places."""
        return tuple(dict.fromkeys(finding.endpoint.name for finding in self.findings if finding.endpoint.name))

    @property
    def products(self) -> str:
        """What answers there, in words."""
        named = tuple(dict.fromkeys(map(product_of, self.findings)))
        more = f" and {len(named) - _MOST_PRODUCTS} more" if len(named) > _MOST_PRODUCTS else ""
        return f"{', '.join(named[:_MOST_PRODUCTS])}{more}"

    @property
    def counts(self) -> str:
        """How many of each severity, in words."""
        return by_severity(self.findings)

    @property
    def compromised(self) -> bool:
        """Whether one of them shows signs of a break-in."""
        return any(finding.compromise for finding in self.findings)

    def by_rule(self) -> "tuple[Together, ...]":
        """Return the findings of each rule."""
        return together(self.findings, lambda finding: finding.rule)


def together(findings: Iterable[Finding], key: Callable[[Finding], Hashable]) -> tuple[Together, ...]:
    """Return the findings with the same key together, the group with the worst one first."""
    found: defaultdict[Hashable, list[Finding]] = defaultdict(list)
    for finding in ranked(findings):
        found[key(finding)].append(finding)
    return tuple(Together(tuple(members)) for members in found.values())


def rows(findings: Iterable[Finding]) -> tuple[Together, ...]:
    """Return one row for each rule on each host; what is worse or accepted at one of its ports has its own."""
    return together(
        findings,
        lambda finding: (
            finding.rule,
            host_of(finding),
            finding.endpoint.name,
            finding.severity,
            finding.priority,
            finding.state,
        ),
    )


def host_of(finding: Finding) -> str:
    """Return the machine that a finding is on, or the file that foretells it."""
    if finding.confidence is Confidence.PREDICTED and finding.anchor is not None:
        return finding.anchor.file
    return str(finding.endpoint.address)


def compared(report: ScanReport) -> bool:
    """Tell whether the run was held against an earlier one: nothing is called new where nobody knows what was old."""
    options = report.run.options
    return bool(options.get("baseline") or options.get("history")) or any(
        finding.first_seen or finding.state is FindingState.KNOWN for finding in report.findings
    )
