import pytest

from tests.fleet.server import ROOT
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


PROGRAM = str(ROOT / ".fleet/pypi/marimo/bin/marimo")


def start(server, *token):
    argv = [PROGRAM, "edit", "--headless", "--skip-update-check", "--host", "{address}", "-p", "2718", *token]
    return server(argv, [2718], package="marimo", patience_s=90)


@pytest.mark.timeout(180)
@pytest.mark.fleet("marimo", "open")
def test_a_real_editor_without_a_token_is_exposed(server, see):
    running = start(server, "--no-token")
    verdict = see(running, "marimo", golden="real-open")
    assert (verdict.status, verdict.rules) == ("exposed", ["marimo-no-token"])
    assert see(running).service == "marimo"


@pytest.mark.timeout(180)
@pytest.mark.fleet("marimo", "protected")
def test_a_real_editor_with_a_token_is_protected(server, see):
    verdict = see(start(server), "marimo", golden="real-protected")
    assert (verdict.status, verdict.rules) == ("protected", [])
