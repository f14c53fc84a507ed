import csv
import io
import json

import pytest

from scanner.cli.main import run
from scanner.report.formats.json import FORMAT as JSON
from scanner.report.writer import WriteOptions
from tests.history.store.told import HOSTS, found, told
from tests.support.schemas import strict_validator


@pytest.fixture
def history(tmp_path, capsys):
    reports = []
    for day, report in (
        (1, told(1, found(HOSTS[0], owner="=ops"), found(HOSTS[1]))),
        (2, told(2, found(HOSTS[0], owner="=ops"))),
    ):
        path = tmp_path / f"{day}.json"
        with path.open("w") as out:
            JSON.write(report, out, WriteOptions())
        reports.append(str(path))
    store = str(tmp_path / "history.db")

    def ask(*words, code=0):
        assert run(["history", words[0], *words[1:], "--history", store]) == code
        return capsys.readouterr()

    # Given in the wrong order they are added in that of their runs.
    told_lines = ask("add", *reversed(reports)).out.splitlines()
    assert [line.rpartition(": ")[2] for line in told_lines] == ["2 new", "1 gone"]
    return ask


def test_what_is_open_is_listed_with_its_age(history):
    text = history("findings").out
    assert HOSTS[0] in text
    assert HOSTS[1] not in text
    assert "2026-11-01" in text
    assert HOSTS[1] in history("findings", "--state", "gone").out


def test_every_question_has_the_same_answer_in_json_and_csv(history):
    for words in (["findings"], ["runs"], ["trend", "--since", "2026-11-01"], ["fix-time", "--by", "owner"]):
        document = json.loads(history(*words, "--json").out)
        table = list(csv.DictReader(io.StringIO(history(*words, "--csv").out)))
        assert (document["schema"], document["question"]) == ("exposure-scanner/history/v1", words[0])
        assert [len(document["rows"]), list(document["rows"][0])] == [len(table), list(table[0])]


@pytest.mark.parametrize(
    "words", [["findings"], ["runs"], ["trend"], *(["fix-time", "--by", by] for by in ("severity", "owner", "rule"))]
)
def test_every_key_of_an_answer_is_declared(history, words):
    document = json.loads(history(*words, "--json").out)
    assert document["rows"]
    assert [error.message for error in strict_validator("history-v1.json", words[0]).iter_errors(document)] == []


def test_every_key_of_a_life_is_declared(history):
    lives = [json.loads(line) for line in history("export").out.splitlines()]
    assert {kind["kind"] for life in lives for kind in life["sightings"]} == {"seen", "gone"}
    told = json.loads(history("show", lives[0]["finding"]["fingerprint"], "--json").out)
    for definition, document in (("show", told), *(("life", one) for one in lives)):
        assert [error.message for error in strict_validator("history-v1.json", definition).iter_errors(document)] == []


def test_no_cell_is_a_formula(history):
    (row,) = csv.DictReader(io.StringIO(history("findings", "--csv").out))
    assert row["owner"] == "'=ops"


def test_a_life_is_told(history):
    (one,) = json.loads(history("findings", "--json").out)["rows"]
    text = history("show", one["fingerprint"][:8]).out
    assert "What happened\n  2026-11-01T06:00:00Z  new" in text
    document = json.loads(history("show", one["fingerprint"], "--json").out)
    assert [event["event"] for event in document["events"]] == ["new"]
    assert [one["kind"] for one in document["sightings"]] == ["seen", "seen"]


def test_everything_is_exported_and_old_things_are_forgotten(history, tmp_path):
    lines = [json.loads(line) for line in history("export").out.splitlines()]
    assert sorted(line["state"] for line in lines) == ["gone", "open"]
    assert "forgot" in history("prune", "--keep", "1h").out
    assert json.loads(history("findings", "--state", "gone", "--json").out)["rows"] == []


def test_metrics_go_to_a_file_that_the_exporter_can_read(history, tmp_path):
    file = tmp_path / "exposure.prom"
    history("metrics", "-o", str(file))
    assert 'exposure_findings_total{turn="gone"} 1\n' in file.read_text()
    assert file.stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize(
    ("words", "code", "why"),
    [
        (["findings", "--since", "soon"], 2, "write a span such as"),
        (["findings", "--since", "2026-13-45"], 2, "is no day"),
        (["findings", "--json", "--csv"], 2, "choose one"),
        (["show", "12"], 2, "is no fingerprint"),
        (["findings", "--state", "opne"], 2, "open"),
    ],
)
def test_a_wrong_question_is_one_line(history, words, code, why):
    err = history(*words, code=code).err
    assert why in err
    assert "Traceback" not in err


def test_a_history_that_is_not_there_is_not_made(tmp_path, capsys):
    assert run(["history", "runs", "--history", str(tmp_path / "none.db")]) == 3
    assert "is not there" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
