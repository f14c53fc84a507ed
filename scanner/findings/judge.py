"""Rules against facts: observations in, endpoint rows and findings out; pure, so an old run can be judged again."""

from collections.abc import Iterable
from dataclasses import replace

from scanner.core.address import order_number, to_number
from scanner.core.facts import Access, Facts
from scanner.core.finding import Confidence, Finding, Status
from scanner.core.jsontext import Json
from scanner.core.observation import Observation
from scanner.core.plan import ScanPlan, Target
from scanner.core.probe import Probe
from scanner.core.report import EndpointRow
from scanner.core.rule import Rule
from scanner.core.talk import TlsFacts
from scanner.core.text import clean
from scanner.core.unheard import Unheard
from scanner.findings import compromise, identity, owasp, priority, risk
from scanner.findings.url import url_of

STATUS_ORDER = (Status.EXPOSED, Status.INCONCLUSIVE, Status.PROTECTED, Status.IDENTIFIED, Status.OPEN)
"""Worst first, as reports show them."""


def judge(observations: Iterable[Observation], plan: ScanPlan) -> tuple[tuple[EndpointRow, ...], tuple[Finding, ...]]:
    """Return every endpoint and every finding, both worst first."""
    rows: list[EndpointRow] = []
    findings: list[Finding] = []
    for observation in observations:
        row, found = judge_one(observation, plan)
        rows.append(row)
        findings += found
    return tuple(sorted(rows, key=row_order)), tuple(sorted(findings, key=finding_order))


def judge_one(observation: Observation, plan: ScanPlan) -> tuple[EndpointRow, tuple[Finding, ...]]:
    """Return the row of one endpoint and its findings, worst first; facts that no rule can read leave it unheard."""
    try:
        return _judge_one(observation, plan)
    except Exception as error:  # noqa: BLE001 - one endpoint's facts must not cost the report all others
        note = clean(f"its facts can't be judged: {type(error).__name__}: {error}; please report this", 300)
        return _judge_one(replace(observation, facts=None, unheard=Unheard.MALFORMED, note=note), plan)


def _judge_one(observation: Observation, plan: ScanPlan) -> tuple[EndpointRow, tuple[Finding, ...]]:
    endpoint, probe, facts = observation.endpoint, observation.probe, observation.facts
    target = plan.target_of(to_number(endpoint.address), endpoint.port)
    status = _status(observation)
    row = EndpointRow(
        endpoint=endpoint,
        status=status,
        reason=observation.unheard if status is Status.INCONCLUSIVE else None,
        service=probe.id if probe else observation.service,
        product=facts.product or (probe.title if probe else None) if facts else None,
        version=facts.version if facts else None,
        access=facts.access if facts else Access.REFUSED if observation.locked else Access.UNKNOWN,
        tls=_tls(observation),
        decoy=_decoy(observation),
        note=observation.note or (facts.note if facts else None),
        evidence=_row_evidence(observation),
        anchor=target.anchor if target else None,
    )
    if probe is None or facts is None:
        return row, ()
    held = ((rule, sentence) for rule in probe.rules if (sentence := rule.holds(facts)))
    found = (
        _finding(observation, probe=probe, facts=facts, rule=rule, sentence=sentence, plan=plan, target=target)
        for rule, sentence in held
    )
    return row, tuple(sorted(found, key=finding_order))


def row_order(row: EndpointRow) -> tuple[int, int, int, str]:
    """Sort key of endpoint rows: exposed, inconclusive, protected, identified, open; then by address and port."""
    rank = STATUS_ORDER.index(row.status)
    return rank, order_number(row.endpoint.address), row.endpoint.port, row.endpoint.transport


def finding_order(finding: Finding) -> tuple[int, int, float, int, int, str, str]:
    """Sort key of findings: worst priority first, then severity and score; then by address, port and rule."""
    endpoint = finding.endpoint
    place_on_line = order_number(endpoint.address)
    return (
        -finding.priority,
        -finding.severity,
        -finding.cvss.score,
        place_on_line,
        endpoint.port,
        endpoint.transport,
        finding.rule,
    )


def _status(observation: Observation) -> Status:
    access = observation.facts.access if observation.facts else Access.UNKNOWN
    decoy = _decoy(observation)
    if access > Access.REFUSED and not decoy:
        return Status.EXPOSED
    if observation.unheard is not None:
        return Status.INCONCLUSIVE
    if (access is Access.REFUSED or observation.locked) and not decoy:
        return Status.PROTECTED
    return Status.IDENTIFIED if observation.probe or observation.service or observation.facts else Status.OPEN


def _row_evidence(observation: Observation) -> dict[str, Json]:
    """Return what the service showed, and the icon's hash by which other tools and search engines know the page."""
    shown = dict(observation.facts.evidence) if observation.facts else {}
    return shown if observation.icon is None else {**shown, "favicon_mmh3": observation.icon}


def _tls(observation: Observation) -> TlsFacts | None:
    return observation.tls or (observation.facts.tls if observation.facts else None)


def _decoy(observation: Observation) -> str | None:
    return observation.decoy or (observation.facts.decoy if observation.facts else None)


def _finding(
    observation: Observation,
    *,
    probe: Probe,
    facts: Facts,
    rule: Rule,
    sentence: str,
    plan: ScanPlan,
    target: Target | None,
) -> Finding:
    endpoint = observation.endpoint
    decoy = _decoy(observation)
    cvss = risk.score(facts.access, rule.controls)
    severity = risk.severity_of(cvss.score)
    indicators = compromise.indicators(facts.traces)
    urgency = priority.prioritise(severity, endpoint.address, indicators, decoy)
    ids = identity.identify(rule.id, endpoint, plan)
    return Finding(
        fingerprint=ids.fingerprint,
        aliases=ids.aliases,
        rule=rule.id,
        title=rule.title,
        service=probe.id,
        product=facts.product or probe.title,
        version=facts.version,
        endpoint=endpoint,
        url=url_of(endpoint, probe, facts, tls=_tls(observation) is not None),
        severity=severity,
        priority=urgency.severity,
        priority_reasons=urgency.reasons,
        confidence=Confidence.SUSPECTED if decoy else Confidence.CONFIRMED,
        access=facts.access,
        detail=sentence,
        impact=rule.why,
        proof=facts.proof,
        evidence=facts.evidence,
        compromise=indicators,
        owasp=owasp.categories(rule.cwe, clear_text=rule.clear_text),
        cwe=rule.cwe,
        attack=rule.attack,
        cvss=cvss,
        remedy=(*_in_its_file(target), *rule.remedy),
        references=rule.references,
        anchor=target.anchor if target else None,
        owner=target.owner if target else None,
        tags=dict(target.tags) if target else {},
    )


def _in_its_file(target: Target | None) -> tuple[str, ...]:
    return target.anchor.remedy(target.instead) if target and target.anchor else ()
