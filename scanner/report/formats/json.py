"""JSON report v1: one object, one line for each endpoint, finding and problem, so that a line-wise diff reads well."""

import json
from typing import TextIO

from scanner.core.report import ScanReport
from scanner.report.document import head_objects, list_objects
from scanner.report.writer import Format, WriteOptions


def write(report: ScanReport, out: TextIO, _options: WriteOptions) -> None:
    """Write the report as one JSON object in ASCII."""
    pairs = [f"{json.dumps(key)}: {json.dumps(value, allow_nan=False)}" for key, value in head_objects(report).items()]
    out.write("{\n  " + ",\n  ".join(pairs))
    for name, members in list_objects(report):
        out.write(f",\n  {json.dumps(name)}: [")
        separator = "\n    "
        for member in members:
            out.write(separator + json.dumps(member, allow_nan=False))
            separator = ",\n    "
        out.write("]" if separator == "\n    " else "\n  ]")
    out.write("\n}\n")


FORMAT = Format(name="json", about="everything, one JSON object (schema v1)", suffixes=(".json",), write=write)
