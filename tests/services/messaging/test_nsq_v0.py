from tests.support.checks import wrong_examples
from tests.support.standins import see_stand_in


def test_the_examples_are_judged_as_written():
    assert wrong_examples("messaging/nsq-v0") == []


def test_a_stand_in_without_a_login_is_exposed_with_a_count():
    verdict = see_stand_in("nsq-v0", "open")
    assert (verdict.status, verdict.rules) == ("exposed", ["nsq-v0-http-open"])
    assert ("topics", 1) in verdict.row.evidence.items()


def test_a_stand_in_whose_statistics_are_refused_is_protected():
    verdict = see_stand_in("nsq-v0", "protected")
    assert (verdict.status, verdict.rules) == ("protected", [])
