"""DefectDojo's "Generic Findings Import": only fields that its older servers take too, since a stranger fails it all.

Its duplicate search hashes title, CWE and description and ignores the port, so the title carries the port, and the
description holds nothing that changes from run to run.
"""

import json
from collections.abc import Iterator
from typing import TextIO

from scanner.core.finding import Confidence, Finding, FindingState
from scanner.core.jsontext import Json
from scanner.core.report import ScanReport
from scanner.report.document import TOOL
from scanner.report.markup import block, code, prose
from scanner.report.phrases import ranked, reached, unheard_sentences
from scanner.report.verdict import coverage_sentence, verdict
from scanner.report.writer import Format, WriteOptions

_TITLE_CHARS = 511
_MOST_UNHEARD = 100


def write(report: ScanReport, out: TextIO, _options: WriteOptions) -> None:
    """Write the import as one JSON object, a finding a line."""
    head = {
        "name": "exposure-scanner",
        "type": "exposure-scanner",
        "version": TOOL["version"],
        "description": "\n".join(_description(report)),
        "static_tool": False,
        "dynamic_tool": True,
    }
    out.write(json.dumps(head, allow_nan=False).removesuffix("}") + ', "findings": [')
    separator = "\n"
    for finding in ranked(report.findings):
        out.write(separator + json.dumps(_finding(finding, report.run.started[:10]), allow_nan=False))
        separator = ",\n"
    out.write("]}\n")


def _description(report: ScanReport) -> Iterator[str]:
    yield f"{verdict(report).sentence} {coverage_sentence(report.coverage)}"
    yield from unheard_sentences(report, _MOST_UNHEARD)


def _finding(finding: Finding, date: str) -> dict[str, Json]:
    place = f"{finding.service[:100]}, {finding.endpoint.port}/{finding.endpoint.transport.value}"
    accepted = finding.state is FindingState.ACCEPTED
    # The text fields are rendered as Markdown.
    entry: dict[str, Json] = {
        "title": f"{finding.title[: _TITLE_CHARS - len(place) - 3]} ({place})",
        "severity": finding.severity.name.capitalize(),
        "description": f"{prose(finding.title)}\n\n{prose(finding.impact)}\n\nRule: {code(finding.rule)}",
        "date": date,
        "mitigation": block(finding.remedy),
        "impact": prose(finding.impact),
        "steps_to_reproduce": block(_steps(finding)),
        "severity_justification": "\n".join((finding.cvss.vector, *finding.priority_reasons)),
        "references": "\n".join(map(code, finding.references)),
        "active": not accepted,
        "verified": finding.confidence is Confidence.CONFIRMED,
        "risk_accepted": accepted,
        "static_finding": False,
        "dynamic_finding": True,
        "unique_id_from_tool": finding.fingerprint,
        "vuln_id_from_tool": finding.rule,
        "service": place,
        "component_name": finding.product or finding.service,
        "component_version": finding.version or "",
        "tags": [finding.service, f"owasp-{(*finding.owasp.y2025, 'none')[0]}-2025".lower()],
        "endpoints": [_without_zone(finding)],
    }
    return {**entry, "cwe": finding.cwe[0]} if finding.cwe else entry


def _steps(finding: Finding) -> list[str]:
    signs = [f"Possible break-in: {indicator.id}: {indicator.detail}" for indicator in finding.compromise]
    proof = [f"{step.sent} -> {step.received}" for step in finding.proof]
    return [f"{finding.url}: {finding.detail}", *filter(None, (reached(finding),)), *signs, *proof]


def _without_zone(finding: Finding) -> str:
    zone = getattr(finding.endpoint.address, "scope_id", None)
    return finding.url.replace(f"%{zone}", "", 1) if zone else finding.url


FORMAT = Format(name="defectdojo", about="DefectDojo's generic findings import", write=write)
