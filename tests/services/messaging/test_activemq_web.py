import asyncio

import pytest

from scanner.core.facts import Access
from scanner.services.messaging.activemq_web import BRIDGE, CONSOLE, PROBE
from tests.support.talks import ScriptedHttp, page

LOGIN = page("", 401, {"WWW-Authenticate": 'basic realm="ActiveMQRealm"'})
OPENED = page("<html><head><title>localhost : ActiveMQ Console</title></head></html>")
JOLOKIA = page(
    '{"request":{"type":"version"},"value":{"agent":"1.7.2","protocol":"7.2","info":{}},"status":200}', json=True
)


@pytest.mark.parametrize(
    ("console", "bridge", "access", "rules"),
    [
        (OPENED, LOGIN, Access.CONTROL, ["activemq-console-open"]),
        (OPENED, JOLOKIA, Access.CONTROL, ["activemq-jolokia-open"]),
        (LOGIN, JOLOKIA, Access.CONTROL, ["activemq-jolokia-open"]),
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
