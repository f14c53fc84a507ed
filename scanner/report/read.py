"""Reads a JSON report back into the values that it was written from.

A report file may come from another machine, another version or an enemy: every field is checked, every text cleaned,
and what does not fit ends in one line naming file and field. Unknown fields are passed over, since version 1 may grow.
"""

import json
from pathlib import Path

from scanner.core.endpoint import Endpoint
from scanner.core.errors import Malformed, UsageError
from scanner.core.facts import Access, Exchange
from scanner.core.finding import Anchor, Confidence, Cvss, Finding, FindingState, Indicator, Owasp, Severity, Status
from scanner.core.hostname import host_name
from scanner.core.jsontext import Json, parse_json
from scanner.core.ports import LAST_PORT, Transport
from scanner.core.problem import Problem, ProblemKind
from scanner.core.report import Coverage, EndpointRow, Run, RunStatus, ScanReport
from scanner.core.talk import TlsFacts
from scanner.core.unheard import Unheard
from scanner.report.clean_report import clean_report
from scanner.report.document import SCHEMA
from scanner.report.field import Field

LIMIT_BYTES = 256 << 20
"""Longest report that is read, in bytes."""
_FINGERPRINT_DIGITS = 64


def read_report(path: Path) -> ScanReport:
    """Return the report in a JSON file; raises UsageError naming the file, and the field that is wrong."""
    return parse_report(_bytes(path), path)


def parse_report(data: bytes, path: Path) -> ScanReport:
    """Return the report in a JSON text; `path` is named in errors."""
    root = Field(_json(data, path), "", path)
    schema = root["schema"].text(missing="")
    if schema != SCHEMA:
        raise UsageError(
            f"this is not a report of schema {SCHEMA}; write one with: exposure scan -o report.json", file=path
        )
    return clean_report(
        ScanReport(
            run=_run(root["run"]),
            coverage=_coverage(root["coverage"]),
            endpoints=tuple(map(_row, root["endpoints"])),
            findings=tuple(map(_finding, root["findings"])),
            problems=tuple(map(_problem, root["problems"])),
            edition=_edition(root["edition"]),
            host=root["host"].tree() if root["host"].given else None,
        )
    )


def read_row(data: bytes, path: Path) -> EndpointRow:
    """Return one member of `endpoints` from its JSON text; `path` is named in errors."""
    return _row(Field(_json(data, path), "", path))


def read_finding(data: bytes, path: Path) -> Finding:
    """Return one member of `findings` from its JSON text; `path` is named in errors."""
    return _finding(Field(_json(data, path), "", path))


def _bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(LIMIT_BYTES + 1)
    except OSError as error:
        raise UsageError(f"the report can't be read: {error.strerror}; check the path", file=path) from error
    if len(data) > LIMIT_BYTES:
        raise UsageError(f"the report is longer than {LIMIT_BYTES >> 20} MiB", file=path)
    return data


def _json(data: bytes, path: Path) -> Json:
    try:
        return parse_json(data, LIMIT_BYTES)
    except Malformed as error:
        cause = error.__cause__
        if isinstance(cause, json.JSONDecodeError):
            told = f"not JSON: {cause.msg}; write a report with: exposure scan -o report.json"
            raise UsageError(told, file=path, line=cause.lineno) from error
        raise UsageError("is no JSON report; name a file that `-o report.json` wrote", file=path) from error


def _run(run: Field) -> Run:
    return Run(
        id=run["id"].text(),
        status=run["status"].word(RunStatus),
        started=run["started"].text(),
        ended=run["ended"].text(),
        engine=run["engine"].text(),
        seed=run["seed"].whole(),
        options=run["options"].tree(),
        shard=run["shard"].text(missing="1/1"),
        scope_sha256=run["scope_sha256"].text(missing=""),
        endpoints_total=run["endpoints_total"].whole(missing=0),
        vantage=run["vantage"].text_or_none(),
        machine=run["machine"].text_or_none(),
    )


def _coverage(coverage: Field) -> Coverage:
    return Coverage(
        asked=coverage["asked"].whole(missing=0),
        answered=coverage["answered"].whole(missing=0),
        inconclusive=coverage["inconclusive"].whole(missing=0),
        addresses=coverage["addresses"].whole(),
        ports=coverage["ports"].whole(),
        endpoints_planned=coverage["endpoints_planned"].whole(),
        open=coverage["open"].whole(),
        closed=coverage["closed"].whole(),
        filtered=coverage["filtered"].whole(),
        unreachable=coverage["unreachable"].whole(),
        unscanned=coverage["unscanned"].whole(),
        unscanned_list=coverage["unscanned_list"].texts(),
        closed_list=coverage["closed_list"].texts(),
        hosts_alive=coverage["hosts_alive"].whole(missing=0),
        estimated_loss=coverage["estimated_loss"].number(1.0),
    )


