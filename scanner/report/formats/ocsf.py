"""OCSF 1.5.0 (schema.ocsf.io/1.5.0), one event a line: Vulnerability Finding (2002), then Scan Activity (6007).

Findings come worst first, then the run with what it amounts to and what could not be heard out: without that line not
all arrived. CVSS has no place beside a weakness in that schema; it is told under `unmapped`.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TextIO

from scanner import __version__
from scanner.core.finding import Confidence, Finding, FindingState, Severity
from scanner.core.jsontext import Json
from scanner.core.moment import utc_of
from scanner.core.report import RunStatus, ScanReport
from scanner.findings.standards import codes
from scanner.report.phrases import ranked, unheard_sentences
from scanner.report.verdict import RunOutcome, verdict
from scanner.report.writer import Format, WriteOptions

_VERSION = "1.5.0"
_CONFIDENCE = {Confidence.CONFIRMED: (3, "High"), Confidence.PREDICTED: (2, "Medium"), Confidence.SUSPECTED: (1, "Low")}
_SCAN = {
    RunStatus.COMPLETE: (2, "Completed"),
    RunStatus.INCOMPLETE: (6, "Error"),
    RunStatus.INTERRUPTED: (3, "Cancelled"),
}
_MOST_UNHEARD = 1_000


def write(report: ScanReport, out: TextIO, _options: WriteOptions) -> None:
    """Write one event a line, in ASCII."""
    out.writelines(json.dumps(_held(event), allow_nan=False) + "\n" for event in _events(report))


def _events(report: ScanReport) -> Iterator[dict[str, Json]]:
    for finding in ranked(report.findings):
        yield {**_base(report, 2, 2002, _activity(finding), finding.severity), **_finding(finding, report)}
    worst = max((one.severity for one in report.findings), default=Severity.INFO)
    yield {**_base(report, 6, 6007, _SCAN[report.run.status], worst), **_run(report)}


def _base(
    report: ScanReport, category: int, kind: int, activity: tuple[int, str], severity: Severity
) -> dict[str, Json]:
    return {
        "activity_id": activity[0],
        "activity_name": activity[1],
        "category_uid": category,
        "category_name": {2: "Findings", 6: "Application Activity"}[category],
        "class_uid": kind,
        "class_name": {2002: "Vulnerability Finding", 6007: "Scan Activity"}[kind],
        "type_uid": kind * 100 + activity[0],
        "severity_id": severity + 1,
        "severity": _severity(severity),
        "time": _milliseconds(report.run.ended) or 0,
        "metadata": {
            "version": _VERSION,
            "correlation_uid": report.run.id,
            "product": {"name": "exposure-scanner", "vendor_name": "exposure-scanner", "version": __version__},
        },
    }


def _finding(finding: Finding, report: ScanReport) -> dict[str, Json]:
    confidence = _CONFIDENCE[finding.confidence]
    status = (3, "Suppressed") if finding.state is FindingState.ACCEPTED else (1, "New")
    return {
        "message": f"{finding.title}: {finding.url}",
        "confidence_id": confidence[0],
        "confidence": confidence[1],
        "status_id": status[0],
        "status": status[1],
        "status_detail": finding.accepted_reason,
        "finding_info": _info(finding, report),
        "resources": [_resource(finding)],
        "vulnerabilities": [_weakness(finding)],
        "unmapped": {
            "access": finding.access.word,
            "cvss_score": finding.cvss.score,
            "cvss_vector": finding.cvss.vector,
            "priority": finding.priority.word,
            "reached_from": list(finding.reached_from),
            "compromise": [f"{one.id}: {one.detail}" for one in finding.compromise],
            "proof": [f"{step.sent} -> {step.received}" for step in finding.proof],
        },
    }


def _info(finding: Finding, report: ScanReport) -> dict[str, Json]:
    standards: list[Json] = [{"name": name, "values": list(held)} for name, held in codes(finding).items() if held]
    categories: list[Json] = [f"OWASP {code}:{report.edition}" for code in finding.owasp.of(report.edition)]
    return {
        "uid": finding.fingerprint,
        "uid_alt": next(iter(finding.aliases), None),
        "title": finding.title,
        "desc": finding.detail,
        "types": categories,
        "analytic": {"type_id": 1, "type": "Rule", "uid": finding.rule, "name": finding.title},
        "attacks": [{"technique": {"uid": technique}} for technique in finding.attack],
        "first_seen_time": _milliseconds(finding.first_seen or ""),
        "last_seen_time": _milliseconds(report.run.ended),
        "tags": standards,
    }


def _resource(finding: Finding) -> dict[str, Json]:
    address = str(finding.endpoint.address).partition("%")[0]
    return {
        "name": str(finding.endpoint),
        "uid": finding.url,
        "type": finding.service,
        "version": finding.version,
        "ip": address,
        "hostname": finding.endpoint.host,
        "labels": [finding.endpoint.name] if finding.endpoint.name else [],
        "owner": {"name": finding.owner} if finding.owner else None,
    }


def _weakness(finding: Finding) -> dict[str, Json]:
    remedy = "\n".join(finding.remedy)
    number = next(iter(finding.cwe), None)
    cwe: Json = {"uid": f"CWE-{number}", "src_url": f"https://cwe.mitre.org/data/definitions/{number}.html"}
    return {
        "title": finding.title,
        "desc": finding.impact,
        "severity": _severity(finding.severity),
        # Exactly one of advisory, CVE and CWE; the others of the weakness stand in the report's JSON.
        "cwe": cwe if number else {"uid": "NVD-CWE-noinfo"},
        "references": list(finding.references),
        "remediation": {"desc": remedy} if remedy else None,
        "vendor_name": "exposure-scanner",
    }


def _run(report: ScanReport) -> dict[str, Json]:
    outcome, sentence = verdict(report)
    whole = outcome in {RunOutcome.CLEAN, RunOutcome.EXPOSED} and report.run.status is RunStatus.COMPLETE
    coverage = report.coverage
    return {
        "message": sentence,
        "status_id": 1 if whole else 2,
        "status": "Success" if whole else "Failure",
        "status_code": outcome.value,
        "scan": {"uid": report.run.id, "name": "exposure scan", "type_id": 1, "type": "Manual"},
        "start_time": _milliseconds(report.run.started),
        "end_time": _milliseconds(report.run.ended),
        "num_detections": len(report.findings),
        "num_network_items": coverage.looked_at,
        "num_skipped_items": coverage.unscanned,
        "total": coverage.endpoints_planned,
        "unmapped": {
            "inconclusive": list(unheard_sentences(report, _MOST_UNHEARD)),
            "problems": [f"{one.kind}: {one.where}: {one.detail}" for one in report.problems],
        },
    }


def _activity(finding: Finding) -> tuple[int, str]:
    return (2, "Update") if finding.state is FindingState.KNOWN else (1, "Create")


def _severity(severity: Severity) -> str:
    return "Informational" if severity is Severity.INFO else severity.word.capitalize()


def _milliseconds(text: str) -> int | None:
    """Return milliseconds since 1970, None for what is no time."""
    try:
        return int(datetime.fromisoformat(utc_of(text)).timestamp()) * 1000
    except (ValueError, OverflowError):
        return None


def _held(value: Mapping[str, Json]) -> dict[str, Json]:
    """Return an object without what is not known."""
    return {key: _inner(inner) for key, inner in value.items() if inner not in (None, "", [], {})}


def _inner(value: Json) -> Json:
    if isinstance(value, dict):
        return _held(value)
    return [_inner(one) for one in value] if isinstance(value, list) else value


FORMAT = Format(
    name="ocsf", about="OCSF Vulnerability Findings, one event a line", suffixes=(".ocsf.ndjson",), write=write
)
