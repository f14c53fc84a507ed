from tests.support.checks import wrong_examples
from tests.support.standins import see_stand_in


def test_the_examples_are_judged_as_written():
    assert wrong_examples("machine_learning/dagster") == []


def test_a_start_page_at_every_path_does_not_hide_an_open_interface():
    verdict = see_stand_in("dagster", "open")
    assert (verdict.status, verdict.rules) == ("exposed", ["dagster-no-auth"])
    assert verdict.row.decoy is None
    assert verdict.row.version == "1.13.28"
