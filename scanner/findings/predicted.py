"""Findings that follow from a configuration alone: nobody asked the service, so they say so; pure."""

from scanner.core.endpoint import Endpoint
from scanner.core.facts import Access, Exchange
from scanner.core.finding import Anchor, Confidence, Finding
from scanner.core.jsontext import Json
from scanner.core.plan import describe
from scanner.core.probe import Probe
from scanner.core.rule import Controls, Rule
from scanner.findings import owasp, priority, risk
from scanner.findings.identity import Identity
from scanner.findings.priority import Urgency


def predict(
    probe: Probe,
    rule: Rule,
    endpoint: Endpoint,
    identity: Identity,
    *,
    access: Access,
    detail: str,
    anchor: Anchor | None,
    remedy: tuple[str, ...],
    reason: str = "",
    line: str = "",
    evidence: dict[str, Json] | None = None,
    sources: tuple[str, ...] = (),
) -> Finding:
    """Return the finding of a rule, as a configuration lets expect it.

    `line` is what the file says, `remedy` comes before that of the rule. With a `reason` the severity is the priority,
    else it follows from the address.
    """
    cvss = risk.score(access, rule.controls)
    severity = risk.severity_of(cvss.score)
    urgency = Urgency(severity, (reason,)) if reason else priority.prioritise(severity, endpoint.address, ())
    where = f"{anchor.file}:{anchor.line}" if anchor else "the product's default"
    return Finding(
        fingerprint=identity.fingerprint,
        aliases=identity.aliases,
        rule=rule.id,
        title=rule.title,
        service=probe.id,
        product=probe.title,
        version=None,
        endpoint=endpoint,
        url=f"{probe.id}://{describe(endpoint.address, endpoint.port)}",
        severity=severity,
        priority=urgency.severity,
        priority_reasons=urgency.reasons,
        confidence=Confidence.PREDICTED,
        access=access,
        detail=detail,
        impact=rule.why,
        proof=(Exchange(f"read {where}", line),) if line else (),
        evidence=evidence or {},
        owasp=owasp.categories(rule.cwe, clear_text=rule.clear_text),
        cwe=rule.cwe,
        attack=rule.attack,
        cvss=cvss,
        remedy=(*remedy, *rule.remedy),
        references=tuple(dict.fromkeys((*sources, *rule.references))),
        anchor=anchor,
    )


def access_by(rule: Rule) -> Access:
    """Return how far a rule lets a stranger get, as far as no file says."""
    return Access.CONTROL if rule.controls in {Controls.HOST, Controls.FLEET} else Access.DATA
