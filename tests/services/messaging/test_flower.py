import pytest

from tests.fleet.server import ROOT
from tests.support.checks import wrong_examples

PROGRAM = str(ROOT / ".fleet/pypi/flower/bin/celery")


def test_the_examples_are_judged_as_written():
    assert wrong_examples("messaging/flower") == []


def start(server, *options):
    argv = [PROGRAM, "--broker=memory://", "flower", "--address={address}", "--port=5555", *options]
    return server(argv, [5555], package="flower", patience_s=60)


@pytest.mark.timeout(120)
@pytest.mark.fleet("flower", "open", lint="mher/flower:2.0")
def test_pages_without_a_login_are_exposed(server, see):
    running = start(server)
    verdict = see(running, "flower", golden="open")
    assert (verdict.status, verdict.rules) == ("exposed", ["flower-no-auth"])
    assert verdict.row.evidence == {"workers": 0}
    assert see(running).service == "flower"


@pytest.mark.timeout(120)
@pytest.mark.fleet("flower", "protected", lint="mher/flower:2.0")
def test_a_login_protects(server, see):
    verdict = see(start(server, "--basic-auth=u:p"), "flower", golden="protected")
    assert (verdict.status, verdict.rules) == ("protected", [])
