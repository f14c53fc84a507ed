import pytest

from tests.fleet.server import ROOT
from tests.support.checks import wrong_examples

PROGRAM = str(ROOT / ".fleet/pypi/scrapyd/bin/scrapyd")
SETTINGS = "[scrapyd]\nbind_address = {address}\nhttp_port = 6800\n"


def test_the_examples_are_judged_as_written():
    assert wrong_examples("development/scrapyd") == []


def start(server, more=""):
    return server([PROGRAM], [6800], package="scrapyd", files={"scrapyd.conf": SETTINGS + more}, patience_s=60)


@pytest.mark.timeout(120)
@pytest.mark.fleet("scrapyd", "open")
def test_a_daemon_without_a_login_is_exposed(server, see):
    running = start(server)
    verdict = see(running, "scrapyd", golden="open")
    assert (verdict.status, verdict.rules) == ("exposed", ["scrapyd-no-auth"])
    assert verdict.row.evidence == {"projects": 0, "running": 0}
    assert see(running).service == "scrapyd"


@pytest.mark.timeout(120)
@pytest.mark.fleet("scrapyd", "protected")
def test_a_login_protects(server, see):
    verdict = see(start(server, "username = u\npassword = p\n"), "scrapyd", golden="protected")
    assert (verdict.status, verdict.rules) == ("protected", [])
