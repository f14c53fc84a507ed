"""The accuracy table: service x case, from what the marked tests of a run did."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

CASES = ("open", "protected", "look-alike", "moods", "around")


@dataclass(frozen=True)
class Outcome:
    """What one marked test did."""

    service: str
    case: str
    standin: bool
    result: str
    """passed, failed or skipped."""


def cells(outcomes: Iterable[Outcome]) -> dict[str, dict[str, str]]:
    """Return service -> case -> cell: FAIL beats pass, a real server beats a stand-in, both beat `not run`."""
    grouped: dict[tuple[str, str], list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        grouped[outcome.service, outcome.case].append(outcome)
    table: dict[str, dict[str, str]] = defaultdict(dict)
    for (service, case), group in sorted(grouped.items()):
        table[service][case] = _cell(group)
    return dict(table)


def _cell(group: list[Outcome]) -> str:
    if group[0].case == "moods":
        return _count(group)
    results = {outcome.result for outcome in group}
    if "failed" in results:
        return "FAIL"
    passed = [outcome for outcome in group if outcome.result == "passed"]
    if not passed:
        return "not run"
    return "stand-in" if all(outcome.standin for outcome in passed) else "pass"


def _count(moods: list[Outcome]) -> str:
    """Return how many of the states that a service's file lists were played, and how many verdicts were wrong."""
    played = [mood for mood in moods if mood.result != "skipped"]
    wrong = sum(mood.result == "failed" for mood in played)
    if wrong:
        return f"FAIL ({wrong} of {len(played)})"
    return f"{len(played)} of {len(moods)}" if played else "not run"


def text(table: dict[str, dict[str, str]]) -> list[str]:
    """Return the table as lines for a terminal."""
    width = max(map(len, table), default=7)
    rows = [f"{'service':<{width}}  " + "  ".join(f"{case:<10}" for case in CASES)]
    rows += [
        f"{service:<{width}}  " + "  ".join(f"{row.get(case, '-'):<10}" for case in CASES)
        for service, row in sorted(table.items())
    ]
    return [row.rstrip() for row in [*rows, summary(table)]]


def merged(written: str, cells: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
    """Return the cells of a run, and of a page that was written before those that the run left out.

    So the page can be written in pieces; a stand-in alone says nothing of a verdict on a real server.
    """
    table = {service: dict(row) for service, row in cells.items()}
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in written.splitlines() if line[:1] == "|"]
    head = rows[0] if rows else []
    for name, *row in rows[2:]:
        kept = {case: cell for case, cell in zip(head[1:], row, strict=False) if cell != "-"}
        ran = table.get(name, {})
        real = {case for case, cell in kept.items() if (cell, ran.get(case)) == ("pass", "stand-in")}
        table[name] = kept | {case: cell for case, cell in ran.items() if case not in real}
    return table


def summary(table: dict[str, dict[str, str]]) -> str:
    """Return one sentence with the counts."""
    real = sum("pass" in (row.get("open"), row.get("protected")) for row in table.values())
    standin = sum("stand-in" in (row.get("open"), row.get("protected")) for row in table.values()) - sum(
        {"pass", "stand-in"} <= {row.get("open"), row.get("protected")} for row in table.values()
    )
    failed = sum(cell.startswith("FAIL") for row in table.values() for cell in row.values())
    return f"{len(table)} services: {real} on real servers, {standin} on stand-ins only, {failed} failures"


def markdown(table: dict[str, dict[str, str]]) -> str:
    """Return docs/accuracy.md."""
    lines = [
        "# Accuracy",
        "",
        "Written by `make fleet` from its own run; do not edit. A run of some cases leaves the others as they are.",
        "",
        "`pass`: the verdict on a real server was right. `stand-in`: the verdict was right on a stand-in that was",
        "written from the vendor's protocol documentation, because no package of the server could be had. `not run`:",
        "the server's package was missing on the machine that wrote this page. `-`: there is no such case.",
        "",
        summary(table) + ".",
        "",
        "`around`: the same verdict on another port and inside TLS, and for HTTP below a path and by a name; what",
        "differs for a reason of the server's own stands with it in the marker of its test (`unlike`).",
        "",
        "`moods`: how many of the states that the service's file lists (starting, full, a replica, older, newer, a",
        "fork) were played, all with the right verdict at home and, but for debuggers, on a port of nobody.",
        "",
        "| service | " + " | ".join(CASES) + " |",
        "| --- |" + " --- |" * len(CASES),
    ]
    lines += [f"| {name} | " + " | ".join(row.get(c, "-") for c in CASES) + " |" for name, row in sorted(table.items())]
    return "\n".join(lines) + "\n"
