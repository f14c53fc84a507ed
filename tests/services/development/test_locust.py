import asyncio

import pytest

from scanner.core.facts import Access
from scanner.services.development.locust import LOGIN, PROBE, STATS
from tests.fleet.server import ROOT
from tests.support.talks import ScriptedHttp, page

PROGRAM = str(ROOT / ".fleet/pypi/locust/bin/locust")
FILE = "from locust import HttpUser, task\n\n\nclass Shop(HttpUser):\n    @task\n    def look(self):\n        pass\n"
WITH_LOGIN = """
from locust import events


@events.init.add_listener
def add_login(environment, **more):
    environment.web_ui.app.config["SECRET_KEY"] = "x"
    environment.web_ui.login_manager.user_loader(lambda user: None)
    environment.web_ui.auth_args = {"username_password_callback": "/login_submit"}
"""
STATE = '{"stats":[],"errors":[],"state":"ready","fail_ratio":0.0,"user_count":0}'


def ask(answers):
    return asyncio.run(PROBE.ask_http(ScriptedHttp(answers, PROBE.sends)))


def test_figures_are_control_and_the_rule_holds_for_them_alone():
    (rule,) = PROBE.rules
    shown = ask({STATS: page(STATE, json=True)})
    refused = ask({STATS: page("", 302, {"Location": "/login?next=%2F"}), LOGIN: page("<title>Locust</title>")})
    assert (shown.access, refused.access) == (Access.CONTROL, Access.REFUSED)
    assert rule.holds(shown)
    assert rule.holds(refused) is None


@pytest.mark.parametrize("answer", [page("{}", json=True), page("", 401), page("", 404)])
def test_other_answers_are_another_product(answer):
    assert ask({STATS: answer, LOGIN: page("<title>Shop</title>"), "/": page("<title>Shop</title>")}) is None


def start(server, more="", *options):
    argv = [PROGRAM, "-f", "{dir}/shop.py", "--web-host", "{address}", "--web-port", "8089", *options]
    return server(argv, [8089], package="locust", files={"shop.py": FILE + more}, patience_s=60)


@pytest.mark.timeout(120)
@pytest.mark.fleet("locust", "open", lint="locustio/locust:2.43.0")
def test_a_page_without_a_login_is_exposed(server, see):
    running = start(server)
    verdict = see(running, "locust", golden="open")
    assert (verdict.status, verdict.rules) == ("exposed", ["locust-no-auth"])
    assert verdict.row.evidence == {"state": "ready"}
    assert see(running).service == "locust"


@pytest.mark.timeout(120)
@pytest.mark.fleet("locust", "protected", lint="locustio/locust:2.43.0")
def test_a_login_protects(server, see):
    verdict = see(start(server, WITH_LOGIN, "--web-login"), "locust", golden="protected")
    assert (verdict.status, verdict.rules) == ("protected", [])
