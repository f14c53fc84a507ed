from tests.support.checks import wrong_examples
from tests.support.standins import see_stand_in


def test_the_examples_are_judged_as_written():
    assert wrong_examples("machine_learning/streamlit") == []


def test_an_app_is_known_and_no_decoy():
    verdict = see_stand_in("streamlit", "look-alike")
    assert (verdict.row.service, verdict.rules) == ("streamlit", [])
    assert verdict.row.decoy is None
