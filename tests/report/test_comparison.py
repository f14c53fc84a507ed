import io
import json

import pytest

from scanner.core.finding import FindingState
from scanner.findings.change import Change, Fate
from scanner.report.comparison import SCHEMA, write_json, write_text
from tests.report.samples import docker_finding, endpoint, finding


def text(*changes, width=100):
    out = io.StringIO()
    write_text(changes, out, width)
    return out.getvalue()


def document(*changes):
    out = io.StringIO()
    write_json(changes, out)
    return json.loads(out.getvalue())


@pytest.mark.parametrize(
    ("fate", "title"), [(Fate.NEW, "New: 1"), (Fate.GONE, "Gone: 1"), (Fate.UNKNOWN, "Unknown: not proven closed: 1")]
)
def test_what_changed_is_told_with_its_reason_and_its_id(fate, title):
    said = text(Change(fate, finding(), "because of this"))
    assert said.startswith(f"{title}\n")
    assert "127.0.0.1:6379  Redis answers without a password" in said
    assert "because of this" in said
    assert f"id {finding().fingerprint}" in said


def test_what_stayed_is_only_counted():
    said = text(Change(Fate.UNCHANGED, finding(), ""))
    assert said == "1 finding: 0 new, 0 gone, 1 unchanged, 0 unknown\n"


def test_new_ones_come_before_what_is_gone_and_what_is_unknown():
    said = text(*(Change(fate, finding(), "") for fate in reversed(Fate)))
    assert said.index("New:") < said.index("Gone:") < said.index("Unknown:") < said.index("4 findings:")


def test_nothing_on_either_side_is_said_and_not_left_empty():
    assert text() == "No finding in either report.\n"


def test_names_and_states_are_shown():
    named = finding(endpoint=endpoint(name="cache"), state=FindingState.ACCEPTED)
    assert "127.0.0.1:6379 (cache)" in text(Change(Fate.NEW, named, ""))
    assert "[accepted]" in text(Change(Fate.NEW, named, ""))


def test_lines_keep_to_the_width_where_words_allow():
    said = text(Change(Fate.NEW, docker_finding(), "word " * 60), width=80)
    assert max(len(line) for line in said.splitlines() if " id " not in line) <= 80


def test_json_has_every_change_in_order_and_counts_each_fate():
    changes = [Change(Fate.GONE, finding(), "shut"), Change(Fate.UNCHANGED, docker_finding(), "")]
    written = document(*changes)
    assert written["schema"] == SCHEMA
    assert written["summary"] == {"new": 0, "gone": 1, "unchanged": 1, "unknown": 0}
    assert [(one["fate"], one["why"]) for one in written["changes"]] == [("gone", "shut"), ("unchanged", "")]
    assert [one["finding"]["rule"] for one in written["changes"]] == ["redis-no-password", "docker-api-no-auth"]


def test_json_without_changes_still_counts():
    assert set(document()["summary"]) == {fate.value for fate in Fate}
