"""Predictions as ordinary findings: the same rules, remedies and formats, anchored to file and line; pure."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import date
from ipaddress import ip_address

from scanner.core.endpoint import Endpoint
from scanner.core.facts import Access
from scanner.core.finding import Finding, Status
from scanner.core.guard import Guard
from scanner.core.jsontext import Json
from scanner.core.problem import Problem, ProblemKind
from scanner.core.report import Coverage, EndpointRow, Run, RunStatus, ScanReport
from scanner.core.rule import Rule
from scanner.findings.identity import Identity
from scanner.findings.judge import finding_order
from scanner.findings.predicted import predict
from scanner.lint.find import Found
from scanner.lint.ignores import apply_ignores
from scanner.lint.knowledge import rule_of
from scanner.lint.prediction import LintReach, Prediction
from scanner.report.verdict import LINT

_DOCKER = "Docker's own address translation comes before ufw and the input chain, so a host firewall does not close it."


def report_of(found: Found, options: dict[str, Json], now: str) -> ScanReport:
    """Return what files say as a report; `now` is the time in ISO 8601, UTC, ending in Z."""
    predicted = {finding.fingerprint: finding for one in found.predictions if (finding := _finding(one)) is not None}
    findings = tuple(sorted(predicted.values(), key=finding_order))
    findings, wrong = apply_ignores(findings, found.ignores, date.fromisoformat(now[:10]))
    problems = (*found.problems, *map(_unknown, _of(found, Guard.UNKNOWN)), *wrong)
    gap = any(problem.kind.leaves_gap for problem in problems)
    rows = tuple(map(_row, found.predictions))
    return ScanReport(
        run=Run(
            id=secrets.token_hex(8),
            status=RunStatus.INCOMPLETE if gap else RunStatus.COMPLETE,
            started=now,
            ended=now,
            engine=LINT,
            seed=0,
            options={**options, "files": found.files, "doors": len(found.predictions)},
        ),
        coverage=Coverage(addresses=0, ports=0, endpoints_planned=0),
        endpoints=rows,
        findings=findings,
        problems=tuple(dict.fromkeys(problems)),
    )


def _of(found: Found, guard: Guard) -> Sequence[Prediction]:
    return [one for one in found.predictions if one.guard is guard]


def _unknown(one: Prediction) -> Problem:
    where = f"{one.anchor.file}:{one.anchor.line}"
    return Problem(ProblemKind.LINT_UNKNOWN, where, f"{one.name}: {one.service} on {_door(one)}: {one.why}")


def _finding(one: Prediction) -> Finding | None:
    known = rule_of(one.service, one.rule)
    if one.guard is not Guard.OPEN or known is None:
        return None
    probe, rule = known
    return predict(
        probe,
        rule,
        _endpoint(one),
        Identity(_fingerprint(one, rule)),
        access=one.access,
        detail=_sentence(one),
        anchor=one.anchor,
        remedy=one.anchor.remedy(one.instead),
        reason="predicted from a file: nothing was sent",
        evidence={"reach": one.reach.value, "door": _door(one)},
        sources=one.sources,
    )


def _sentence(one: Prediction) -> str:
    place = f"{one.anchor.file}:{one.anchor.line}"
    text = f"{place}: {one.name} opens {_door(one)} to {one.reach.value}, and strangers get an answer: {one.why}."
    return f"{text} {_DOCKER}" if one.reach is LintReach.WILDCARD else text


def _fingerprint(one: Prediction, rule: Rule) -> str:
    """The file, what it calls the door, and the port: a line that moves opens no new finding."""
    parts = ("v1", rule.id, f"{one.anchor.file}#{one.name}", one.transport.value, str(one.port), "")
    return hashlib.sha256("|".join(parts).encode()).hexdigest()


def _endpoint(one: Prediction) -> Endpoint:
    try:
        address = ip_address(one.address)
    except ValueError:
        address = ip_address("0.0.0.0")
    return Endpoint(address, one.port, one.transport, name=one.name)


def _door(one: Prediction) -> str:
    return (
        f"{one.address}:{one.port}/{one.transport.value}" if ":" not in one.address else f"[{one.address}]:{one.port}"
    )


def _row(one: Prediction) -> EndpointRow:
    return EndpointRow(
        endpoint=_endpoint(one),
        status=Status.IDENTIFIED,
        service=one.service,
        access=Access.UNKNOWN,
        note=f"predicted {one.guard.value}: {one.why}",
        anchor=one.anchor,
    )
