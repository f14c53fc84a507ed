"""Documents of the Elastic Common Schema: its field names alone, and nothing that a stranger wrote becomes one."""

import io
import json

import pytest

from scanner.report.writer import find_format, format_of_file, render
from tests.report import hostile, samples

# Field names of ECS 8.11 (generated/ecs/ecs_flat.yml of elastic/ecs); below `labels` names are free.
FIELDS = {
    "@timestamp", "message", "tags", "ecs.version", "event.kind", "event.category", "event.type",
    "event.module", "event.id", "observer.product", "observer.type", "host.ip", "host.name", "server.ip",
    "server.port", "network.transport", "service.type", "service.name", "service.version", "url.full",
    "rule.id", "rule.name", "rule.reference", "threat.technique.id", "vulnerability.category",
    "vulnerability.classification", "vulnerability.description", "vulnerability.report_id",
    "vulnerability.scanner.vendor", "vulnerability.score.base", "vulnerability.score.version",
    "vulnerability.severity",
}  # fmt: skip


def documents(report):
    out = io.StringIO()
    render(find_format("ecs"), report, out)
    return [json.loads(line) for line in out.getvalue().splitlines()]


def names(value, prefix=""):
    for key, inner in value.items():
        if isinstance(inner, dict) and key != "labels":
            yield from names(inner, f"{prefix}{key}.")
        elif key != "labels":
            yield f"{prefix}{key}"


@pytest.mark.parametrize(
    "make", [samples.full_report, samples.clean_report, samples.empty_report, samples.blind_report]
)
def test_every_field_is_one_of_the_schema_and_every_text_label_is_text(make):
    for document in documents(make()):
        assert set(names(document)) <= FIELDS
        assert {"@timestamp", "ecs.version", "event.kind", "event.category", "event.type"} <= set(names(document))
        assert all(isinstance(value, str) for value in document.get("labels", {}).values())


def test_findings_come_worst_first_and_the_run_last():
    made = documents(samples.full_report())
    scores = [one["vulnerability"]["score"]["base"] for one in made if one["event"]["kind"] == "alert"]
    assert len(scores) == len(samples.full_report().findings)
    assert [one["event"]["kind"] for one in made] == ["alert"] * len(scores) + ["state"] * (len(made) - len(scores))
    assert made[0]["vulnerability"]["severity"] == "critical"
    assert made[-1]["labels"]["run"]


def test_a_run_that_did_not_look_everywhere_is_never_called_clean():
    assert documents(samples.clean_report())[-1]["labels"]["outcome"] == "clean"
    last = documents(samples.blind_report())[-1]
    assert last["labels"]["outcome"] == "blind"
    assert last["message"].startswith("Could not look")


@pytest.mark.parametrize("kind", hostile.STRINGS)
def test_hostile_text_makes_no_field(kind):
    for document in documents(hostile.report(hostile.STRINGS[kind])):
        assert set(names(document)) <= FIELDS


def test_its_suffix_wins_over_that_of_ndjson(tmp_path):
    assert format_of_file(tmp_path / "x.ecs.ndjson").name == "ecs"
    assert format_of_file(tmp_path / "x.ndjson").name == "ndjson"
