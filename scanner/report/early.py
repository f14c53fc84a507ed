"""Findings told as they are proven, long before the report: lines of NDJSON, and lines for people.

The report is written after everything was asked and the proofs were examined; its own records say what stands then.
"""

import json
from collections.abc import Callable
from typing import TextIO

from scanner.core.finding import Finding
from scanner.core.text import clean
from scanner.report.clean_report import clean_report
from scanner.report.document import SCHEMA, TOOL, finding_object

MOST_LINES = 100
"""Findings that a terminal is told of one by one; the table has them all."""


class EarlyRecords:
    """NDJSON records before those of the report: `begin`, and a `proven` for each finding, each flushed at once."""

    def __init__(self, out: TextIO, started: str) -> None:
        """Begin the stream; `started` is the time in ISO 8601."""
        self._out: TextIO | None = out
        self._put({"type": "begin", "schema": SCHEMA, "tool": TOOL, "started": started})

    def tell(self, finding: Finding) -> None:
        """Write the record of a finding that was just proven."""
        if self._out is not None:
            self._put({"type": "proven", **finding_object(clean_report(finding))})

    def _put(self, record: object) -> None:
        if self._out is None:
            return
        try:
            self._out.write(json.dumps(record, allow_nan=False) + "\n")
            self._out.flush()
        except OSError:
            # The reader has gone, or the disk is full: the report itself will meet the same and say so.
            self._out = None


def line_of(finding: Finding) -> str:
    """Return one line for people about a finding, without control characters."""
    place = finding.endpoint.subject or finding.url or str(finding.endpoint)
    return clean(f"{finding.priority.word} {finding.rule} {place}: {finding.title}", 300)


def told_to(records: EarlyRecords | None, say: Callable[[str], None] | None) -> Callable[[Finding], None] | None:
    """Return what tells a finding to both, None where nobody listens; people get MOST_LINES lines and then one more."""
    if records is None and say is None:
        return None
    told = 0

    def tell(finding: Finding) -> None:
        nonlocal told
        told += 1
        if records is not None:
            records.tell(finding)
        if say is not None and told <= MOST_LINES:
            say(line_of(finding))
        elif say is not None and told == MOST_LINES + 1:
            say("more findings follow in the report")

    return tell
