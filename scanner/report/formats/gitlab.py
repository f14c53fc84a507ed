"""GitLab's security report, schema 15.0: DAST, and SAST for what was read in files (security-report-schemas).

GitLab tells findings apart by location and first identifier, so the first one is always our rule.
"""

import json
import uuid
from collections.abc import Iterator
from typing import TextIO

from scanner.core.count import counted
from scanner.core.finding import Finding, FindingState
from scanner.core.jsontext import Json
from scanner.core.report import RunStatus, ScanReport
from scanner.report.document import TOOL
from scanner.report.markup import block, prose
from scanner.report.phrases import ranked, reached, unheard_sentences
from scanner.report.verdict import LINT, coverage_sentence, is_blind, missing_part
from scanner.report.writer import Format, WriteOptions

SCHEMA_VERSION = "15.0.1"
_NAME_CHARS = 255
_SOLUTION_CHARS = 6_000
"""Leaves room for the fence within the 7,000 characters that the schema allows."""
_MOST_IDENTIFIERS = 20
_MOST_MESSAGES = 100
_SCANNER: dict[str, Json] = {
    "id": "exposure-scanner",
    "name": "exposure-scanner",
    "version": TOOL["version"],
    "vendor": {"name": "exposure-scanner"},
}


def write(report: ScanReport, out: TextIO, _options: WriteOptions) -> None:
    """Write the security report; accepted findings are left out and counted in a message."""
    of_files = report.run.engine == LINT
    scan: dict[str, Json] = {
        "analyzer": _SCANNER,
        "scanner": _SCANNER,
        "type": "sast" if of_files else "dast",
        "start_time": report.run.started[:19],
        "end_time": report.run.ended[:19],
        "status": "success" if report.run.status is not RunStatus.INTERRUPTED else "failure",
        **({} if of_files else {"scanned_resources": []}),
        "messages": list(_messages(report)),
    }
    out.write(f'{{"version": "{SCHEMA_VERSION}", "scan": {json.dumps(scan, allow_nan=False)}, "vulnerabilities": [')
    separator = "\n"
    for finding in ranked(report.findings):
        if finding.state is not FindingState.ACCEPTED:
            out.write(separator + json.dumps(_vulnerability(finding, of_files=of_files), allow_nan=False))
            separator = ",\n"
    out.write("]}\n")


def _messages(report: ScanReport) -> Iterator[Json]:
    yield {"level": "info", "value": coverage_sentence(report.coverage)}
    gap = missing_part(report)
    if gap:
        yield {"level": "warn", "value": gap}
    for told in unheard_sentences(report, _MOST_MESSAGES):
        yield {"level": "warn", "value": told}
    if is_blind(report):
        yield {"level": "fatal", "value": "Nothing answered: this is not a clean result."}
    accepted = sum(finding.state is FindingState.ACCEPTED for finding in report.findings)
    if accepted:
        yield {"level": "info", "value": f"{counted(accepted, 'accepted exposure')} not listed here."}
    for problem in report.problems[:_MOST_MESSAGES]:
        yield {"level": "warn", "value": f"{problem.kind}: {problem.where}: {problem.detail}"}


def _vulnerability(finding: Finding, *, of_files: bool) -> dict[str, Json]:
    # Descriptions and solutions are rendered as Markdown.
    return {
        "id": str(uuid.uuid5(uuid.NAMESPACE_URL, f"exposure-scanner:{finding.fingerprint}")),
        "name": finding.title[:_NAME_CHARS],
        "description": f"{prose(finding.detail or finding.title)}\n\n{prose(finding.impact)}",
        "severity": finding.severity.name.capitalize(),
        "solution": block("\n".join(finding.remedy)[:_SOLUTION_CHARS].splitlines()),
        "identifiers": list(_identifiers(finding)),
        "links": [{"url": link} for link in finding.references if link.startswith(("https://", "http://"))],
        "location": _location(finding, of_files=of_files),
        "evidence": {"summary": "\n".join(_evidence(finding))},
        "details": {
            "fingerprint": {"type": "text", "name": "Fingerprint", "value": finding.fingerprint},
            "cvss": {"type": "text", "name": "CVSS", "value": f"{finding.cvss.score} {finding.cvss.vector}"},
        },
    }


def _location(finding: Finding, *, of_files: bool) -> dict[str, Json]:
    if of_files and finding.anchor is not None:
        return {"file": finding.anchor.file, "start_line": finding.anchor.line}
    path = finding.endpoint.base_path
    return {"hostname": finding.url.removesuffix(path), "path": path}


def _identifiers(finding: Finding) -> list[Json]:
    found: list[Json] = [{"type": "exposure_scanner", "name": finding.rule, "value": finding.rule}]
    for number in finding.cwe:
        link = f"https://cwe.mitre.org/data/definitions/{number}.html"
        found.append({"type": "cwe", "name": f"CWE-{number}", "value": str(number), "url": link})
    categories = [f"{code}:{edition}" for edition in (2017, 2021, 2025) for code in finding.owasp.of(edition)]
    found += [{"type": "owasp", "name": category, "value": category} for category in categories]
    return found[:_MOST_IDENTIFIERS]


def _evidence(finding: Finding) -> Iterator[str]:
    yield from (f"Possible break-in: {indicator.id}: {indicator.detail}" for indicator in finding.compromise)
    yield from filter(None, (reached(finding),))
    yield from (f"{step.sent} -> {step.received}" for step in finding.proof)


FORMAT = Format(name="gitlab", about="GitLab security report (DAST, of files SAST, schema 15.0)", write=write)
