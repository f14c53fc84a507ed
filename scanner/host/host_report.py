"""From a judged machine to an ordinary report: alarms and open doors as findings, listeners as endpoints; pure."""

import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from ipaddress import IPv4Address

from scanner.core.endpoint import Endpoint
from scanner.core.facts import Access, Exchange
from scanner.core.finding import Confidence, Cvss, Finding, Indicator, Severity, Status
from scanner.core.jsontext import Json, as_list
from scanner.core.probe import Probe
from scanner.core.problem import Problem, ProblemKind
from scanner.core.report import Coverage, EndpointRow, Run, RunStatus, ScanReport
from scanner.core.text import clean
from scanner.findings import owasp
from scanner.findings.identity import identify_on_machine
from scanner.findings.predicted import access_by, predict
from scanner.host.check import DETAIL_CHARS, Check, Kind, Sign, Weight
from scanner.host.families import container_of
from scanner.host.masking import without_secrets
from scanner.host.reasons import Reason
from scanner.host.snapshot import Process, Snapshot
from scanner.host.weigh import Alarm, Judgement

ENGINE = "host"
_COMMAND_CHARS = 512
_TOLD_CHARS = 2_000
_TWINS = 100
_HERE = IPv4Address("127.0.0.1")
# Code of a stranger's runs here: with the rights of the process, and beyond it where it hides or is root.
_CVSS = Cvss("4.0", "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", 9.3)
_FIRST = (
    "# do not kill it first: that loses /proc/PID/exe; keep the evidence, then cut the network, then kill",
    "exposure host --evidence DIR",
)
_WORDS = {
    Kind.PROCESS: "A process that an intruder probably runs",
    Kind.CONTAINER: "A container that an intruder probably runs",
    Kind.START_UP: "A start-up entry that an intruder probably left",
    Kind.FILE: "A file that an intruder probably changed",
    Kind.ACCOUNT: "An account that an intruder probably made",
    Kind.LISTENER: "A listener that an intruder probably opened",
}


def machine_report(
    snapshot: Snapshot,
    judgement: Judgement,
    reasons: Sequence[Reason],
    run: Run,
    *,
    checks: Sequence[Check],
    probes: Mapping[str, Probe],
) -> ScanReport:
    """Return the report of a machine, before anything was asked (--confirm)."""
    by_id = {check.id: check for check in checks}
    findings: dict[str, Finding] = {}
    for alarm in judgement.alarms:
        found = _alarm_finding(snapshot, alarm, by_id)
        known = findings.get(found.fingerprint)
        findings[found.fingerprint] = found if known is None else _with_twin(known, found, alarm)
    doors = [finding for reason in reasons if (finding := door_finding(snapshot, reason, probes)) is not None]
    problems = tuple(
        Problem(ProblemKind.HOST_PART_UNSEEN, gap.what, f"{gap.why}{f'; {gap.do}' if gap.do else ''}")
        for gap in snapshot.gaps
    )
    count = len(reasons)
    return ScanReport(
        run=replace(run, status=RunStatus.INCOMPLETE if problems else run.status),
        coverage=Coverage(addresses=1, ports=count, endpoints_planned=count, open=count, hosts_alive=1),
        endpoints=tuple(row_of(snapshot, reason) for reason in reasons),
        findings=(*findings.values(), *doors),
        problems=problems,
        host=_host_object(snapshot, judgement),
    )


