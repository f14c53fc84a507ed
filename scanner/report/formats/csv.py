"""Comma-separated values (RFC 4180) for spreadsheets: one row a finding, then one for every other endpoint.

A cell that a spreadsheet would take for a formula gets an apostrophe in front (OWASP ASVS 1.2.10), and every cell is
quoted.
"""

import csv
import re
from collections.abc import Iterator
from typing import TextIO

from scanner.core.finding import Confidence, Finding, Status
from scanner.core.report import EndpointRow, ScanReport
from scanner.findings.run_coverage import endpoint_key
from scanner.findings.standards import codes
from scanner.report.phrases import certificate, ranked, surface, why_unheard
from scanner.report.writer import Format, WriteOptions

COLUMNS = (
    "status",
    "severity",
    "priority",
    "state",
    "address",
    "port",
    "transport",
    "name",
    "service",
    "product",
    "version",
    "rule",
    "title",
    "detail",
    "impact",
    "compromise",
    "proof",
    "remedy",
    "owasp_2017",
    "owasp_2021",
    "owasp_2025",
    "cwe",
    "attack",
    "cvss_score",
    "cvss_vector",
    "url",
    "owner",
    "first_seen",
    "fingerprint",
    "reverse_dns",
    "certificate",
    "reason",
    # The ids of findings/standards.toml.
    "owasp_api_2023",
    "owasp_docker",
    "cis_controls_8",
    "nist_800_53_5",
    "pci_dss_4",
    "iso_27001_2022",
    "reached_from",
)
# The full-width forms are folded to ASCII by spreadsheets in some locales.
_FORMULA = re.compile(r"[\s\x00]*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n\x00]")


def write(report: ScanReport, out: TextIO, _options: WriteOptions) -> None:
    """Write a header and the rows, worst first."""
    table = csv.writer(out, quoting=csv.QUOTE_ALL)
    table.writerow(COLUMNS)
    for row in _rows(report):
        table.writerow([inert(row.get(column, "")) for column in COLUMNS])


def _rows(report: ScanReport) -> Iterator[dict[str, str]]:
    known = {endpoint_key(row.endpoint): row for row in report.endpoints}
    for finding in ranked(report.findings):
        yield {**_finding_row(finding), **_labels(known.get(endpoint_key(finding.endpoint)))}
    for row in surface(report):
        yield {**_endpoint_row(row), **_labels(row)}


def _finding_row(finding: Finding) -> dict[str, str]:
    return {
        **_place(finding),
        "status": "predicted" if finding.confidence is Confidence.PREDICTED else Status.EXPOSED.value,
        "severity": finding.severity.word,
        "priority": finding.priority.word,
        "state": finding.state.value,
        "rule": finding.rule,
        "title": finding.title,
        "detail": finding.detail,
        "impact": finding.impact,
        "compromise": "; ".join(f"{indicator.id}: {indicator.detail}" for indicator in finding.compromise),
        "proof": "; ".join(f"{step.sent} -> {step.received}" for step in finding.proof),
        "remedy": "\n".join(finding.remedy),
        "owasp_2017": " ".join(finding.owasp.y2017),
        "owasp_2021": " ".join(finding.owasp.y2021),
        "owasp_2025": " ".join(finding.owasp.y2025),
        "cwe": " ".join(f"CWE-{number}" for number in finding.cwe),
        "attack": " ".join(finding.attack),
        "cvss_score": f"{finding.cvss.score:.1f}",
        "cvss_vector": finding.cvss.vector,
        "url": finding.url,
        "owner": finding.owner or "",
        "first_seen": finding.first_seen or "",
        "fingerprint": finding.fingerprint,
        **{standard.replace("-", "_"): " ".join(held) for standard, held in codes(finding).items()},
    }


def _endpoint_row(row: EndpointRow) -> dict[str, str]:
    return {**_place(row), "status": row.status.value, "detail": _detail(row), "reason": row.reason or ""}


def _detail(row: EndpointRow) -> str:
    return "; ".join(filter(None, (why_unheard(row), row.note)))


def _labels(row: EndpointRow | None) -> dict[str, str]:
    return {"reverse_dns": row.reverse_dns or "", "certificate": certificate(row.tls)} if row else {}


def _place(item: Finding | EndpointRow) -> dict[str, str]:
    return {
        "reached_from": " ".join(item.reached_from),
        "address": str(item.endpoint.address),
        "port": str(item.endpoint.port),
        "transport": item.endpoint.transport.value,
        "name": item.endpoint.name or "",
        "service": item.service or "",
        "product": item.product or "",
        "version": item.version or "",
    }


def inert(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula (OWASP, CSV Injection)."""
    return f"'{cell}" if _FORMULA.match(cell) else cell


FORMAT = Format(name="csv", about="for spreadsheets, one row a finding", suffixes=(".csv",), write=write)
