import io
import json
from dataclasses import replace
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from scanner.core.errors import UsageError
from scanner.core.finding import Status
from scanner.core.report import EndpointRow, ScanReport
from scanner.core.unheard import Unheard
from scanner.report.document import SCHEMA
from scanner.report.read import parse_report
from scanner.report.writer import find_format, render
from tests.report import samples

SCHEMA_FILE = Path(__file__).parents[2] / "docs/schema/report-v1.json"
REPORTS = (samples.full_report, samples.clean_report, samples.empty_report, samples.blind_report)


def written(report: ScanReport, name: str = "json") -> str:
    out = io.StringIO()
    render(find_format(name), report, out)
    return out.getvalue()


@pytest.fixture(scope="module")
def validator() -> Draft202012Validator:
    schema = json.loads(SCHEMA_FILE.read_text())
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


@pytest.mark.parametrize("make", REPORTS)
def test_json_follows_its_schema(make, validator):
    validator.validate(json.loads(written(make())))


@pytest.mark.parametrize(
    ("where", "wrong"),
    [
        (("schema",), "exposure-scanner/report/v2"),
        (("run", "status"), "done"),
        (("coverage", "open"), -1),
        (("findings", 0, "fingerprint"), "abc"),
        (("findings", 0, "severity"), "CRITICAL"),
        (("endpoints", 0, "port"), 70_000),
    ],
)
def test_the_schema_and_the_reader_refuse_the_same_mistakes(where, wrong, validator):
    document = json.loads(written(samples.full_report()))
    place = document
    for step in where[:-1]:
        place = place[step]
    place[where[-1]] = wrong
    assert not validator.is_valid(document)
    with pytest.raises(UsageError, match=r"r\.json: .*" + str(where[-1])):
        parse_report(json.dumps(document).encode(), Path("r.json"))


def test_summary_counts_every_finding_once():
    summary = json.loads(written(samples.full_report()))["summary"]
    assert summary["by_severity"] == {"critical": 1, "high": 3, "medium": 0, "low": 0, "info": 0}
    assert summary["by_owasp"] == {"A02:2025": 4}
    assert (summary["new"], summary["known"], summary["accepted"]) == (2, 1, 1)
    assert (summary["exposed"], summary["protected"], summary["identified"], summary["open"]) == (4, 1, 1, 1)


def test_ndjson_has_one_typed_record_a_line_and_ends_with_the_summary():
    records = [json.loads(line) for line in written(samples.full_report(), "ndjson").splitlines()]
    document = json.loads(written(samples.full_report()))
    assert [record.pop("type") for record in records] == [
        "run",
        "coverage",
        *["endpoint"] * 7,
        *["finding"] * 4,
        "problem",
        "summary",
    ]
    assert records[2:9] == document["endpoints"]
    assert records[9:13] == document["findings"]
    assert records[-1]["summary"] == document["summary"]
    assert records[0]["schema"] == SCHEMA


def test_labels_are_told_and_read_back_as_host_names_alone():
    document = json.loads(written(samples.full_report()))
    labelled = next(row for row in document["endpoints"] if row["labels"]["reverse_dns"])
    assert labelled["labels"] == {
        "reverse_dns": "cache-1.example",
        "certificate": ["cache.example", "*.cache.example"],
    }
    labelled["labels"]["reverse_dns"] = "\x1b]0;owned\x07 <b>"
    rows = parse_report(json.dumps(document).encode(), Path("report.json")).endpoints
    assert [row.reverse_dns for row in rows if row.tls] == [None]


@pytest.mark.parametrize("name", ["table", "html", "markdown", "csv"])
def test_a_reader_learns_what_others_call_a_host(name):
    found = samples.finding("127.0.0.9")
    tls = samples.full_report().endpoints[-3].tls
    row = replace(samples.row_of(found), tls=tls, reverse_dns="queue-7.example")
    text = " ".join(written(replace(samples.report(found), endpoints=(row,)), name).replace("\\", "").split())
    for words in ("queue-7.example", "CN=cache", "cache.example", "2027-01-02", "self-signed"):
        assert words in text, words


@pytest.mark.parametrize("reason", Unheard)
def test_an_inconclusive_endpoint_keeps_its_reason(reason, validator):
    row = EndpointRow(endpoint=samples.endpoint(), status=Status.INCONCLUSIVE, reason=reason)
    counts = samples.coverage(asked=4, answered=3, inconclusive=1)
    report = replace(samples.clean_report(), endpoints=(row,), coverage=counts)
    document = json.loads(written(report))
    validator.validate(document)
    assert document["summary"]["inconclusive"] == 1
    again = parse_report(json.dumps(document).encode(), Path("r.json"))
    assert (again.endpoints[0], again.coverage) == (row, counts)


def test_the_schema_names_every_status_and_reason(validator):
    properties = validator.schema["$defs"]["endpoint"]["properties"]
    assert set(properties["status"]["enum"]) == set(Status)
    assert set(properties["reason"]["enum"]) == {None, *Unheard}
