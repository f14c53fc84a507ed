"""Every key that we write is declared in the schema, and every key that the schema declares is written."""

import io
import json
from dataclasses import replace

import pytest
from jsonschema import Draft202012Validator

from scanner.core.finding import Anchor
from scanner.core.report import RunStatus
from scanner.core.talk import TlsFacts
from scanner.findings.change import Change, Fate
from scanner.report import document
from scanner.report.comparison import write_json
from scanner.report.writer import find_format, render
from tests.report import samples
from tests.support.schemas import FOLDER, strict_validator

REPORT = strict_validator("report-v1.json")
FREE = {"/run/options", "/endpoints/*/evidence", "/findings/*/evidence", "/summary/by_severity", "/summary/by_owasp"}
"""Objects whose keys are data: names of options, counts of a service, codes of categories."""


def maximal():
    """Return a report in which every object that can be there is there."""
    report = samples.full_report()
    tls = TlsFacts(version="TLSv1.3", subject="CN=a", names=("a.example",), not_before="2026-01-01T00:00:00Z")
    rows = tuple(
        replace(row, tls=row.tls or tls, anchor=row.anchor or Anchor(file="t", line=1)) for row in report.endpoints
    )
    note = {"check": "process-cpu", "weight": "weak", "subject": "process 1", "detail": "busy"}
    gap = {"what": "processes", "why": "hidepid", "do": "run it as root"}
    host = {"machine": "web-1", "root": True, "notes": [note], "gaps": [gap]}
    return replace(report, endpoints=rows, host=host)


def written(report, name="json"):
    out = io.StringIO()
    render(find_format(name), report, out)
    return out.getvalue()


def keys_of(value, place=""):
    """Return the place of every key in a document, `*` for any member of a list."""
    if isinstance(value, list):
        return {key for member in value for key in keys_of(member, f"{place}/*")}
    if not isinstance(value, dict):
        return set()
    own = {f"{place}/{key}" for key in value} if place not in FREE else set()
    inner = {key for name, member in value.items() for key in keys_of(member, f"{place}/{name}")}
    return own | (inner if place not in FREE else set())


def declared_by(schema, whole, place=""):
    """Return the place of every key that a schema declares."""
    if "$ref" in schema:
        return declared_by(whole["$defs"][schema["$ref"].rpartition("/")[2]], whole, place)
    found = set()
    for name, member in schema.get("properties", {}).items():
        found |= {f"{place}/{name}"} | declared_by(member, whole, f"{place}/{name}")
    if "items" in schema:
        found |= declared_by(schema["items"], whole, f"{place}/*")
    for branch in schema.get("anyOf", ()):
        found |= declared_by(branch, whole, place)
    return found


def test_a_report_and_its_schema_hold_the_same_keys():
    value = json.loads(written(maximal()))
    assert [error.message for error in REPORT.iter_errors(value)] == []
    schema = json.loads((FOLDER / "report-v1.json").read_text())
    assert keys_of(value) == declared_by(schema, schema)


@pytest.mark.parametrize("room", ["endpoints", "findings", "problems"])
def test_a_field_added_to_the_writer_alone_is_named(room, monkeypatch):
    name = {"endpoints": "endpoint_object", "findings": "finding_object", "problems": "problem_object"}[room]
    made = getattr(document, name)
    monkeypatch.setattr(document, name, lambda one: {**made(one), "newly_added": 1})
    errors = [error.message for error in REPORT.iter_errors(json.loads(written(maximal())))]
    assert errors
    assert all("newly_added" in message for message in errors)


def test_ndjson_holds_the_report_s_keys_and_a_type():
    report = maximal()
    whole = json.loads(written(report))
    gathered = {"endpoints": [], "findings": [], "problems": []}
    rooms = {"endpoint": "endpoints", "finding": "findings", "problem": "problems"}
    for line in written(report, "ndjson").splitlines():
        record = json.loads(line)
        kind = record.pop("type")
        if kind in rooms:
            gathered[rooms[kind]].append(record)
        else:
            gathered |= record
    assert gathered.pop("complete") == (report.run.status is RunStatus.COMPLETE)
    assert gathered == whole


def test_a_diff_and_its_schema_hold_the_same_keys():
    out = io.StringIO()
    changes = [Change(fate, finding, "because") for fate, finding in zip(Fate, maximal().findings, strict=True)]
    write_json(changes, out)
    value = json.loads(out.getvalue())
    schema = json.loads((FOLDER / "diff-v1.json").read_text())
    report = json.loads((FOLDER / "report-v1.json").read_text())
    closed_finding = REPORT.evolve(schema={**REPORT.schema["$defs"]["finding"], "$defs": REPORT.schema["$defs"]})
    for change in value["changes"]:
        assert [error.message for error in closed_finding.iter_errors(change["finding"])] == []
    of_finding = {f"/changes/*/finding{key}" for key in declared_by(report["$defs"]["finding"], report)}
    schema["properties"]["changes"]["items"]["properties"]["finding"] = {}
    found = {key for key in keys_of(value) if not key.startswith("/changes/*/finding/evidence/")}
    assert found == declared_by(schema, schema) | of_finding
    Draft202012Validator(schema).validate(value)
