import json
from dataclasses import replace

import pytest

from scanner.core.finding import Severity
from scanner.history.store.life import Turn
from scanner.watch.digest import Digest, Occasion, Told, worth_telling
from tests.support.schemas import strict_validator

ONE = Told(Turn.NEW, Severity.HIGH, "a" * 64, "10.0.0.1:6379", "cache\x1b[2J", "ops", "Redis answers", "Redis 7")
DIGEST = Digest(
    id="1", at="2026-11-28T00:00:00Z", occasion=Occasion.CHANGE, run="r", told=(ONE, replace(ONE, turn=Turn.GONE)),
    open={"critical": 0, "high": 3},
)  # fmt: skip


def test_the_subject_counts_what_happened_and_names_the_gravest():
    assert DIGEST.subject == "exposure: 1 new, 1 gone, the gravest high"
    assert replace(DIGEST, told=DIGEST.told[1:]).subject == "exposure: 1 gone"


def test_the_text_moves_no_cursor_and_says_what_is_open():
    assert "\x1b" not in DIGEST.text
    assert "\\x1b[2J" in DIGEST.text
    assert "3 findings open now: 3 high\n" in DIGEST.text


def test_many_findings_are_counted_not_listed():
    text = replace(DIGEST, told=(ONE,) * 60).text
    assert text.count("10.0.0.1:6379") == 50
    assert "and 10 more" in text


def test_the_body_is_json_in_ascii():
    document = json.loads(DIGEST.body)
    of_itself = json.loads(Digest(id="1", at=DIGEST.at, occasion=Occasion.FAILED, why="no route").body)
    declared = strict_validator("alert-v1.json")
    assert [error.message for one in (document, of_itself) for error in declared.iter_errors(one)] == []
    assert DIGEST.body.isascii()
    assert [event["event"] for event in document["events"]] == ["new", "gone"]
    assert (document["schema"], document["open"]) == ("exposure-scanner/alert/v1", {"critical": 0, "high": 3})


@pytest.mark.parametrize(
    ("occasion", "why", "subject"),
    [
        (Occasion.FAILED, "no route\nto host", "exposure: the watch failed: no route\\x0ato host"),
        (Occasion.RECOVERED, "", "exposure: the watch works again"),
    ],
)
def test_a_watch_tells_of_itself(occasion, why, subject):
    assert Digest(id="1", at="2026-11-28T00:00:00Z", occasion=occasion, why=why).subject == subject


@pytest.mark.parametrize(
    ("turn", "accepted", "told"),
    [
        (Turn.NEW, False, True),
        (Turn.NEW, True, False),
        (Turn.GONE, False, True),
        (Turn.ACCEPTED, True, False),
        (Turn.LAPSED, False, True),
        (Turn.INCONCLUSIVE, False, True),
    ],
)
def test_what_people_decided_makes_no_noise(turn, accepted, told):
    assert bool(worth_telling([replace(ONE, turn=turn, accepted=accepted)])) is told
