import pytest

from tests.fleet.server import ROOT
from tests.support.checks import wrong_examples
from tests.support.standins import see_stand_in


def test_the_examples_are_judged_as_written():
    assert wrong_examples("machine_learning/streamlit") == []


def test_an_app_is_known_and_no_decoy():
    verdict = see_stand_in("streamlit", "look-alike")
    assert (verdict.row.service, verdict.rules) == ("streamlit", [])
    assert verdict.row.decoy is None


PROGRAM = str(ROOT / ".fleet/pypi/streamlit/bin/streamlit")


@pytest.mark.timeout(180)
@pytest.mark.fleet("streamlit", "open")
def test_a_real_app_is_identified(server, see):
    options = ("--server.address={address}", "--server.headless=true", "--browser.gatherUsageStats=false")
    argv = [PROGRAM, "run", "{dir}/app.py", "--server.port=8501", *options]
    running = server(argv, [8501], package="streamlit", files={"app.py": "import streamlit\n"}, patience_s=90)
    verdict = see(running, "streamlit", golden="open")
    assert (verdict.status, verdict.rules) == ("identified", [])
    assert see(running).service == "streamlit"
