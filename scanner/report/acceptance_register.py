"""The accept file as a register for auditors: what was accepted, why, by whom and until when; Markdown or CSV."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import TextIO

from scanner.core.count import counted
from scanner.core.text import clean
from scanner.findings.accepted import Acceptance
from scanner.report.formats.csv import inert
from scanner.report.markup import prose

COLUMNS = ("target", "name", "what", "rule", "reason", "owner", "until", "state", "despite_compromise", "where")
_LIMIT_CHARS = 1_000


def write_csv(entries: Iterable[Acceptance], today: date, out: TextIO) -> None:
    """Write one row an entry, the one that ends first on top."""
    table = csv.writer(out, quoting=csv.QUOTE_ALL)
    table.writerow(COLUMNS)
    table.writerows([inert(cell) for cell in _row(entry, today)] for entry in _sorted(entries))


def write_markdown(entries: Sequence[Acceptance], today: date, out: TextIO) -> None:
    """Write a table that says at its head how many entries hold no longer."""
    expired = sum(entry.until < today for entry in entries)
    out.write(f"# Accepted exposures on {today}\n\n{counted(len(entries), 'acceptance')}, {expired:,} expired.\n")
    if not entries:
        return
    out.write("\n| " + " | ".join(name.replace("_", " ") for name in COLUMNS) + " |\n")
    out.write("| " + " | ".join("---" for _ in COLUMNS) + " |\n")
    out.writelines(
        "| " + " | ".join(prose(cell).replace("\n", " ") for cell in _row(entry, today)) + " |\n"
        for entry in _sorted(entries)
    )


def _sorted(entries: Iterable[Acceptance]) -> list[Acceptance]:
    return sorted(entries, key=lambda entry: (entry.until, entry.target, entry.port or 0))


def _row(entry: Acceptance, today: date) -> Iterator[str]:
    yield from (
        clean(text, _LIMIT_CHARS)
        for text in (
            entry.target,
            entry.name or "",
            _what(entry),
            entry.rule or "every rule",
            entry.reason,
            entry.owner,
            str(entry.until),
            _state(entry, today),
            "yes" if entry.despite_compromise else "no",
            entry.where,
        )
    )


def _what(entry: Acceptance) -> str:
    port = f"port {entry.port}" if entry.port is not None else ""
    return ", ".join(filter(None, (port, entry.service or "", entry.subject)))


def _state(entry: Acceptance, today: date) -> str:
    left = (entry.until - today).days
    return f"expired {counted(-left, 'day')} ago" if left < 0 else f"holds, {counted(left, 'day')} left"
