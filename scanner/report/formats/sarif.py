"""SARIF 2.1.0 (OASIS), within the limits that GitHub's code scanning documents.

A network finding has no source line; it is shown at the line of the file that named its target, and where it really is
stands in the message, the logical location and the properties. A `host:port` in a URI would be read as a scheme.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO
from urllib.parse import quote

from scanner.core.count import counted
from scanner.core.finding import Anchor, Finding, FindingState, Severity
from scanner.core.jsontext import Json
from scanner.core.report import RunStatus, ScanReport
from scanner.report.document import TOOL
from scanner.report.phrases import ranked, state_note, unheard_sentences
from scanner.report.verdict import coverage_sentence, is_blind, missing_part
from scanner.report.writer import Format, WriteOptions

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
MOST_RESULTS = 25_000
"""GitHub refuses files with more results in one run, and shows the worst 5,000."""
_TEXT_CHARS = 1_000
_MOST_TAGS = 10
_MOST_NOTES = 100
_COMMAND_LINE = Anchor(file="command-line", line=1)
"""Where a target that no file names is shown."""
_LEVELS = {
    Severity.CRITICAL: "error",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.LOW: "note",
    Severity.INFO: "note",
}


def write(report: ScanReport, out: TextIO, _options: WriteOptions) -> None:
    """Write one run with its rules, its results worst first, and what was not looked at as notifications."""
    findings = ranked(report.findings)[:MOST_RESULTS]
    rules: dict[str, int] = {}
    speakers: dict[str, Finding] = {}
    for finding in findings:
        rules.setdefault(finding.rule, len(rules))
        known = speakers.setdefault(finding.rule, finding)
        speakers[finding.rule] = max(known, finding, key=lambda one: one.cvss.score)
    driver: dict[str, Json] = {
        "name": "exposure-scanner",
        "version": TOOL["version"],
        "semanticVersion": TOOL["version"],
        "rules": list(map(_rule, speakers.values())),
    }
    head: dict[str, Json] = {
        "tool": {"driver": driver},
        "automationDetails": {"id": f"exposure-scanner/{report.run.id}"},
        "invocations": [_invocation(report)],
        "columnKind": "unicodeCodePoints",
    }
    out.write(f'{{"$schema": "{SCHEMA}", "version": "2.1.0", "runs": [')
    out.write(json.dumps(head, allow_nan=False).removesuffix("}") + ', "results": [')
    separator = "\n"
    for finding in findings:
        out.write(separator + json.dumps(_result(finding, rules[finding.rule]), allow_nan=False))
        separator = ",\n"
    out.write("]}]}\n")


def _rule(finding: Finding) -> Json:
    link = next((each for each in finding.references if each.startswith("https://")), None)
    tags: list[Json] = [*_tags(finding)]
    help_text = "\n".join((finding.impact, *finding.remedy, *finding.references))
    rule: dict[str, Json] = {
        "id": finding.rule,
        "shortDescription": {"text": finding.title[:_TEXT_CHARS]},
        "fullDescription": {"text": (finding.impact or finding.title)[:_TEXT_CHARS]},
        "help": {"text": help_text or finding.title},
        "defaultConfiguration": {"level": _LEVELS[finding.severity]},
        "properties": {
            "tags": tags[:_MOST_TAGS],
            "precision": "very-high",
            "security-severity": f"{finding.cvss.score:.1f}",
        },
    }
    return {**rule, "helpUri": link} if link else rule


def _tags(finding: Finding) -> Iterator[str]:
    yield "security"
    yield from (f"external/cwe/cwe-{number}" for number in finding.cwe[:3])
    yield from (f"owasp-{code}-{edition}" for edition in (2025, 2021, 2017) for code in finding.owasp.of(edition)[:2])


def _result(finding: Finding, rule_index: int) -> Json:
    result: dict[str, Json] = {
        "ruleId": finding.rule,
        "ruleIndex": rule_index,
        "level": _LEVELS[finding.severity],
        "message": {"text": _message(finding)},
        "locations": [_location(finding)],
        "fingerprints": {"exposure/v1": finding.fingerprint},
        "partialFingerprints": {"primaryLocationLineHash": finding.fingerprint},
        "baselineState": "unchanged" if finding.state is FindingState.KNOWN else "new",
        "properties": {
            "url": finding.url,
            "service": finding.service,
            "severity": finding.severity.word,
            "priority": finding.priority.word,
            "confidence": finding.confidence.value,
            "reachedFrom": list(finding.reached_from),
            "compromise": [f"{indicator.id}: {indicator.detail}" for indicator in finding.compromise],
            "proof": [f"{step.sent} -> {step.received}" for step in finding.proof],
        },
    }
    if finding.state is not FindingState.ACCEPTED:
        return result
    return {
        **result,
        "suppressions": [{"kind": "external", "status": "accepted", "justification": state_note(finding)}],
    }


def _message(finding: Finding) -> str:
    named = f" ({finding.endpoint.name})" if finding.endpoint.name else ""
    signs = "".join(f" Possible break-in: {indicator.id}: {indicator.detail}." for indicator in finding.compromise)
    text = f"{finding.title}: {finding.url}{named}. {finding.detail}{signs} {finding.impact}"
    # "[text](place)" would become a link (SARIF 3.11.6); nothing of ours is one.
    return text.replace("[", "\\[").replace("]", "\\]") if "](" in text else text


def _location(finding: Finding) -> Json:
    anchor = finding.anchor or _COMMAND_LINE
    return {
        "physicalLocation": {
            "artifactLocation": {"uri": _uri(anchor.file)},
            "region": {"startLine": anchor.line, "startColumn": 1, "endLine": anchor.line, "endColumn": 2},
        },
        "logicalLocations": [{"fullyQualifiedName": finding.url, "kind": "resource"}],
    }


def _uri(file: str) -> str:
    if file == "-":
        return "standard-input"
    # `..` may not lead out of the root that a viewer puts before the URI (SARIF 3.4.3, RFC 3986 section 5.2.4).
    plain = os.path.normpath(file)
    quoted = quote(str(Path(plain).resolve()) if plain.startswith("../") else plain)
    return f"file://{quoted}" if quoted.startswith("/") else quoted


def _invocation(report: ScanReport) -> Json:
    return {
        "executionSuccessful": report.run.status is RunStatus.COMPLETE,
        "startTimeUtc": report.run.started,
        "endTimeUtc": report.run.ended,
        "toolExecutionNotifications": [
            {"level": level, "message": {"text": text}, "descriptor": {"id": kind}}
            for kind, level, text in _notes(report)
        ],
    }


def _notes(report: ScanReport) -> Iterator[tuple[str, str, str]]:
    yield "coverage", "note", coverage_sentence(report.coverage)
    gap = missing_part(report)
    if gap:
        yield "incomplete", "error", gap
    yield from (("inconclusive", "warning", told) for told in unheard_sentences(report, _MOST_NOTES))
    if is_blind(report):
        yield "blind", "error", "Nothing answered: this is not a clean result."
    left_out = len(report.findings) - MOST_RESULTS
    if left_out > 0:
        yield "truncated", "warning", f"{counted(left_out, 'finding')} left out, the least severe; all are in the JSON."
    for problem in report.problems[:_MOST_NOTES]:
        yield problem.kind, "warning", f"{problem.where}: {problem.detail}"


FORMAT = Format(name="sarif", about="SARIF 2.1.0 for code scanning", suffixes=(".sarif", ".sarif.json"), write=write)
