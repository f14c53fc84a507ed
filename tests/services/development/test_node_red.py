import asyncio

import pytest

from scanner.core.facts import Access
from scanner.services.development.node_red import LOGIN, PROBE, SETTINGS
from tests.fleet.server import ROOT
from tests.support.talks import ScriptedHttp, page

PROGRAM = ROOT / ".fleet/npm/node-red/node_modules/node-red/red.js"
USER = (
    "{username:'a',permissions:'*',"
    "password:'$2b$08$wuAqPiKJlVN27eF5qJp.RuQYuy6ZYONW7a/UWYxDTtwKFCdB8F19y'}"  # the example of its documentation
)
FORM = page('{"type":"credentials","prompts":[]}', json=True)


def ask(answers):
    return asyncio.run(PROBE.ask_http(ScriptedHttp(answers, PROBE.sends)))


def rules(facts):
    return [rule.id for rule in PROBE.rules if rule.holds(facts)]


@pytest.mark.parametrize(
    ("permissions", "access", "rule"),
    [
        ('"read"', Access.DATA, "node-red-readable"),
        ('"*"', Access.CONTROL, "node-red-no-auth"),
        ('["flows.read","nodes.read"]', Access.DATA, "node-red-readable"),
        ('["*.read","flows.write"]', Access.CONTROL, "node-red-no-auth"),
        ("[]", Access.CONTROL, "node-red-no-auth"),
        ("null", Access.CONTROL, "node-red-no-auth"),
    ],
)
def test_what_a_default_user_may_decides(permissions, access, rule):
    settings = f'{{"httpNodeRoot":"/","version":"4.1","user":{{"anonymous":true,"permissions":{permissions}}}}}'
    facts = ask({SETTINGS: page(settings, json=True)})
    assert (facts.access, rules(facts)) == (access, [rule])


def test_a_refusal_with_its_form_is_protected():
    facts = ask({SETTINGS: page("Unauthorized", 401), LOGIN: FORM})
    assert (facts.access, rules(facts)) == (Access.REFUSED, [])


@pytest.mark.parametrize("answer", [page("{}", json=True), page("Unauthorized", 401)])
def test_other_settings_and_other_refusals_are_another_product(answer):
    assert ask({SETTINGS: answer, LOGIN: page('{"type":"form"}', json=True)}) is None


def start(server, login=""):
    server.need("node-red", str(PROGRAM))
    files = {"settings.js": f"module.exports = {{ uiHost: '{{address}}', uiPort: 1880, {login} }}"}
    argv = ["node", str(PROGRAM), "-u", "{dir}", "-s", "{dir}/settings.js"]
    return server(argv, [1880], package="node-red", files=files, patience_s=60, ready=b"Started flows")


@pytest.mark.timeout(120)
@pytest.mark.fleet("node-red", "open", lint="nodered/node-red:4.1")
@pytest.mark.parametrize(
    ("login", "rule"),
    [
        ("", "node-red-no-auth"),
        ("adminAuth: {type:'credentials',users:[],default:{permissions:'read'}}", "node-red-readable"),
    ],
    ids=["no-login", "read-for-all"],
)
def test_an_editor_without_a_login_is_exposed(server, see, login, rule):
    running = start(server, login)
    verdict = see(running, "node-red", golden="open")
    assert (verdict.status, verdict.rules) == ("exposed", [rule])
    assert see(running).service == "node-red"


@pytest.mark.timeout(120)
@pytest.mark.fleet(
    "node-red", "protected", lint="nodered/node-red:4.1", given={"volumes": ["./data:/data"]}, unsure=True
)
def test_a_login_protects_although_the_page_is_shown(server, see):
    verdict = see(start(server, f"adminAuth: {{type:'credentials',users:[{USER}]}}"), "node-red", golden="protected")
    assert (verdict.status, verdict.rules) == ("protected", [])
