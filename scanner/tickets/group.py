"""Which findings share a ticket, and which ticket of the tracker that is, by whichever of their ids; pure."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeAlias

from scanner.core.finding import Finding
from scanner.core.report import ScanReport
from scanner.findings.identity import adopt
from scanner.tickets.action import Held
from scanner.tickets.marker import Key, key_of_finding, key_of_host, other_keys

Groups: TypeAlias = dict[Key, tuple[Finding, ...]]


def group(report: ScanReport, *, by_host: bool) -> Groups:
    """Return the findings of a report by the key of their ticket, each finding once."""
    groups: dict[Key, dict[str, Finding]] = {}
    for finding in report.findings:
        key = key_of_host(finding) if by_host else key_of_finding(finding.fingerprint)
        groups.setdefault(key, {}).setdefault(finding.fingerprint, finding)
    return {key: tuple(findings.values()) for key, findings in groups.items()}


def all_keys(report: ScanReport, *, by_host: bool) -> frozenset[Key]:
    """Return every key that a ticket for one of the findings may have."""
    named = (key for finding in report.findings for key in other_keys(finding, by_host=by_host))
    return frozenset(group(report, by_host=by_host)) | frozenset(named)


def group_as_held(report: ScanReport, held: Sequence[Held], *, by_host: bool) -> Groups:
    """Return the findings by key, where a ticket that knows a finding by another of its ids keeps it.

    Naming a machine, naming it otherwise, or a new address of a named one opens no second ticket. One ticket takes one
    group; a second that would fit keeps its own key.
    """
    members = [member for ticket in held if ticket.marker for member in ticket.marker.members]
    groups = group(replace(report, findings=adopt(report.findings, members)), by_host=by_host)
    owners = {member.fingerprint: ticket.key for ticket in held if ticket.marker for member in ticket.marker.members}
    there = {ticket.key for ticket in held}
    free = there - groups.keys()
    return {
        key if key in there else _known_key(key, findings, owners, free, by_host=by_host): findings
        for key, findings in groups.items()
    }


def _known_key(key: Key, findings: Sequence[Finding], owners: dict[str, Key], free: set[Key], *, by_host: bool) -> Key:
    wanted = [owners.get(finding.fingerprint, key) for finding in findings]
    wanted += [other for finding in findings for other in other_keys(finding, by_host=by_host)]
    found = next((other for other in wanted if other in free), None)
    if found is None:
        return key
    free.discard(found)
    return found