def _endpoint(row: Field) -> Endpoint:
    return Endpoint(
        address=row["address"].address(),
        port=row["port"].whole(0, LAST_PORT),
        transport=row["transport"].word(Transport),
        name=row["name"].text_or_none(),
        host=row["host"].text_or_none(),
        base_path=row["base_path"].text(missing=""),
        subject=row["subject"].text(missing=""),
    )


def _row(row: Field) -> EndpointRow:
    return EndpointRow(
        endpoint=_endpoint(row),
        status=row["status"].word(Status),
        reached_from=row["reached_from"].texts(),
        service=row["service"].text_or_none(),
        product=row["product"].text_or_none(),
        version=row["version"].text_or_none(),
        access=_access(row["access"]),
        tls=_tls(row["certificate"], row["tls"]),
        reason=row["reason"].word(Unheard) if row["reason"].given else None,
        decoy=row["suspect"].text_or_none(),
        note=row["note"].text_or_none(),
        evidence=row["evidence"].tree(),
        anchor=_anchor(row["anchor"]),
        reverse_dns=_reverse_dns(row["labels"]),
    )


def _reverse_dns(labels: Field) -> str | None:
    name = labels["reverse_dns"].text_or_none() if labels.given else None
    return host_name(name) if name else None


def _finding(finding: Field) -> Finding:
    return Finding(
        fingerprint=_fingerprint(finding["fingerprint"]),
        # Reports that were written before findings had aliases have none.
        aliases=tuple(_fingerprint(one) for one in finding["aliases"]),
        rule=finding["rule"].text(),
        title=finding["title"].text(),
        service=finding["service"].text(),
        product=finding["product"].text_or_none(),
        version=finding["version"].text_or_none(),
        endpoint=_endpoint(finding),
        url=finding["url"].text(),
        severity=_severity(finding["severity"]),
        priority=_severity(finding["priority"]),
        priority_reasons=finding["priority_reasons"].texts(),
        confidence=finding["confidence"].word(Confidence),
        state=finding["state"].word(FindingState),
        accepted_reason=finding["accepted_reason"].text_or_none(),
        access=_access(finding["access"]),
        detail=finding["detail"].text(missing=""),
        impact=finding["impact"].text(),
        proof=tuple(Exchange(step["sent"].text(), step["received"].text()) for step in finding["proof"]),
        evidence=finding["evidence"].tree(),
        compromise=tuple(Indicator(one["indicator"].text(), one["detail"].text()) for one in finding["compromise"]),
        owasp=_owasp(finding["owasp"]),
        cwe=tuple(number.whole() for number in finding["cwe"]),
        attack=finding["attack"].texts(),
        cvss=_cvss(finding["cvss"]),
        remedy=finding["remedy"].texts(),
        references=finding["references"].texts(),
        anchor=_anchor(finding["anchor"]),
        owner=finding["owner"].text_or_none(),
        reached_from=finding["reached_from"].texts(),
        tags={key: str(value) for key, value in finding["tags"].tree().items()},
        first_seen=finding["first_seen"].text_or_none(),
    )


def _fingerprint(value: Field) -> str:
    text = value.text()
    if len(text) != _FINGERPRINT_DIGITS or not set(text) <= set("0123456789abcdef"):
        value.fail("a SHA-256 in 64 hexadecimal digits")
    return text


def _severity(value: Field) -> Severity:
    return value.choice({severity.word: severity for severity in Severity})


def _access(value: Field) -> Access:
    return value.choice({access.word: access for access in Access})


def _owasp(value: Field) -> Owasp:
    return Owasp(y2017=value["2017"].texts(), y2021=value["2021"].texts(), y2025=value["2025"].texts())


def _cvss(value: Field) -> Cvss:
    return Cvss(value["version"].text(), value["vector"].text(), value["score"].number(10.0))


def _tls(certificate: Field, flag: Field) -> TlsFacts | None:
    if not certificate.given:
        return TlsFacts(version="") if flag.truth() else None
    return TlsFacts(
        version=certificate["protocol"].text(),
        subject=certificate["subject"].text(missing=""),
        issuer=certificate["issuer"].text(missing=""),
        names=certificate["names"].texts(),
        not_before=certificate["not_before"].text(missing=""),
        not_after=certificate["not_after"].text(missing=""),
        self_signed=certificate["self_signed"].truth(),
        sha256=certificate["sha256"].text(missing=""),
    )


def _anchor(value: Field) -> Anchor | None:
    return Anchor(file=value["file"].text(), line=value["line"].whole(1)) if value.given else None


def _problem(problem: Field) -> Problem:
    word, detail = problem["kind"].text(), problem["detail"].text()
    if word in set(ProblemKind):
        return Problem(ProblemKind(word), problem["where"].text(), detail)
    return Problem(ProblemKind.OTHER, problem["where"].text(), f"{word}: {detail}")


def _edition(value: Field) -> int:
    edition = value.whole(missing=2025)
    if edition not in {2017, 2021, 2025}:
        value.fail("2017, 2021 or 2025")
    return edition
