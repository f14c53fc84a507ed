import json
from dataclasses import replace
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from scanner.cli.diff import COMMAND
from scanner.core.errors import UsageError
from scanner.core.finding import FindingState
from scanner.core.report import EndpointRow
from tests.report import samples
from tests.report.commands import run, save

SCHEMAS = Path(__file__).parents[2] / "docs/schema"


@pytest.fixture
def reports(tmp_path):
    old = samples.report(samples.finding("127.0.0.1"), samples.finding("127.0.0.4"))
    new = samples.report(samples.finding("127.0.0.4"), samples.docker_finding("127.0.0.2"))
    # Its host answers on another port, so that silence on the first one says something.
    new = replace(new, endpoints=(*new.endpoints, EndpointRow(endpoint=samples.endpoint("127.0.0.1", 22))))
    return save(old, tmp_path / "old.json"), save(new, tmp_path / "new.json")


def test_a_new_finding_exits_1_and_every_fate_is_told(reports):
    ran = run(COMMAND, *reports)
    assert ran.code == 1
    assert "New: 1" in ran.out
    assert "127.0.0.2:2375 (build-server)" in ran.out
    assert "Gone: 1" in ran.out
    assert "3 findings: 1 new, 1 gone, 1 unchanged, 0 unknown" in ran.out


def test_nothing_new_exits_0(reports):
    assert run(COMMAND, reports[1], reports[1]).code == 0


def test_a_new_finding_that_is_accepted_does_not_fail(tmp_path, reports):
    accepted = samples.report(
        samples.finding("127.0.0.1"), samples.finding("127.0.0.9", state=FindingState.ACCEPTED, accepted_reason="r")
    )
    ran = run(COMMAND, reports[0], save(accepted, tmp_path / "accepted.json"))
    assert ran.code == 0
    assert "[accepted]" in ran.out


def test_json_carries_every_finding_with_its_fate(reports):
    document = json.loads(run(COMMAND, *reports, "--json").out)
    schemas = [json.loads((SCHEMAS / name).read_text()) for name in ("report-v1.json", "diff-v1.json")]
    known = Registry().with_resources((schema["$id"], DRAFT202012.create_resource(schema)) for schema in schemas)
    Draft202012Validator(schemas[1], registry=known).validate(document)
    assert document["summary"] == {"new": 1, "gone": 1, "unchanged": 1, "unknown": 0}
    assert {change["finding"]["address"]: change["fate"] for change in document["changes"]} == {
        "127.0.0.1": "gone",
        "127.0.0.2": "new",
        "127.0.0.4": "unchanged",
    }


def test_two_clean_reports_have_nothing_to_tell(tmp_path):
    clean = save(samples.clean_report(), tmp_path / "clean.json")
    ran = run(COMMAND, clean, clean)
    assert (ran.code, ran.out) == (0, "No finding in either report.\n")


def test_a_file_that_is_no_report_is_one_line(tmp_path, reports):
    (tmp_path / "other.json").write_text("{}")
    with pytest.raises(UsageError, match="not a report"):
        run(COMMAND, tmp_path / "other.json", reports[0])


def test_what_could_not_be_seen_again_is_told_with_the_reason(tmp_path, reports):
    blind = save(replace(samples.blind_report()), tmp_path / "blind.json")
    ran = run(COMMAND, reports[0], blind)
    assert ran.code == 0
    assert "Unknown: not proven closed: 2" in ran.out
    assert "nothing answered the newer run" in ran.out
