"""Elastic Common Schema 8.11 (elastic.co/docs/reference/ecs): one document a line, for Filebeat or the bulk API.

Findings come worst first, then every endpoint that none speaks for, then the run: without that line not all arrived.
"""

import json
from collections.abc import Iterator
from typing import TextIO

from scanner.core.endpoint import Endpoint
from scanner.core.finding import Finding
from scanner.core.jsontext import Json
from scanner.core.report import EndpointRow, ScanReport
from scanner.report.phrases import ranked, surface, why_unheard
from scanner.report.verdict import verdict
from scanner.report.writer import Format, WriteOptions

_VERSION = "8.11.0"


def write(report: ScanReport, out: TextIO, _options: WriteOptions) -> None:
    """Write one document a line, in ASCII."""
    out.writelines(json.dumps(document, allow_nan=False) + "\n" for document in _documents(report))


def _documents(report: ScanReport) -> Iterator[dict[str, Json]]:
    for finding in ranked(report.findings):
        yield {**_base(report, "alert", ["vulnerability"], event_id=finding.fingerprint), **_finding(finding, report)}
    for row in surface(report):
        yield {**_base(report, "state", ["network"]), **_row(row)}
    yield {**_base(report, "state", ["host"]), **_run(report)}


def _base(report: ScanReport, kind: str, category: list[Json], event_id: str = "") -> dict[str, Json]:
    event: dict[str, Json] = {"kind": kind, "category": category, "type": ["info"], "module": "exposure-scanner"}
    if event_id:
        event["id"] = event_id
    return {
        "@timestamp": report.run.ended,
        "ecs": {"version": _VERSION},
        "event": event,
        "observer": {"product": "exposure-scanner", "type": "scanner"},
    }


def _finding(finding: Finding, report: ScanReport) -> dict[str, Json]:
    return {
        "message": f"{finding.title}: {finding.url}",
        **_place(finding.endpoint),
        "service": _service(finding),
        "url": {"full": finding.url},
        "rule": {"id": finding.rule, "name": finding.title, "reference": next(iter(finding.references), "")},
        "threat": {"technique": {"id": list(finding.attack)}},
        "vulnerability": {
            "category": [f"CWE-{number}" for number in finding.cwe],
            "classification": "CVSS",
            "description": finding.impact,
            "report_id": report.run.id,
            "scanner": {"vendor": "exposure-scanner"},
            "score": {"base": finding.cvss.score, "version": finding.cvss.version},
            "severity": finding.severity.word,
        },
        "labels": {
            "access": finding.access.word,
            "detail": finding.detail,
            "owner": finding.owner or "",
            "priority": finding.priority.word,
            "reached_from": " ".join(finding.reached_from),
            "state": finding.state.value,
        },
        "tags": [indicator.id for indicator in finding.compromise],
    }


def _row(row: EndpointRow) -> dict[str, Json]:
    told = "; ".join(filter(None, (why_unheard(row), row.note)))
    return {
        "message": f"{row.endpoint} is {row.status.value}" + (f": {told}" if told else ""),
        **_place(row.endpoint),
        "service": _service(row),
        "labels": {
            "access": row.access.word,
            "state": row.status.value,
            "reason": row.reason or "",
            "reached_from": " ".join(row.reached_from),
        },
    }


def _run(report: ScanReport) -> dict[str, Json]:
    outcome, sentence = verdict(report)
    return {
        "message": sentence,
        "labels": {
            "run": report.run.id,
            "status": report.run.status.value,
            "outcome": outcome.value,
            "problems": str(len(report.problems)),
        },
    }


def _place(endpoint: Endpoint) -> dict[str, Json]:
    address = str(endpoint.address).partition("%")[0]
    return {
        "host": {"ip": [address], "name": endpoint.name or endpoint.host or address},
        "server": {"ip": address, "port": endpoint.port},
        "network": {"transport": endpoint.transport.value},
    }


def _service(item: Finding | EndpointRow) -> dict[str, Json]:
    named = {"type": item.service, "name": item.product, "version": item.version}
    return {key: value for key, value in named.items() if value}


FORMAT = Format(name="ecs", about="Elastic Common Schema, one document a line", suffixes=(".ecs.ndjson",), write=write)