def once(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return one finding an identity: IPv4 and IPv6 of one port are one door, and an answer beats a prediction."""
    kept: dict[str, Finding] = {}
    for finding in sorted(findings, key=lambda one: one.confidence is Confidence.PREDICTED):
        first = kept.setdefault(finding.fingerprint, finding)
        if first is not finding:
            also: list[Json] = [*as_list(first.evidence.get("also_at")), str(finding.endpoint)]
            kept[finding.fingerprint] = replace(first, evidence={**first.evidence, "also_at": also})
    return tuple(kept.values())


def row_of(snapshot: Snapshot, reason: Reason) -> EndpointRow:
    """Return a listener as an endpoint."""
    return EndpointRow(
        endpoint=endpoint_of(snapshot, reason),
        status=Status.OPEN,
        service=reason.door.service if reason.door else None,
        evidence=evidence_of(reason),
        anchor=reason.anchor,
    )


def endpoint_of(snapshot: Snapshot, reason: Reason) -> Endpoint:
    """Return where a listener is, under the machine's name."""
    return Endpoint(reason.address, reason.port, reason.transport, name=snapshot.machine)


def evidence_of(reason: Reason) -> dict[str, Json]:
    """Return what is known of a listener: who holds it and which line opened it."""
    found: dict[str, Json] = {"listener": reason.owner}
    if reason.process is not None:
        found |= {"pid": reason.process.pid, "process": reason.process.name, "command": shown_command(reason.process)}
    if reason.unit:
        found["unit"] = reason.unit
    if reason.container is not None:
        found |= {"container": reason.container.name, "image": reason.container.image}
        if reason.container.service:
            found |= {"compose_project": reason.container.project, "compose_service": reason.container.service}
    if reason.anchor is not None:
        found["opened_by"] = f"{reason.anchor.file}:{reason.anchor.line}"
    return found


def shown_command(process: Process) -> str:
    """Return a command line as a report may hold it."""
    return without_secrets(process.command[:_COMMAND_CHARS])


def door_finding(snapshot: Snapshot, reason: Reason, probes: Mapping[str, Probe]) -> Finding | None:
    """Return what a configuration that lets strangers in lets expect; None for one that does not, or can't say."""
    door = reason.door
    probe = probes.get(door.service) if door is not None else None
    if door is None or probe is None or not reason.open or not probe.rules:
        return None
    endpoint, rule = endpoint_of(snapshot, reason), probe.rules[0]
    return predict(
        probe,
        rule,
        endpoint,
        identify_on_machine(rule.id, endpoint, snapshot.machine),
        access=access_by(rule),
        detail=f"{endpoint} {reason.owner}: {door.why}.",
        anchor=reason.anchor,
        line=reason.line or "nothing: it is the default",
        remedy=remedy_of(reason),
        evidence=evidence_of(reason),
    )


def remedy_of(reason: Reason) -> tuple[str, ...]:
    """Return the line as it is and the lines as they should be."""
    if reason.door is None or not reason.door.instead:
        return ()
    where = f"{reason.anchor.file}:{reason.anchor.line}" if reason.anchor else "where it is started"
    return (f"# {where}, as it is:", f"# {reason.line}", "# as it should be:", *reason.door.instead)


def _alarm_finding(snapshot: Snapshot, alarm: Alarm, checks: Mapping[str, Check]) -> Finding:
    subject = alarm.subject
    rule, title = _rule(alarm, checks)
    path = f"{subject.kind.value}: {subject.key}"
    endpoint = Endpoint(_HERE, 0, name=snapshot.machine, subject=path)
    used = [checks[_base(sign)] for sign in alarm.signs]
    identity = identify_on_machine(rule, endpoint, snapshot.machine)
    severity = Severity.CRITICAL
    return Finding(
        fingerprint=identity.fingerprint,
        rule=rule,
        title=title,
        service=ENGINE,
        product=None,
        version=None,
        endpoint=endpoint,
        url=f"host://{snapshot.machine}/",
        severity=severity,
        priority=severity,
        access=Access.CONTROL,
        detail=f"{subject.name}: {'; '.join(sign.detail for sign in alarm.signs)}.",
        impact="Somebody else's program may be running on this machine with the rights of its user.",
        proof=tuple(Exchange(f"read {checks[_base(sign)].reads.split(';')[0]}", sign.detail) for sign in alarm.signs),
        evidence=_evidence(snapshot, alarm),
        compromise=tuple(Indicator(sign.check, sign.detail) for sign in alarm.signs if sign.weight > Weight.NOTE),
        owasp=owasp.categories(used[0].cwe, clear_text=False),
        cwe=used[0].cwe,
        attack=tuple(dict.fromkeys(technique for check in used for technique in check.attack)),
        cvss=_CVSS,
        remedy=(*_FIRST, *dict.fromkeys(filled(check.decide, alarm) for check in used)),
        references=(),
    )


def _with_twin(known: Finding, twin: Finding, alarm: Alarm) -> Finding:
    """Return a finding with another subject of the same name: a program that runs several times."""
    both = (*as_list(known.evidence.get("pids")), *as_list(twin.evidence.get("pids")))
    pids: list[Json] = [*sorted(pid for pid in both if isinstance(pid, int))]
    return replace(
        known,
        detail=clean(f"{known.detail} Also {alarm.subject.name}.", _TOLD_CHARS),
        evidence={**known.evidence, **({"pids": pids[:_TWINS]} if pids else {})},
        proof=tuple(dict.fromkeys((*known.proof, *twin.proof)))[:_TWINS],
    )


def _base(sign: Sign) -> str:
    return sign.check.partition("/")[0]


def _rule(alarm: Alarm, checks: Mapping[str, Check]) -> tuple[str, str]:
    """Return the rule of an alarm: of its first strong sign, else one that does not change with the signs."""
    if alarm.strong:
        check = checks[_base(alarm.strong[0])]
        return f"host-{check.id}", check.title
    return f"host-{alarm.subject.kind.value.replace(' ', '-')}-suspicious", _WORDS[alarm.subject.kind]


def filled(command: str, alarm: Alarm) -> str:
    """Return a command for deciding, with the subject put in."""
    paths = [path for sign in alarm.signs for path in sign.paths]
    name = alarm.subject.key.rpartition(" ")[2]
    path = clean(paths[0] if paths else alarm.subject.key, DETAIL_CHARS)
    # Whoever left the file has chosen its name, and a person pastes this into a root shell.
    values = {
        "pid": alarm.subject.number,
        "path": shlex.quote(path),
        "name": shlex.quote(name),
        "file": shlex.quote(alarm.subject.file or path),
    }
    return command.format(**values)


def _evidence(snapshot: Snapshot, alarm: Alarm) -> dict[str, Json]:
    process = snapshot.process(alarm.subject.number) if alarm.subject.number else None
    if process is None:
        return {}
    hashes = snapshot.hashes.get(process.pid)
    found: dict[str, Json] = {
        "pid": process.pid,
        "pids": [process.pid],
        "parent": process.parent,
        "uid": process.uid,
        "executable": process.executable,
        "command": shown_command(process),
    }
    if (container := container_of(snapshot, process)) is not None:
        found |= {"container": container.name, "image": container.image}
    if hashes is not None:
        found |= {"sha256": hashes.sha256, "md5": hashes.md5, "size": hashes.size}
    peers = [
        f"{socket.peer} port {socket.peer_port}"
        for socket in snapshot.sockets
        if socket.peer is not None and socket.inode in process.sockets
    ]
    return found | ({"peers": list(peers[:20])} if peers else {})


def _host_object(snapshot: Snapshot, judgement: Judgement) -> dict[str, Json]:
    notes: list[Json] = [
        {"check": sign.check, "weight": sign.weight.name.lower(), "subject": sign.subject.name, "detail": sign.detail}
        for sign in judgement.notes
    ]
    gaps: list[Json] = [{"what": gap.what, "why": gap.why, "do": gap.do} for gap in snapshot.gaps]
    return {"machine": snapshot.machine, "root": snapshot.root, "notes": notes, "gaps": gaps}
