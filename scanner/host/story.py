"""What `exposure host` tells a person: what is wrong, why we think so, how to decide, what to do first and then."""

from collections.abc import Iterator, Mapping, Sequence
from textwrap import wrap

from scanner.core.finding import Confidence, Finding, FindingState
from scanner.core.jsontext import Json, as_list, as_object, as_text
from scanner.core.report import ScanReport
from scanner.core.text import clean
from scanner.host.host_report import ENGINE
from scanner.host.reasons import Reason

_LAST = (
    "A rootkit in the kernel lies to every reader on this machine: where in doubt, look at its disk from another one."
)
_LISTED = 40
_PIDS = 8
_NOTED = 20
_OWNER_CHARS = 1_000


def story(report: ScanReport, reasons: Sequence[Reason], *, width: int = 100, verbose: bool = False) -> str:
    """Return the story of one report."""
    alarms = [finding for finding in report.findings if finding.service == ENGINE]
    doors = [finding for finding in report.findings if finding.service != ENGINE]
    about = as_object(dict(report.host or {}))
    lines = [_head(as_text(about.get("machine")) or "this machine", alarms, doors), ""]
    for number, finding in enumerate(alarms, start=1):
        lines += [*_alarm(number, finding, width), ""]
    for number, finding in enumerate(doors, start=len(alarms) + 1):
        lines += [*_door(number, finding, width), ""]
    if alarms:
        lines += [*_what_to_do(doors), ""]
    lines += [*_listeners(reasons, _owners(report), width, asked=report.run.options.get("confirm") is True), ""]
    lines += _notes(as_list(about.get("notes")), width, verbose=verbose, beside=bool(alarms))
    lines += _unseen(report, width)
    return "\n".join([*lines, *wrap(_LAST, width)])


def _head(machine: str, alarms: Sequence[Finding], doors: Sequence[Finding]) -> str:
    if not alarms and not doors:
        return f"{machine}: no sign of a break-in, and no door that is known to stand open."
    counts = [(len(alarms), "sign of a break-in", "signs of a break-in"), (len(doors), "open door", "open doors")]
    return f"{machine}: {' and '.join(f'{n} {one if n == 1 else many}' for n, one, many in counts if n)}."


def _alarm(number: int, finding: Finding, width: int) -> Iterator[str]:
    yield f"{number}. {finding.title}{_state(finding)} [{finding.rule}]"
    yield from _part("what", f"{finding.endpoint.subject}{_pids(finding)}{_inside(finding)}", width)
    for step in finding.proof:
        if not step.received.startswith("SHA-256"):
            yield from _part("why", step.received, width)
    for key in ("sha256", "md5"):
        if isinstance(value := finding.evidence.get(key), str):
            yield from _part(key, value, width)
    yield from _part("talks to", ", ".join(map(str, as_list(finding.evidence.get("peers")))), width)
    for command in finding.remedy:
        if not command.startswith(("#", "exposure ")):
            yield from _part("decide", command, width)
    yield from _part("id", finding.fingerprint[:16], width)


def _pids(finding: Finding) -> str:
    pids = [str(pid) for pid in as_list(finding.evidence.get("pids"))]
    if not pids:
        return ""
    more = f" and {len(pids) - _PIDS} more" if len(pids) > _PIDS else ""
    return f", process id{'s' if len(pids) > 1 else ''} {', '.join(pids[:_PIDS])}{more}"


def _inside(finding: Finding) -> str:
    name = as_text(finding.evidence.get("container")) if finding.endpoint.subject.startswith("process") else None
    return f", in the container {name}" if name else ""


def _door(number: int, finding: Finding, width: int) -> Iterator[str]:
    predicted = finding.confidence is Confidence.PREDICTED
    sure = "its configuration says so, `--confirm` asks it" if predicted else "it was asked"
    yield f"{number}. {finding.severity.word}: {finding.title}{_state(finding)} [{finding.rule}]"
    yield from _part("what", finding.detail, width)
    yield from _part("why", f"{sure}: {'; '.join(f'{step.sent}: {step.received}' for step in finding.proof)}", width)
    yield from _part("also at", ", ".join(map(str, as_list(finding.evidence.get("also_at")))), width)
    yield from _part("risk", finding.impact, width)
    for indicator in finding.compromise:
        yield from _part("trace", f"{indicator.id}: {indicator.detail}", width)
    for line in finding.remedy[:9]:
        yield from _part("close", line, width)
    yield from _part("id", finding.fingerprint[:16], width)


