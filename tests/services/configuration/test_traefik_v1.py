from tests.support.checks import wrong_examples
from tests.support.standins import see_stand_in


def test_the_examples_are_judged_as_written():
    assert wrong_examples("configuration/traefik-v1") == []


def test_a_stand_in_that_shows_its_providers_is_exposed():
    verdict = see_stand_in("traefik-v1", "open")
    assert (verdict.status, verdict.rules) == ("exposed", ["traefik-v1-api-open"])


def test_a_stand_in_that_wants_a_login_is_protected():
    verdict = see_stand_in("traefik-v1", "protected")
    assert (verdict.status, verdict.rules) == ("protected", [])
