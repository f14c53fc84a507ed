"""OCSF events against the published schema: attributes, types, required ones, enumerations and constraints."""

import io
import json
from pathlib import Path

import pytest

from scanner.core.finding import Confidence, FindingState, Severity
from scanner.core.report import RunStatus
from scanner.report.writer import find_format, format_of_file, render
from tests.report import hostile, samples

SCHEMA = json.loads((Path(__file__).parents[1] / "schemas/ocsf-1.5.0.json").read_text())
CLASSES = {2002: "vulnerability_finding", 6007: "scan_activity"}
PLAIN = {"integer_t": int, "long_t": int, "timestamp_t": int}


def events(report):
    out = io.StringIO()
    render(find_format("ocsf"), report, out)
    return [json.loads(line) for line in out.getvalue().splitlines()]


def faults(value, rules, path=""):
    """Yield what the schema does not allow, in words."""
    attributes, constraints = rules["attributes"], rules["constraints"]
    yield from (
        f"{path}.{name} is missing" for name, one in attributes.items() if one.get("required") and name not in value
    )
    for name, inner in value.items():
        where = f"{path}.{name}"
        if name not in attributes:
            yield f"{where} is no attribute"
            continue
        yield from kind_faults(inner, attributes[name], where)
    for names, holds in ((constraints.get("just_one"), {1}), (constraints.get("at_least_one"), range(1, 99))):
        if names and sum(name in value for name in names) not in holds:
            yield f"{path} breaks {names}"


def kind_faults(value, rule, where):
    for one in value if rule.get("array") else [value]:
        kind = rule["type"]
        if kind == "object":
            continue
        if kind in SCHEMA["objects"]:
            yield from faults(one, SCHEMA["objects"][kind], where)
        elif type(one) is not PLAIN.get(kind, str):
            yield f"{where} is no {kind}"
        # Classes and categories number themselves.
        elif (
            "enum" in rule and not where.endswith(("class_uid", "category_uid", "type_uid")) and one not in rule["enum"]
        ):
            yield f"{where} is none of {rule['enum']}"


def faults_of(report):
    return [
        fault for event in events(report) for fault in faults(event, SCHEMA["classes"][CLASSES[event["class_uid"]]])
    ]


@pytest.mark.parametrize(
    "make", [samples.full_report, samples.clean_report, samples.empty_report, samples.blind_report]
)
def test_events_follow_the_schema(make):
    assert faults_of(make()) == []


def test_a_fault_would_be_seen():
    (event,) = events(samples.clean_report())
    rules = SCHEMA["classes"]["scan_activity"]
    assert list(faults({**event, "severity_id": 7}, rules)) == [".severity_id is none of [0, 1, 2, 3, 4, 5, 6, 99]"]
    assert list(faults({**event, "time": "now", "mine": 1}, rules)) == [
        ".time is no timestamp_t",
        ".mine is no attribute",
    ]
    assert list(faults({**event, "scan": {}}, rules)) == [
        ".scan.type_id is missing",
        ".scan breaks ['name', 'uid']",
    ]


@pytest.mark.parametrize("kind", hostile.STRINGS)
def test_hostile_text_makes_no_attribute(kind):
    assert faults_of(hostile.report(hostile.STRINGS[kind])) == []


def test_classes_and_types_have_their_numbers():
    for event in events(samples.full_report()):
        assert (
            event["class_uid"] == event["category_uid"] * 1000 + SCHEMA["classes"][CLASSES[event["class_uid"]]]["uid"]
        )
        assert event["type_uid"] == event["class_uid"] * 100 + event["activity_id"]
        assert event["metadata"]["version"] == "1.5.0"
        assert event["time"] == 1_767_323_106_000


def test_a_finding_says_what_where_and_how_sure():
    first, *_, last = events(samples.full_report())
    assert (first["severity_id"], first["severity"], first["confidence_id"]) == (5, "Critical", 3)
    assert first["finding_info"]["uid"] == samples.docker_finding().fingerprint
    assert first["finding_info"]["analytic"]["uid"] == "docker-api-no-auth"
    assert first["resources"] == [
        {
            "name": "127.0.0.2:2375",
            "uid": "http://127.0.0.2:2375",
            "type": "docker-api",
            "version": "20.10.24",
            "ip": "127.0.0.2",
            "owner": {"name": "platform"},
            "labels": ["build-server"],
        }
    ]
    assert first["vulnerabilities"][0]["cwe"]["uid"] == "CWE-306"
    assert first["unmapped"]["cvss_score"] == 9.3
    assert {"name": "nist-800-53-5", "values": ["AC-3", "AC-14", "CM-7", "IA-2", "IR-4", "SC-7"]} in (
        first["finding_info"]["tags"]
    )
    assert (last["class_uid"], last["num_detections"]) == (6007, 4)


@pytest.mark.parametrize(
    ("changes", "name", "value"),
    [
        ({"state": FindingState.ACCEPTED, "accepted_reason": "lab"}, "status", "Suppressed"),
        ({"state": FindingState.KNOWN}, "activity_name", "Update"),
        ({"state": FindingState.NEW}, "activity_name", "Create"),
        ({"confidence": Confidence.SUSPECTED}, "confidence", "Low"),
        ({"confidence": Confidence.PREDICTED}, "confidence_id", 2),
        ({"severity": Severity.INFO}, "severity", "Informational"),
    ],
)
def test_states_have_their_word(changes, name, value):
    report = samples.report(samples.finding(**changes))
    assert events(report)[0][name] == value
    assert faults_of(report) == []


def test_a_run_that_did_not_look_everywhere_is_a_failure():
    (clean,) = events(samples.clean_report())
    assert (clean["status"], clean["status_code"], clean["activity_name"]) == ("Success", "clean", "Completed")
    (blind,) = events(samples.blind_report())
    assert (blind["status"], blind["status_code"]) == ("Failure", "blind")
    stopped = events(samples.report(run=samples.run(status=RunStatus.INTERRUPTED)))[-1]
    assert (stopped["status"], stopped["activity_name"]) == ("Failure", "Cancelled")


def test_a_time_that_is_none_is_left_out():
    found = events(samples.report(samples.finding(first_seen="yesterday"), run=samples.run(ended="never")))
    assert "first_seen_time" not in found[0]["finding_info"]
    assert found[-1]["time"] == 0
    assert "end_time" not in found[-1]


def test_its_suffix_wins_over_that_of_ndjson(tmp_path):
    assert format_of_file(tmp_path / "x.ocsf.ndjson").name == "ocsf"
