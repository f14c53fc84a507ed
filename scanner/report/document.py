"""The JSON report, version 1: the one shape that json, ndjson and everything that reads reports back agree on.

Documented by docs/schema/report-v1.json; within version 1 fields are only ever added.
"""

from collections import Counter
from collections.abc import Iterable

from scanner import __version__
from scanner.core.finding import Anchor, Finding, FindingState, Severity, Status
from scanner.core.jsontext import Json
from scanner.core.problem import Problem
from scanner.core.report import Coverage, EndpointRow, Run, ScanReport
from scanner.core.talk import TlsFacts
from scanner.findings.end_of_life import end_of_life
from scanner.findings.standards import codes

SCHEMA = "exposure-scanner/report/v1"
TOOL: dict[str, Json] = {"name": "exposure-scanner", "version": __version__}


def run_object(run: Run) -> dict[str, Json]:
    """Return the `run` object."""
    return {
        "id": run.id,
        "status": run.status.value,
        "started": run.started,
        "ended": run.ended,
        "engine": run.engine,
        "seed": run.seed,
        "options": dict(run.options),
        "shard": run.shard,
        "scope_sha256": run.scope_sha256,
        "endpoints_total": run.endpoints_total,
        "vantage": run.vantage,
        "machine": run.machine,
    }


def coverage_object(coverage: Coverage) -> dict[str, Json]:
    """Return the `coverage` object."""
    return {
        "asked": coverage.asked,
        "answered": coverage.answered,
        "inconclusive": coverage.inconclusive,
        "addresses": coverage.addresses,
        "ports": coverage.ports,
        "endpoints_planned": coverage.endpoints_planned,
        "open": coverage.open,
        "closed": coverage.closed,
        "filtered": coverage.filtered,
        "unreachable": coverage.unreachable,
        "unscanned": coverage.unscanned,
        "unscanned_list": list(coverage.unscanned_list),
        "closed_list": list(coverage.closed_list),
        "hosts_alive": coverage.hosts_alive,
        "estimated_loss": coverage.estimated_loss,
    }


def summary_object(report: ScanReport) -> dict[str, Json]:
    """Return the `summary` object: endpoints by status, findings by severity, primary OWASP category and state."""
    statuses = Counter(row.status for row in report.endpoints)
    states = Counter(finding.state for finding in report.findings)
    severities = Counter(finding.severity for finding in report.findings)
    categories = Counter(category_code(finding, report.edition) for finding in report.findings)
    return {
        **{status.value: statuses[status] for status in reversed(Status)},
        "by_severity": {severity.word: severities[severity] for severity in reversed(Severity)},
        "by_owasp": dict(sorted(categories.items())),
        **{state.value: states[state] for state in FindingState},
    }


def category_code(finding: Finding, edition: int) -> str:
    """Return the primary OWASP category of a finding with its edition, such as A02:2025."""
    codes = finding.owasp.of(edition)
    return f"{codes[0] if codes else 'none'}:{edition}"


def endpoint_object(row: EndpointRow) -> dict[str, Json]:
    """Return one member of `endpoints`."""
    return {
        "address": str(row.endpoint.address),
        "port": row.endpoint.port,
        "transport": row.endpoint.transport.value,
        "name": row.endpoint.name,
        "host": row.endpoint.host,
        "base_path": row.endpoint.base_path,
        "tls": row.tls is not None,
        "service": row.service,
        "status": row.status.value,
        "reason": row.reason.value if row.reason else None,
        "product": row.product,
        "version": row.version,
        "end_of_life": _end_of_life(row),
        "access": row.access.word,
        "suspect": row.decoy,
        "note": row.note,
        "evidence": dict(row.evidence),
        "certificate": _certificate(row.tls),
        "reached_from": list(row.reached_from),
        "labels": {"reverse_dns": row.reverse_dns, "certificate": list(row.certificate_names)},
        "anchor": _anchor(row.anchor),
    }


def finding_object(finding: Finding) -> dict[str, Json]:
    """Return one member of `findings`."""
    return {
        "fingerprint": finding.fingerprint,
        "aliases": list(finding.aliases),
        "rule": finding.rule,
        "title": finding.title,
        "severity": finding.severity.word,
        "priority": finding.priority.word,
        "priority_reasons": list(finding.priority_reasons),
        "confidence": finding.confidence.value,
        "state": finding.state.value,
        "accepted_reason": finding.accepted_reason,
        "service": finding.service,
        "product": finding.product,
        "version": finding.version,
        "end_of_life": _end_of_life(finding),
        "address": str(finding.endpoint.address),
        "port": finding.endpoint.port,
        "transport": finding.endpoint.transport.value,
        "name": finding.endpoint.name,
        "host": finding.endpoint.host,
        "base_path": finding.endpoint.base_path,
        "subject": finding.endpoint.subject,
        "url": finding.url,
        "access": finding.access.word,
        "detail": finding.detail,
        "impact": finding.impact,
        "proof": [{"sent": step.sent, "received": step.received} for step in finding.proof],
        "evidence": dict(finding.evidence),
        "compromise": [{"indicator": indicator.id, "detail": indicator.detail} for indicator in finding.compromise],
        "owasp": {str(edition): list(finding.owasp.of(edition)) for edition in (2017, 2021, 2025)},
        "cwe": list(finding.cwe),
        "attack": list(finding.attack),
        "standards": {standard: list(held) for standard, held in codes(finding).items()},
        "cvss": {"version": finding.cvss.version, "vector": finding.cvss.vector, "score": finding.cvss.score},
        "remedy": list(finding.remedy),
        "references": list(finding.references),
        "anchor": _anchor(finding.anchor),
        "owner": finding.owner,
        "tags": dict(finding.tags),
        "reached_from": list(finding.reached_from),
        "first_seen": finding.first_seen,
    }


def problem_object(problem: Problem) -> dict[str, Json]:
    """Return one member of `problems`."""
    return {"kind": problem.kind.value, "where": problem.where, "detail": problem.detail}


def head_objects(report: ScanReport) -> dict[str, Json]:
    """Return everything of a report but its three lists."""
    return {
        "schema": SCHEMA,
        "tool": TOOL,
        "edition": report.edition,
        "run": run_object(report.run),
        "coverage": coverage_object(report.coverage),
        "summary": summary_object(report),
        **({} if report.host is None else {"host": dict(report.host)}),
    }


def list_objects(report: ScanReport) -> tuple[tuple[str, Iterable[dict[str, Json]]], ...]:
    """Return the three lists of a report by name, each made as it is read."""
    return (
        ("endpoints", map(endpoint_object, report.endpoints)),
        ("findings", map(finding_object, report.findings)),
        ("problems", map(problem_object, report.problems)),
    )


def _certificate(tls: TlsFacts | None) -> Json:
    if tls is None:
        return None
    return {
        "protocol": tls.version,
        "subject": tls.subject,
        "issuer": tls.issuer,
        "names": list(tls.names),
        "not_before": tls.not_before,
        "not_after": tls.not_after,
        "self_signed": tls.self_signed,
        "sha256": tls.sha256,
    }


def _anchor(anchor: Anchor | None) -> Json:
    return None if anchor is None else {"file": anchor.file, "line": anchor.line}


def _end_of_life(item: Finding | EndpointRow) -> Json:
    found = end_of_life(item.product, item.version)
    return None if found is None else found.as_json
