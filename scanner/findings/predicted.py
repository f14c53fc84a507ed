"""Findings that follow from a configuration alone: nobody asked the service, so they say so; pure."""

from scanner.core.endpoint import Endpoint
from scanner.core.facts import Access, Exchange
from scanner.core.finding import Anchor, Confidence, Finding
from scanner.core.jsontext import Json
from scanner.core.plan import describe
from scanner.core.probe import Probe
from scanner.core.rule import Controls
from scanner.findings import owasp, priority, risk
from scanner.findings.identity import Identity


def predict(
    probe: Probe,
    endpoint: Endpoint,
    identity: Identity,
    *,
    detail: str,
    anchor: Anchor | None,
    line: str,
    remedy: tuple[str, ...],
    evidence: dict[str, Json] | None = None,
) -> Finding:
    """Return the finding of a service's first rule, as its configuration lets expect it.

    `line` is what the file says, `remedy` comes before that of the rule.
    """
    rule = probe.rules[0]
    access = Access.CONTROL if rule.controls in {Controls.HOST, Controls.FLEET} else Access.DATA
    cvss = risk.score(access, rule.controls)
    severity = risk.severity_of(cvss.score)
    urgency = priority.prioritise(severity, endpoint.address, ())
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
        proof=(Exchange(f"read {where}", line),),
        evidence=evidence or {},
        owasp=owasp.categories(rule.cwe, clear_text=rule.clear_text),
        cwe=rule.cwe,
        attack=rule.attack,
        cvss=cvss,
        remedy=(*remedy, *rule.remedy),
        references=rule.references,
        anchor=anchor,
    )
