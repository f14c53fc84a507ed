from tests.support.checks import wrong_examples
from tests.support.standins import see_stand_in


def test_the_examples_are_judged_as_written():
    assert wrong_examples("messaging/schema-registry") == []


def test_a_stand_in_without_a_login_is_exposed_with_a_count():
    verdict = see_stand_in("schema-registry", "open")
    assert (verdict.status, verdict.rules) == ("exposed", ["schema-registry-open"])
    assert ("subjects", 1) in verdict.row.evidence.items()


def test_a_stand_in_with_a_login_is_protected():
    verdict = see_stand_in("schema-registry", "protected")
    assert (verdict.status, verdict.rules) == ("protected", [])
