import pytest

from tests.fleet.server import ROOT
from tests.support.checks import wrong_examples

PROGRAM = str(ROOT / ".fleet/pypi/optuna-dashboard/bin/optuna-dashboard")

PYTHON = str(ROOT / ".fleet/pypi/optuna-dashboard/bin/python")
HIDDEN = {"elsewhere": "a password hides the front page that names it"}


def test_the_examples_are_judged_as_written():
    assert wrong_examples("machine_learning/optuna-dashboard") == []


def start(server):
    make = "import optuna; optuna.create_study(storage='sqlite:///{dir}/studies.db')"
    run = f'{PYTHON} -c "{make}"; exec {PROGRAM} --host {{address}} --port 8080 sqlite:///{{dir}}/studies.db'
    server.need("optuna-dashboard", PROGRAM)
    return server(["sh", "-c", run], [8080], package="optuna-dashboard", patience_s=90)


@pytest.mark.timeout(180)
@pytest.mark.fleet("optuna-dashboard", "open", lint="ghcr.io/optuna/optuna-dashboard:v0.19.0")
def test_a_server_without_a_login_is_exposed(server, see):
    running = start(server)
    verdict = see(running, "optuna-dashboard", golden="open")
    assert (verdict.status, verdict.rules) == ("exposed", ["optuna-dashboard-no-auth"])
    assert verdict.row.evidence == {"studies": 1}
    assert see(running).service == "optuna-dashboard"


@pytest.mark.timeout(180)
@pytest.mark.fleet("optuna-dashboard", "protected", unlike=HIDDEN)
def test_a_password_in_front_of_it_protects(server, see):
    front = server.front(f"http://{start(server).address}:8080", 8080, public=("= /dashboard",), user="u", password="p")
    verdict = see(front, "optuna-dashboard", golden="protected")
    assert (verdict.status, verdict.rules) == ("protected", [])
