"""A report is read back from anybody's file: what was written comes back, and every mistake is one line."""

import io
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.core.errors import UsageError
from scanner.core.finding import Anchor
from scanner.core.problem import ProblemKind
from scanner.report import read
from scanner.report.document import SCHEMA
from scanner.report.read import parse_report, read_finding, read_report, read_row
from scanner.report.writer import find_format, render
from tests.report import samples

REPORTS = (samples.full_report, samples.clean_report, samples.empty_report, samples.blind_report)
FILE = Path("r.json")


def written(report):
    out = io.StringIO()
    render(find_format("json"), report, out)
    return out.getvalue()


@pytest.mark.parametrize("make", REPORTS)
def test_a_report_survives_writing_and_reading(make):
    report = make()
    assert parse_report(written(report).encode(), Path("r.json")) == report


def test_a_minimal_report_of_the_contract_is_read():
    document = json.loads(written(samples.full_report()))
    for row in (*document["findings"], *document["endpoints"]):
        for added in ("anchor", "certificate", "host", "base_path", "owner", "priority_reasons", "detail", "note"):
            row.pop(added, None)
    del document["edition"]
    report = parse_report(json.dumps(document).encode(), Path("r.json"))
    assert len(report.findings) == 4
    assert report.endpoints[-2].tls is None
    assert [row.tls is not None for row in report.endpoints].count(True) == 1


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"null",
        b"{",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"schema": NaN}',
        b'{"schema": 1}',
        b'{"schema": "' + SCHEMA.encode() + b'"}',
        b'{"schema": "' + SCHEMA.encode() + b'", "run": []}',
        b'{"schema": "' + SCHEMA.encode() + b'", "run": ' + b"9" * 5_000 + b"}",
    ],
)
def test_what_is_no_report_ends_in_one_line_that_names_the_file(data):
    with pytest.raises(UsageError, match=r"^r\.json:") as caught:
        parse_report(data, Path("r.json"))
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_one_line(tmp_path):
    with pytest.raises(UsageError, match="No such file"):
        read_report(tmp_path / "none.json")


def test_text_that_was_read_is_clean():
    document = json.loads(written(samples.full_report()))
    document["findings"][0]["title"] = "\x1b]0;owned\x07\u202e"
    document["findings"][0]["evidence"] = {"\x1b[2J": ["\x9b31m"]}
    found = parse_report(json.dumps(document).encode(), Path("r.json")).findings[0]
    assert found.title == r"\x1b]0;owned\x07\u202e"
    assert found.evidence == {r"\x1b[2J": [r"\x9b31m"]}


def test_a_report_from_before_there_were_labels_is_read():
    document = json.loads(written(samples.full_report()))
    for row in document["endpoints"]:
        del row["labels"]
    rows = parse_report(json.dumps(document).encode(), Path("report.json")).endpoints
    assert {row.reverse_dns for row in rows} == {None}


def test_a_problem_of_another_version_keeps_its_word():
    document = json.loads(written(samples.full_report()))
    document["problems"] = [{"kind": "moon-phase", "where": "run", "detail": "full"}]
    (problem,) = parse_report(json.dumps(document).encode(), Path("r.json")).problems
    assert problem == (ProblemKind.OTHER, "run", "moon-phase: full")


FULL = json.loads(written(samples.full_report()))


def with_value(where, value):
    """Return the document's text with one value replaced."""
    document = json.loads(json.dumps(FULL))
    place = document
    for step in where[:-1]:
        place = place[step]
    place[where[-1]] = value
    return json.dumps(document).encode()


