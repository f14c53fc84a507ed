"""Asks this machine's own listeners what the catalogue asks from outside, and joins the answers with their reasons.

Every packet stays on this machine: the kernel delivers what is sent to one's own addresses over loopback. A listener on
every interface is asked on an address of the network where there is one, so that a service which treats its own
machine better (protected mode, pg_hba.conf) answers as it would to a stranger.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from ipaddress import IPv4Address, IPv6Address

from scanner.core.address import Address, to_number
from scanner.core.endpoint import Endpoint
from scanner.core.finding import Finding, Status
from scanner.core.intervals import Intervals
from scanner.core.jsontext import as_text
from scanner.core.observation import Observation
from scanner.core.plan import ScanPlan
from scanner.core.problem import Problem, ProblemKind
from scanner.core.report import EndpointRow, ScanReport
from scanner.core.scope import Scope
from scanner.core.space import Space
from scanner.findings import priority
from scanner.findings.identity import identify_on_machine
from scanner.findings.judge import judge_one
from scanner.host.host_report import endpoint_of, evidence_of, remedy_of
from scanner.host.reading.configurations import read_file_doors
from scanner.host.reading.files import Files
from scanner.host.reasons import Reason
from scanner.host.snapshot import Snapshot
from scanner.probes.registry import Registry
from scanner.probes.runner import Runner

_AT_ONCE = 32


def confirm(
    report: ScanReport,
    snapshot: Snapshot,
    reasons: Sequence[Reason],
    *,
    registry: Registry,
    own: Sequence[Address],
    files: Files,
) -> ScanReport:
    """Return the report with what the listeners that others reach answered; `own` are this machine's addresses."""
    outside = [reason for reason in reasons if reason.outside]
    asked = [(reason, Endpoint(_ask_at(reason.address, own), reason.port, reason.transport)) for reason in outside]
    numbers = Intervals((to_number(endpoint.address),) * 2 for _, endpoint in asked)
    plan = ScanPlan(targets=(), scope=Scope(numbers), space=Space(()), seed=0)
    seen = asyncio.run(_ask([endpoint for _, endpoint in asked], Runner(registry.probes, plan.scope)))
    for (reason, _), observation in zip(asked, seen, strict=True):
        row, found = judge_one(observation, plan)
        report = _joined(report, snapshot, _better(reason, row, files), row, found)
    return report


async def _ask(endpoints: Sequence[Endpoint], runner: Runner) -> list[Observation]:
    gate = asyncio.Semaphore(_AT_ONCE)

    async def one(endpoint: Endpoint) -> Observation:
        async with gate:
            return await runner.observe(endpoint)

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one(endpoint)) for endpoint in endpoints]
    return [task.result() for task in tasks]


def _ask_at(address: Address, own: Sequence[Address]) -> Address:
    if not address.is_unspecified:
        return address
    near = [one for one in own if one.version == address.version and not one.is_loopback and not one.is_link_local]
    return near[0] if near else (IPv4Address("127.0.0.1") if address.version == 4 else IPv6Address("::1"))


def _better(reason: Reason, row: EndpointRow, files: Files) -> Reason:
    """Return the reason with the file that the service itself named: Redis rewrites its arguments."""
    named = as_text(row.evidence.get("config_file"))
    if reason.anchor is not None or named is None:
        return reason
    doors = [door for door in read_file_doors(files, row.service or "", named) if door.port == reason.port]
    opened = next((door.opened_by for door in doors if door.opened_by), None)
    if not doors:
        return reason
    anchor, line = (opened.anchor, opened.text) if opened else (None, "")
    return replace(reason, door=doors[0], anchor=anchor, line=line)


def _joined(
    report: ScanReport, snapshot: Snapshot, reason: Reason, row: EndpointRow, found: Sequence[Finding]
) -> ScanReport:
    """Return the report with one answer in the place of what was predicted of the same listener."""
    place = endpoint_of(snapshot, reason)
    same = [finding for finding in report.findings if finding.endpoint == place and finding.anchor == reason.anchor]
    answered = row.status in {Status.EXPOSED, Status.PROTECTED}
    findings = [finding for finding in report.findings if finding not in same or not answered]
    findings += [_own(snapshot, finding, reason) for finding in found]
    problems = list(report.problems)
    if same and row.status is Status.PROTECTED:
        told = f"{reason.owner} was predicted open, and refused"
        problems.append(Problem(ProblemKind.PREDICTION_WITHDRAWN, str(place), told))
    mine = replace(row, endpoint=place, evidence={**row.evidence, **evidence_of(reason)}, anchor=reason.anchor)
    rows = tuple(mine if other.endpoint == place else other for other in report.endpoints)
    return replace(report, findings=tuple(findings), endpoints=rows, problems=tuple(problems))


def _own(snapshot: Snapshot, finding: Finding, reason: Reason) -> Finding:
    """Return a finding under the machine's name and the listener's address, with the line that opened it."""
    place = endpoint_of(snapshot, reason)
    urgency = priority.prioritise(finding.severity, place.address, finding.compromise)
    return replace(
        finding,
        fingerprint=identify_on_machine(finding.rule, place, snapshot.machine).fingerprint,
        aliases=(),
        endpoint=place,
        priority=urgency.severity,
        priority_reasons=urgency.reasons,
        detail=f"{place} {reason.owner}: exposed. {finding.detail}",
        evidence={**finding.evidence, **evidence_of(reason)},
        anchor=reason.anchor,
        remedy=(*remedy_of(reason), *finding.remedy),
    )