def _state(finding: Finding) -> str:
    return "" if finding.state is FindingState.NEW else f" ({finding.state.value})"


def _part(name: str, text: str, width: int) -> Iterator[str]:
    for place, line in enumerate(wrap(text, max(40, width - 12), break_on_hyphens=False)):
        yield f"   {name if place == 0 else '':<8} {line}"


def _what_to_do(doors: Sequence[Finding]) -> Iterator[str]:
    yield "What to do"
    yield "   first    keep the evidence: exposure host --evidence DIR (a kill loses /proc/PID/exe)"
    yield "   then     cut the machine from the network; keep its power on"
    yield "   then     close the door that let it in" + (", above" if doors else ": exposure host --confirm")
    yield "   then     kill the processes, remove the start-up entries, change every secret that was on this machine"
    yield "   last     set the machine up anew: what was changed as root can't be proven clean"


def _owners(report: ScanReport) -> dict[tuple[str, int, str], str]:
    """Return who listens where, with the line that the service itself named when it was asked."""
    found = ((row.endpoint, row.evidence.get("listener")) for row in report.endpoints)
    return {(str(at.address), at.port, at.transport.value): text for at, text in found if isinstance(text, str)}


def _listeners(
    reasons: Sequence[Reason], owners: Mapping[tuple[str, int, str], str], width: int, *, asked: bool
) -> Iterator[str]:
    outside = [reason for reason in reasons if reason.outside]
    inside = len(reasons) - len(outside)
    head = "Who listens, reached from outside" if outside else "Nobody listens to the outside"
    yield f"{head} ({inside} on loopback only)"
    for reason in outside[:_LISTED]:
        place = f"[{reason.address}]" if reason.address.version == 6 else str(reason.address)
        where = f"{place}:{reason.port}/{reason.transport.value}"
        what = f": {reason.door.guard.value}, {reason.door.why}" if reason.door else ""
        owner = owners.get((str(reason.address), reason.port, reason.transport.value), reason.owner)
        told = clean(f"{owner}{what}", _OWNER_CHARS)
        for number, line in enumerate(wrap(told, max(40, width - 28), break_on_hyphens=False)):
            yield f"   {where if number == 0 else '':<24} {line}"
    if len(outside) > _LISTED:
        yield f"   and {len(outside) - _LISTED} more: -f json lists all"
    if outside and not asked:
        yield "   None of them was asked: exposure host --confirm asks what a stranger could, on this machine alone."


def _notes(notes: Sequence[Json], width: int, *, verbose: bool, beside: bool) -> list[str]:
    """Return the weak signs: all of them on request, those that are no mere notes beside an alarm."""
    weak = [note for note in notes if as_object(note).get("weight") == "weak"]
    shown = notes if verbose else weak if beside else []
    if not shown:
        counts = f"{len(weak)} weak, {len(notes) - len(weak)} mere notes"
        return [f"Signs that are no alarm by themselves: {counts}; -v shows them.", ""] if notes else []
    lines = ["Beside that, no alarm by itself" if beside else "Weak signs, no alarm by themselves"]
    for note in shown if verbose else shown[:_NOTED]:
        about = note if isinstance(note, dict) else {}
        told = f"   {about.get('subject')}: {about.get('detail')} [{about.get('check')}]"
        lines += wrap(told, width, subsequent_indent="      ")
    if len(shown) > _NOTED and not verbose:
        lines.append(f"   and {len(shown) - _NOTED} more: -v shows all")
    return [*lines, ""]


def _unseen(report: ScanReport, width: int) -> list[str]:
    if not report.problems:
        return []
    lines = ["Not seen, so not clean"]
    for problem in report.problems:
        lines += wrap(f"   {problem.where}: {problem.detail}", width, subsequent_indent="      ")
    return [*lines, ""]
