"""Newline-delimited JSON: one record a line, each with its `type`; the summary comes last and says that all arrived.

On standard output of `exposure scan` a `begin` and a `proven` for each finding come while the run goes on
(scanner.report.early).
"""

import json
from collections.abc import Iterator
from typing import TextIO

from scanner.core.jsontext import Json
from scanner.core.report import RunStatus, ScanReport
from scanner.report.document import head_objects, list_objects
from scanner.report.writer import Format, WriteOptions

_TYPES = {"endpoints": "endpoint", "findings": "finding", "problems": "problem"}


def write(report: ScanReport, out: TextIO, _options: WriteOptions) -> None:
    """Write run, coverage, endpoints, findings, problems and summary, one JSON object a line, in ASCII."""
    out.writelines(json.dumps(record, allow_nan=False) + "\n" for record in _records(report))


def _records(report: ScanReport) -> Iterator[dict[str, Json]]:
    head = head_objects(report)
    summary, coverage = head.pop("summary"), head.pop("coverage")
    yield {"type": "run", **head}
    yield {"type": "coverage", "coverage": coverage}
    for name, members in list_objects(report):
        for member in members:
            yield {"type": _TYPES[name], **member}
    yield {"type": "summary", "summary": summary, "complete": report.run.status is RunStatus.COMPLETE}


FORMAT = Format(name="ndjson", about="the same as json, one record a line", suffixes=(".ndjson", ".jsonl"), write=write)
