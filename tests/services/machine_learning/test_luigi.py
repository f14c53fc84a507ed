import pytest

from tests.fleet.server import ROOT
from tests.support.checks import wrong_examples

PROGRAM = str(ROOT / ".fleet/pypi/luigi/bin/luigid")
PAGE = "= /static/visualiser/index.html"


def test_the_examples_are_judged_as_written():
    assert wrong_examples("machine_learning/luigi") == []


def start(server):
    return server([PROGRAM, "--address", "{address}", "--port", "8082"], [8082], package="luigi", patience_s=60)


@pytest.mark.timeout(120)
@pytest.mark.fleet("luigi", "open")
def test_a_scheduler_is_exposed(server, see):
    running = start(server)
    verdict = see(running, "luigi", golden="open")
    assert (verdict.status, verdict.rules) == ("exposed", ["luigi-no-auth"])
    assert verdict.row.evidence == {"workers": 0}
    assert see(running).service == "luigi"


@pytest.mark.timeout(120)
@pytest.mark.fleet("luigi", "protected", unlike={"elsewhere": "a password hides the front page that names it"})
def test_a_password_in_front_of_its_calls_protects(server, see):
    front = server.front(f"http://{start(server).address}:8082", 8082, public=(PAGE,), user="u", password="p")
    verdict = see(front, "luigi", golden="protected")
    assert (verdict.status, verdict.rules) == ("protected", [])
