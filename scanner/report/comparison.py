"""What changed between two reports, for people and for programs."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TextIO

from scanner.core.count import counted
from scanner.core.jsontext import Json
from scanner.findings.change import Change, Fate
from scanner.report.document import finding_object
from scanner.report.grid import wrapped

SCHEMA = "exposure-scanner/diff/v1"
_TITLES = {
    Fate.NEW: "New",
    Fate.GONE: "Gone",
    Fate.UNKNOWN: "Unknown: not proven closed",
    Fate.UNCHANGED: "Unchanged",
}


def write_text(changes: Sequence[Change], out: TextIO, width: int) -> None:
    """Write what changed, the new findings first; unchanged ones are only counted."""
    out.writelines(f"{line}\n" for line in _lines(changes, width))


def write_json(changes: Sequence[Change], out: TextIO) -> None:
    """Write every finding of both reports with its fate, as one JSON object."""
    counts = Counter(change.fate for change in changes)
    document: dict[str, Json] = {
        "schema": SCHEMA,
        "summary": {fate.value: counts[fate] for fate in Fate},
        "changes": [
            {"fate": change.fate.value, "why": change.why, "finding": finding_object(change.finding)}
            for change in changes
        ],
    }
    json.dump(document, out, indent=2, allow_nan=False)
    out.write("\n")


def _lines(changes: Sequence[Change], width: int) -> Iterator[str]:
    for fate in (Fate.NEW, Fate.GONE, Fate.UNKNOWN):
        chosen = [change for change in changes if change.fate is fate]
        if not chosen:
            continue
        yield f"{_TITLES[fate]}: {len(chosen):,}"
        for change in chosen:
            yield from _change(change, width)
        yield ""
    counts = Counter(change.fate for change in changes)
    if not changes:
        yield "No finding in either report."
        return
    yield f"{counted(len(changes), 'finding')}: " + ", ".join(f"{counts[fate]:,} {fate.value}" for fate in Fate)


def _change(change: Change, width: int) -> Iterator[str]:
    finding = change.finding
    name = f" ({finding.endpoint.name})" if finding.endpoint.name else ""
    state = "" if finding.state == "new" else f" [{finding.state.value}]"
    head = f"  {finding.severity.word:8}  {finding.endpoint}{name}  {finding.title}{state}"
    yield from wrapped(head, width, hang=12)
    if change.why:
        yield from wrapped(change.why, width, head=" " * 12, hang=12)
    yield f"{' ' * 12}id {finding.fingerprint}"
