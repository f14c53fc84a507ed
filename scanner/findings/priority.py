"""How soon to look: severity moved by reach, by indicators of compromise and by doubt, with the reasons in words.

The CVSS base stays as it is; only the order of work changes.
"""

from collections.abc import Collection
from dataclasses import replace
from typing import NamedTuple

from scanner.core.address import Address, to_number
from scanner.core.finding import Confidence, Finding, Indicator, Severity
from scanner.targets.special import Reach, reach


class Urgency(NamedTuple):
    """A priority and why it differs from the severity."""

    severity: Severity
    reasons: tuple[str, ...]


def prioritise(
    severity: Severity, address: Address, indicators: tuple[Indicator, ...], decoy: str | None = None
) -> Urgency:
    """Return the priority of a finding on an address: loopback lowers it, public raises it, a break-in tops it."""
    urgency, reasons = severity, list[str]()
    how_far = reach(to_number(address))
    if how_far is Reach.LOOPBACK:
        urgency = Severity(max(urgency - 1, min(urgency, Severity.LOW)))
        reasons.append("lowered: only this machine reaches a loopback address")
    elif how_far is Reach.PUBLIC:
        urgency = Severity(min(urgency + 1, Severity.CRITICAL))
        reasons.append("raised: the address is public, so anybody on the internet may reach it")
    if indicators:
        urgency = Severity.CRITICAL
        words = "; ".join(f"{one.id}: {one.detail}" for one in indicators[:3])
        reasons.append(f"raised: possible compromise, investigate before anything is cleaned up ({words})")
    if decoy:
        urgency = min(urgency, Severity.LOW)
        reasons.append(f"lowered: this may be a decoy ({decoy})")
    return Urgency(urgency, tuple(reasons))


def raise_reached(finding: Finding, outside: Collection[str]) -> Finding:
    """Return a finding that is more urgent when it was reached from a vantage point where strangers stand.

    What was not reached from there is lowered by nothing: a filter that was there today may be gone tomorrow.
    """
    strangers = [place for place in finding.reached_from if place in outside]
    if not strangers or finding.confidence is Confidence.SUSPECTED:
        return finding
    reason = f"raised: reached from {', '.join(strangers)}, where strangers stand"
    priority = Severity(min(finding.priority + 1, Severity.CRITICAL))
    return replace(finding, priority=priority, priority_reasons=(*finding.priority_reasons, reason))
