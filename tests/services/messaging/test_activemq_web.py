import asyncio

import pytest

from scanner.core.facts import Access
from scanner.services.messaging.activemq_web import BRIDGE, CONSOLE, PROBE, version_of
from tests.support.talks import ScriptedHttp, page

LOGIN = page("", 401, {"WWW-Authenticate": 'basic realm="ActiveMQRealm"'})
OPENED = page("<html><head><title>localhost : ActiveMQ Console</title></head></html>")
JOLOKIA = page(
    '{"request":{"type":"version"},"value":{"agent":"1.7.2","protocol":"7.2","info":{}},"status":200}', json=True
)


NO_ORIGIN = page(
    '{"error_type":"java.lang.Exception","error":"java.lang.Exception : Origin null is not allowed to call this agent",'
    '"status":403}',
    json=True,
)


@pytest.mark.parametrize(
    ("console", "bridge", "access", "rules"),
    [
        (OPENED, LOGIN, Access.CONTROL, ["activemq-console-open"]),
        (OPENED, JOLOKIA, Access.CONTROL, ["activemq-jolokia-open"]),
        (LOGIN, JOLOKIA, Access.CONTROL, ["activemq-jolokia-open"]),
        (OPENED, NO_ORIGIN, Access.CONTROL, ["activemq-jolokia-open"]),
        (LOGIN, NO_ORIGIN, Access.CONTROL, ["activemq-jolokia-open"]),
        (LOGIN, page('{"status":403,"error":"forbidden"}', json=True), Access.REFUSED, []),
        (LOGIN, LOGIN, Access.REFUSED, []),
        (LOGIN, page("", 404), Access.REFUSED, []),
        (page("", 401, {"WWW-Authenticate": 'Basic realm="x"'}), JOLOKIA, None, []),
        (page("<title>Apache ActiveMQ</title>", 404), JOLOKIA, None, []),
    ],
)
def test_the_answers_decide(console, bridge, access, rules):
    facts = asyncio.run(PROBE.ask_http(ScriptedHttp({CONSOLE: console, BRIDGE: bridge}, PROBE.sends)))
    assert (facts.access if facts else None) is access
    assert [rule.id for rule in PROBE.rules if facts and rule.holds(facts)] == rules


def test_the_console_tells_the_version_of_the_broker():
    console = page("<title>localhost : ActiveMQ Console</title><tr><td>Version</td>\n <td><b>5.18.3</b></td></tr>")
    facts = asyncio.run(PROBE.ask_http(ScriptedHttp({CONSOLE: console, BRIDGE: NO_ORIGIN}, PROBE.sends)))
    assert (facts.version, facts.evidence) == (
        "5.18.3",
        {"jolokia": "Jolokia, which wants an Origin header and no login"},
    )
    assert version_of(page("<td>Version</td> <td><b>5.18.3</b></td>")) is None
