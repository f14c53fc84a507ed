import pytest

from tests.fleet.server import ROOT, answers
from tests.support.checks import wrong_examples

PROGRAM = str(ROOT / ".fleet/pypi/prefect/bin/prefect")


def test_the_examples_are_judged_as_written():
    assert wrong_examples("machine_learning/prefect") == []


def start(server, login=""):
    env = {"PREFECT_HOME": "{dir}", "PREFECT_SERVER_ANALYTICS_ENABLED": "false"}
    env |= {"PREFECT_SERVER_API_AUTH_STRING": login} if login else {}
    argv = [PROGRAM, "server", "start", "--host", "{address}", "--port", "4200"]
    return server(argv, [4200], package="prefect", env=env, patience_s=150, ready=answers("/"))


@pytest.mark.timeout(240)
@pytest.mark.fleet("prefect", "open", lint="prefecthq/prefect:3.9.1-python3.11")
def test_a_server_without_a_login_is_exposed(server, see):
    running = start(server)
    verdict = see(running, "prefect", golden="open")
    assert (verdict.status, verdict.rules) == ("exposed", ["prefect-no-auth"])
    assert see(running).service == "prefect"


@pytest.mark.timeout(240)
@pytest.mark.fleet("prefect", "protected", lint="prefecthq/prefect:3.9.1-python3.11")
def test_a_login_protects(server, see):
    verdict = see(start(server, "u:p"), "prefect", golden="protected")
    assert (verdict.status, verdict.rules) == ("protected", [])
