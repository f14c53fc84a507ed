"""An endpoint that could not be heard out is told by every format, and no format calls such a run clean."""

import csv
import io
import json
import xml.etree.ElementTree as ET
from dataclasses import replace
from importlib import import_module

import pytest

from scanner.core.exit_code import ExitCode
from scanner.core.finding import Status
from scanner.core.report import EndpointRow, RunStatus
from scanner.core.unheard import Unheard
from scanner.report.fail_on import Gate, decide
from scanner.report.formats import csv as csv_format
from scanner.report.formats import ecs, gitlab, junit, ndjson, sarif
from scanner.report.formats import json as json_format
from scanner.report.phrases import unheard_sentences, why_unheard
from scanner.report.verdict import RunOutcome, coverage_sentence, verdict
from scanner.report.writer import WriteOptions
from tests.report import samples

PLACE = "10.0.0.9:2375"
FORMATS = tuple(import_module(f"scanner.report.formats.{name}") for name in samples.EVERY_FORMAT)


def row(port: int = 2375, reason: Unheard = Unheard.TIMED_OUT) -> EndpointRow:
    where = samples.endpoint("10.0.0.9", port)
    return EndpointRow(endpoint=where, status=Status.INCONCLUSIVE, reason=reason, service="docker-api")


def report(*rows: EndpointRow):
    rows = rows or (row(),)
    counts = samples.coverage(asked=len(rows) + 1, answered=1, inconclusive=len(rows))
    return samples.report(run=samples.run(status=RunStatus.INCOMPLETE), coverage=counts, endpoints=rows)


def written(module, of=None) -> str:
    out = io.StringIO()
    module.FORMAT.write(of or report(), out, WriteOptions())
    return out.getvalue()


@pytest.mark.parametrize("module", FORMATS, ids=lambda module: module.FORMAT.name)
def test_every_format_names_the_endpoint_and_the_reason(module):
    text = written(module)
    where = PLACE if module not in {csv_format, ecs, json_format, ndjson} else "10.0.0.9"
    assert where in text
    assert "timed-out" in text


@pytest.mark.parametrize("module", FORMATS, ids=lambda module: module.FORMAT.name)
@pytest.mark.parametrize("reason", Unheard)
def test_every_reason_is_told(module, reason):
    assert reason.value in written(module, report(row(reason=reason)))


def test_the_run_is_not_clean():
    outcome, sentence = verdict(report())
    assert outcome is RunOutcome.PARTIAL
    assert "1 open endpoint could not be heard out" in sentence
    assert "2 asked, 1 answered, 1 inconclusive" in coverage_sentence(report().coverage)
    assert decide(report(), Gate(None)).code is ExitCode.INCOMPLETE
    assert decide(report(), Gate(None, allow_incomplete=True)).code is ExitCode.CLEAN


def test_junit_has_an_error_of_its_own():
    (case,) = [case for case in ET.fromstring(written(junit)).iter("testcase") if "10.0.0.9" in case.attrib["name"]]
    (error,) = case
    assert (error.tag, error.attrib["type"]) == ("error", "timed-out")


def test_sarif_has_a_notification_and_gitlab_a_message():
    invocation = json.loads(written(sarif))["runs"][0]["invocations"][0]
    notes = [note for note in invocation["toolExecutionNotifications"] if note["descriptor"]["id"] == "inconclusive"]
    assert [note["level"] for note in notes] == ["warning"]
    assert not invocation["executionSuccessful"]
    messages = json.loads(written(gitlab))["scan"]["messages"]
    assert any(PLACE in message["value"] and message["level"] == "warn" for message in messages)


def test_csv_has_a_column_for_the_reason():
    (line,) = csv.DictReader(io.StringIO(written(csv_format)))
    assert (line["status"], line["reason"]) == ("inconclusive", "timed-out")


def test_of_very_many_the_rest_is_counted():
    told = list(unheard_sentences(report(*(row(port) for port in range(1, 31))), 10))
    assert len(told) == 11
    assert told[-1].startswith("20 open endpoints more")


def test_who_was_heard_has_no_reason():
    assert why_unheard(replace(row(), status=Status.OPEN, reason=None)) == ""
