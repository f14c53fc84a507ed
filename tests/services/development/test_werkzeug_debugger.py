import asyncio

import pytest

from scanner.core.facts import Access
from scanner.services.development.werkzeug_debugger import CONSOLE, PROBE
from tests.fleet.server import ROOT
from tests.support.talks import ScriptedHttp, page

PYTHON = str(ROOT / ".fleet/pypi/werkzeug/bin/python")
APP = (
    "from werkzeug.serving import run_simple\n"
    "def app(environ, start): raise ValueError('x')\n"
    "run_simple('{address}', 5000, app, use_debugger=True, use_evalex=EVALEX)\n"
)
HEAD = "<title>Console // Werkzeug Debugger</title><script src='?__debugger__=yes'></script>CONSOLE_MODE = true,"


def ask(body, status=200):
    return asyncio.run(PROBE.ask_http(ScriptedHttp({CONSOLE: page(body, status)}, PROBE.sends)))


@pytest.mark.parametrize(
    ("trusted", "access", "rule"),
    [
        ("true", Access.CONTROL, "werkzeug-debugger-no-pin"),
        ("false", Access.METADATA, "werkzeug-debugger-reachable"),
    ],
)
def test_the_number_decides(trusted, access, rule):
    facts = ask(f"{HEAD} EVALEX = true, EVALEX_TRUSTED = {trusted}")
    assert (facts.access, [one.id for one in PROBE.rules if one.holds(facts)]) == (access, [rule])


@pytest.mark.parametrize("body", ["", "<title>Console</title>", f"{HEAD} EVALEX = false"])
def test_other_pages_are_another_product(body):
    assert ask(body) is None


NAMED = {"named": "behind a proxy of names it trusts this machine's alone, and the proxy does not pass that on"}


def start(server, pin, evalex="True"):
    app = APP.replace("EVALEX", evalex)
    env = {"WERKZEUG_DEBUG_PIN": pin}
    return server([PYTHON, "-c", app], [5000], package="werkzeug", env=env, patience_s=60)


@pytest.mark.fleet("werkzeug-debugger", "open", unlike=NAMED)
@pytest.mark.parametrize(
    ("pin", "rule"), [("off", "werkzeug-debugger-no-pin"), ("123-456-789", "werkzeug-debugger-reachable")]
)
def test_a_debugger_is_exposed_with_its_number_and_without(server, see, pin, rule):
    running = start(server, pin)
    verdict = see(running, "werkzeug-debugger", golden="open")
    assert (verdict.status, verdict.rules) == ("exposed", [rule])
    assert see(running).service == "werkzeug-debugger"


@pytest.mark.fleet("werkzeug-debugger", "look-alike")
def test_an_application_without_a_console_is_not(server, see):
    verdict = see(start(server, "off", evalex="False"), "werkzeug-debugger")
    assert verdict.rules == []
