import asyncio
import json
import urllib.error
import urllib.request

import pytest

from scanner.core.facts import Access
from scanner.services.machine_learning.mlflow import EXPERIMENTS, PROBE, VERSION, parse_experiments, parse_version
from tests.fleet.server import ROOT
from tests.support.talks import ScriptedHttp, page

ROW = {"experiment_id": "0", "name": "Default", "artifact_location": "s3://bucket/0", "lifecycle_stage": "active"}
OPEN = page(json.dumps({"experiments": [ROW]}), json=True)


def ask(answers):
    talk = ScriptedHttp(answers, PROBE.sends)
    return asyncio.run(PROBE.ask_http(talk)), talk.sent


def rules(facts):
    return [rule.id for rule in PROBE.rules if rule.holds(facts)]


def test_experiments_are_data():
    facts, _ = ask({EXPERIMENTS: OPEN, VERSION: page("3.1.0")})
    assert (facts.access, facts.version, facts.experiments) == (Access.DATA, "3.1.0", 1)
    assert facts.evidence == {"experiments": 1, "artifact_stores": ["s3"]}
    assert rules(facts) == ["mlflow-no-auth"]


def test_a_guard_of_names_is_asked_again_as_localhost():
    _, sent = ask({EXPERIMENTS: page("Invalid Host header - possible DNS rebinding attack detected", 403)})
    assert sent == [f"GET {EXPERIMENTS}", f"GET {EXPERIMENTS} [Host: localhost]"]


def test_its_own_demand_for_a_login_protects_and_another_is_another_product():
    facts, _ = ask({EXPERIMENTS: page("", 401, {"WWW-Authenticate": 'Basic realm="mlflow"'})})
    assert (facts.access, rules(facts)) == (Access.REFUSED, [])
    assert ask({EXPERIMENTS: page("", 401, {"WWW-Authenticate": 'Basic realm="x"'})})[0] is None


@pytest.mark.parametrize(
    "body", ["", "[]", "{}", '{"experiments": []}', '{"experiments": [{"name": "x"}]}', '{"experiments": 1}']
)
def test_other_documents_are_other_products(body):
    assert parse_experiments(page(body)) is None


@pytest.mark.parametrize("body", ["", "OK", "<html>", "1" * 50])
def test_other_versions_are_none(body):
    assert parse_version(page(body)) is None


def start(server, *more, **env):
    argv = [
        str(ROOT / ".fleet/pypi/mlflow/bin/mlflow"), "server", "--host", "{address}", "--port", "5000",
        "--workers", "1",
        "--backend-store-uri", "sqlite:///{dir}/m.db", "--artifacts-destination", "{dir}/a", *more,
    ]  # fmt: skip
    return server(argv, [5000], package="mlflow[auth]", patience_s=120, env=env, ready=answers)


def answers(running):
    """Tell whether the application is loaded, which the first question of a worker waits for."""
    try:
        # It refuses names that it does not know.
        request = urllib.request.Request(f"http://{running.address}:5000/", headers={"Host": "localhost:5000"})
        urllib.request.urlopen(request, timeout=60).close()
    except urllib.error.HTTPError as error:
        error.close()
        return error.code == 401
    return True


GUARDED = {"named": "it refuses the address that nginx asks for, and only the name leads to it"}


@pytest.mark.timeout(200)
@pytest.mark.fleet("mlflow", "open", unlike=GUARDED, lint="ghcr.io/mlflow/mlflow:v3.4.0")
def test_a_real_server_is_exposed(server, see):
    running = start(server)
    verdict = see(running, "mlflow", golden="open")
    assert (verdict.status, verdict.rules) == ("exposed", ["mlflow-no-auth"])
    assert see(running).service == "mlflow"


@pytest.mark.timeout(200)
@pytest.mark.fleet("mlflow", "protected", unlike=GUARDED, lint="ghcr.io/mlflow/mlflow:v3.4.0")
def test_its_own_login_protects(server, see):
    env = {"MLFLOW_FLASK_SERVER_SECRET_KEY": "s" * 64, "MLFLOW_AUTH_ADMIN_PASSWORD": "p" * 20}
    running = start(server, "--app-name", "basic-auth", **env)
    verdict = see(running, "mlflow", golden="login")
    assert (verdict.status, verdict.rules) == ("protected", [])
