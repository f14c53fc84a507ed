"""Every rule that held, by OWASP category: what it means, how to close it, and the proof at each place."""

from collections.abc import Callable, Iterator, Sequence
from html import escape

from scanner.core.finding import Finding
from scanner.core.report import ScanReport
from scanner.findings.standards import codes, standards
from scanner.report.page.elements import anchor, code, facts, level
from scanner.report.phrases import Beside, Group, groups, outlived, product_of, state_note


def rule_details(report: ScanReport) -> Iterator[str]:
    """Yield one section a category, one part a rule, one article a finding."""
    beside = Beside.of(report)
    for group in groups(report):
        yield f"<h2>{escape(group.code)} {escape(group.title)}</h2>"
        yield from _group(group, beside)


def _group(group: Group, beside: Beside) -> Iterator[str]:
    for number, findings in enumerate(group.rules()):
        first = findings[0]
        fix = f"fix-{group.code.replace(':', '-')}-{number}"
        yield f'<section class="rule"><h3>{escape(first.title)} {code(first.rule)}</h3>'
        yield f"<p>{escape(first.impact)}</p>"
        remedies = list(dict.fromkeys(line for finding in findings for line in finding.remedy))
        if remedies:
            text = escape("\n".join(remedies))
            yield f'<h4>How to close it</h4><pre id="{escape(fix)}" tabindex="0">{text}</pre>'
            yield f'<button class="copy" type="button" data-of="{escape(fix)}">Copy</button>'
        shared = [name for name, value in _CLASSED.items() if len(set(map(value, findings))) == 1]
        yield facts((name, _CLASSED[name](first)) for name in shared)
        for finding in findings:
            yield from _finding(finding, beside, [name for name in _CLASSED if name not in shared])
        if first.references:
            yield f"<h4>References</h4><ul>{''.join(map(_reference, first.references))}</ul>"
        yield "</section>"


def _classes(finding: Finding) -> str:
    return escape(", ".join((*(f"CWE-{number}" for number in finding.cwe), *finding.attack)))


def _scored(finding: Finding) -> str:
    return f"{finding.cvss.score} {code(finding.cvss.vector)}"


def _standards(finding: Finding) -> str:
    held = codes(finding)
    return escape("; ".join(f"{one.name}: {', '.join(held[one.id])}" for one in standards() if held[one.id]))


_CLASSED: dict[str, Callable[[Finding], str]] = {"CVSS": _scored, "Classes": _classes, "Standards": _standards}
"""What is the same at most places of a rule, and then told once."""


def _finding(finding: Finding, beside: Beside, own: Sequence[str]) -> Iterator[str]:
    yield f'<article class="finding" id="{anchor(finding)}"><h4>{level(finding)} {code(finding.url)}'
    yield f"{f' {escape(finding.endpoint.name)}' if finding.endpoint.name else ''}</h4>"
    yield f"<p>{escape(finding.detail)}</p>"
    yield "".join(
        f'<p class="alarm">Possible break-in: {code(indicator.id)} {escape(indicator.detail)}</p>'
        for indicator in finding.compromise
    )
    steps = "<br>".join(f"{code(step.sent)} &rarr; {code(step.received)}" for step in finding.proof)
    yield facts(
        (
            ("Service", escape(product_of(finding))),
            ("Known as", escape(beside.called(finding))),
            ("Known since", escape(beside.since(finding).removeprefix("first seen "))),
            ("End of life", escape(outlived(finding))),
            ("Proof", steps),
            *((name, _CLASSED[name](finding)) for name in own),
            ("Priority", escape("; ".join((finding.priority.word, *finding.priority_reasons)))),
            ("Reached from", escape(", ".join(finding.reached_from))),
            ("State", escape(state_note(finding))),
            ("Owner", escape(finding.owner or "")),
            ("Fingerprint", code(finding.fingerprint)),
        )
    )
    yield "</article>"


def _reference(text: str) -> str:
    # Only a link that a rule wrote: nothing that came from the network ever gets here, and only https is followed.
    if text.startswith("https://"):
        return f'<li><a href="{escape(text)}" rel="noreferrer noopener">{escape(text)}</a></li>'
    return f"<li>{escape(text)}</li>"
