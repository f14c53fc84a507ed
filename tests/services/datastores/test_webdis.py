from tests.support.checks import wrong_examples
from tests.support.standins import see_stand_in


def test_the_examples_are_judged_as_written():
    assert wrong_examples("datastores/webdis") == []


def test_redis_over_http_is_exposed_and_no_decoy():
    """It answers 200 to every path, the one that can't exist too."""
    verdict = see_stand_in("webdis", "open")
    assert (verdict.status, verdict.rules) == ("exposed", ["webdis-no-auth"])
    assert verdict.row.decoy is None
    assert verdict.row.version == "7.0.15"


def test_a_webdis_that_asks_for_a_password_is_protected():
    verdict = see_stand_in("webdis", "protected")
    assert (verdict.status, verdict.rules) == ("protected", [])