@pytest.mark.parametrize(
    ("where", "value", "says"),
    [
        (("run", "seed"), -1, "run.seed is not a whole number from 0"),
        (("run", "seed"), True, "run.seed is not a whole number"),
        (("run", "options"), [], "run.options is not an object"),
        (("coverage", "open"), None, "coverage.open is not a whole number"),
        (("coverage", "estimated_loss"), 1.5, "coverage.estimated_loss is not a number from 0 to 1"),
        (("endpoints", 0, "address"), "localhost", "endpoints[0].address is not an IP address"),
        (("endpoints", 0, "status"), "clean", "endpoints[0].status is not one of"),
        (("endpoints", 0, "reason"), "bored", "endpoints[0].reason is not one of"),
        (("endpoints", 0, "port"), 65_536, "endpoints[0].port is not a whole number from 0 to 65535"),
        (("endpoints", 1), "x", "endpoints[1] is not an object"),
        (("findings", 0, "fingerprint"), "A" * 64, "findings[0].fingerprint is not a SHA-256"),
        (("findings", 0, "aliases"), ["x"], "findings[0].aliases[0] is not a SHA-256"),
        (("findings", 0, "access"), "root", "findings[0].access is not one of"),
        (("findings", 0, "confidence"), "1", "findings[0].confidence is not one of"),
        (("findings", 0, "cvss", "score"), 11, "findings[0].cvss.score is not a number from 0 to 10"),
        (("findings", 0, "cwe"), [1, "2"], "findings[0].cwe[1] is not a whole number"),
        (("findings", 0, "proof"), [{"sent": "x"}], "findings[0].proof[0].received is not text"),
        (("findings", 0, "anchor"), {"file": "f", "line": 0}, "findings[0].anchor.line is not a whole number from 1"),
        (("findings",), {}, "findings is not an array"),
        (("edition",), 2019, "edition is not 2017, 2021 or 2025"),
    ],
)
def test_what_does_not_fit_is_named(where, value, says):
    with pytest.raises(UsageError) as caught:
        parse_report(with_value(where, value), FILE)
    assert str(caught.value).startswith(f"r.json: {says}")


PLACES = [(name,) for name in FULL] + [(name, key) for name in ("run", "coverage") for key in FULL[name]]
PLACES += [(name, 0, key) for name in ("endpoints", "findings", "problems") for key in FULL[name][0]]
VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.floats(allow_nan=False), st.text(max_size=9),
    st.lists(st.none(), max_size=2), st.dictionaries(st.text(max_size=3), st.text(max_size=3), max_size=2),
)  # fmt: skip


@settings(max_examples=60)
@given(st.sampled_from(PLACES), VALUES)
def test_any_value_at_any_place_is_read_or_is_one_line(where, value):
    try:
        parse_report(with_value(where, value), FILE)
        said = ""
    except UsageError as error:
        said = str(error)
    assert said.isprintable()


def test_a_row_and_a_finding_are_read_by_themselves():
    row, finding = FULL["endpoints"][0], FULL["findings"][0]
    report = samples.full_report()
    assert read_row(json.dumps(row).encode(), FILE) == report.endpoints[0]
    assert read_finding(json.dumps(finding).encode(), FILE) == report.findings[0]
    with pytest.raises(UsageError, match=r"^r\.json: address"):
        read_row(b"{}", FILE)


def test_an_anchor_and_an_unknown_field_are_read():
    finding = {**FULL["findings"][0], "anchor": {"file": "a.yml", "line": 3}, "unheard-of": 1}
    assert read_finding(json.dumps(finding).encode(), FILE).anchor == Anchor(file="a.yml", line=3)


def test_tls_without_a_certificate_is_tls():
    row = {**FULL["endpoints"][0], "certificate": None}
    assert read_row(json.dumps({**row, "tls": True}).encode(), FILE).tls.version == ""
    assert read_row(json.dumps({**row, "tls": False}).encode(), FILE).tls is None


def test_a_file_beyond_the_limit_is_not_parsed(tmp_path, monkeypatch):
    monkeypatch.setattr(read, "LIMIT_BYTES", 1 << 20)
    file = tmp_path / "long.json"
    file.write_bytes(b" " * (1 << 20) + b"1")
    with pytest.raises(UsageError, match="longer than 1 MiB"):
        read_report(file)
    file.write_bytes(b" " * ((1 << 20) - 1) + b"1")
    with pytest.raises(UsageError, match="the document is not an object"):
        read_report(file)
