from tests.support.checks import wrong_examples
from tests.support.standins import see_stand_in


def test_the_examples_are_judged_as_written():
    assert wrong_examples("machine_learning/marimo") == []


def test_an_editor_without_a_token_is_exposed_with_a_count():
    verdict = see_stand_in("marimo", "open")
    assert (verdict.status, verdict.rules) == ("exposed", ["marimo-no-token"])
    assert verdict.row.evidence["sessions"] == 2


def test_an_editor_with_a_token_is_protected():
    verdict = see_stand_in("marimo", "protected")
    assert (verdict.status, verdict.rules) == ("protected", [])
