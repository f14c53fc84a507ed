"""Writes an acceptance as TOML at the end of a file, whose earlier text and comments stay as they are."""

import json
from datetime import date
from pathlib import Path

from scanner.core.errors import UsageError
from scanner.core.finding import Finding
from scanner.core.text import clean
from scanner.core.textfile import decode_file
from scanner.findings.acceptance_file import parse_acceptances


def add_acceptance(
    finding: Finding,
    path: Path,
    *,
    reason: str,
    owner: str,
    until: str,
    today: date,
    despite_compromise: bool = False,
) -> str:
    """Return the text of the accept file with an entry for the finding at its end; a missing file is an empty one.

    Raises UsageError for a day that can't be read or is before `today`, an empty reason or owner, and a file that is
    no accept file.
    """
    before = _text(path)
    parse_acceptances(before, path)
    entry = acceptance_text(
        finding, reason=reason, owner=owner, until=_day(until, today), despite_compromise=despite_compromise
    )
    gap = "" if not before else "\n" if before.endswith("\n") else "\n\n"
    after = f"{before}{gap}{entry}"
    parse_acceptances(after, path)
    return after


def acceptance_text(finding: Finding, *, reason: str, owner: str, until: date, despite_compromise: bool = False) -> str:
    """Return one entry, narrowed to the finding's rule, with a comment that says what it is about."""
    lines = [
        "[[accept]]",
        f"# {clean(finding.title)}; {clean(finding.fingerprint)}",
        f"target = {_quoted(str(finding.endpoint.address))}",
        *((f"name = {_quoted(finding.endpoint.name)}",) if finding.endpoint.name else ()),
        f"subject = {_quoted(subject)}" if (subject := finding.endpoint.subject) else f"port = {finding.endpoint.port}",
        f"rule = {_quoted(finding.rule)}",
        f"reason = {_quoted(reason)}",
        f"owner = {_quoted(owner)}",
        f"until = {until.isoformat()}",
    ]
    if despite_compromise:
        lines.append("despite_compromise = true")
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    # A JSON string of clean text is a TOML basic string too, but for the surrogates that JSON would write in ASCII.
    return json.dumps(clean(text.strip(), 500), ensure_ascii=False)


def _day(text: str, today: date) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"--until {clean(text, 40)} is not a day; write it like 2027-03-31") from None
    if day < today:
        raise UsageError(f"--until {day} is past, so nothing would be accepted; name the last day that it is to hold")
    return day


def _text(path: Path) -> str:
    try:
        return decode_file(path.read_bytes(), path)
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise UsageError(f"can't be read: {error.strerror}", file=path) from None
