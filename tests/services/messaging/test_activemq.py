import asyncio

import pytest
from hypothesis import given

from scanner.core.errors import Malformed
from scanner.core.facts import Access
from scanner.services.messaging.activemq import PROBE, parse_wire_format
from tests.fleet.around import SILENT
from tests.support.hostile import pieces, survives
from tests.support.talks import Say, ScriptedTalk


def text(value: bytes) -> bytes:
    return len(value).to_bytes(2) + value


PROPERTIES = (
    (4).to_bytes(4)
    + text(b"TcpNoDelayEnabled") + b"\x01\x01"
    + text(b"CacheSize") + b"\x05" + (1024).to_bytes(4)
    + text(b"ProviderName") + b"\x09" + text(b"ActiveMQ")
    + text(b"ProviderVersion") + b"\x09" + text(b"5.17.2")
)  # fmt: skip
FRAME = b"\x01ActiveMQ" + (12).to_bytes(4) + b"\x01" + len(PROPERTIES).to_bytes(4) + PROPERTIES
GREETING = len(FRAME).to_bytes(4) + FRAME


def test_the_greeting_names_product_and_version_and_nothing_is_sent():
    talk = ScriptedTalk((Say(GREETING),), PROBE.sends)
    facts = asyncio.run(PROBE.ask(talk))
    assert (facts.access, facts.product, facts.version) == (Access.UNKNOWN, "ActiveMQ", "5.17.2")
    assert talk.sent == []
    assert PROBE.sends == ()


@pytest.mark.parametrize(
    "frame",
    [
        b"",
        FRAME[:13],
        b"\x02" + FRAME[1:],
        FRAME[:30],
        FRAME[:9] + b"\xff" * 4 + FRAME[13:],
        FRAME.replace(b"\x05", b"\x55", 1),
    ],
)
def test_other_frames_are_malformed(frame):
    with pytest.raises(Malformed):
        parse_wire_format(frame)


def test_a_frame_without_properties_has_no_version():
    assert parse_wire_format(FRAME[:13] + b"\x00").texts == {}


@given(pieces(GREETING))
def test_any_bytes_give_facts_or_a_talk_error(said):
    facts = survives(PROBE, said)
    assert facts is None or facts.access is Access.UNKNOWN


CONF = """<beans xmlns="http://www.springframework.org/schema/beans" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
 xsi:schemaLocation="http://www.springframework.org/schema/beans
 http://www.springframework.org/schema/beans/spring-beans-2.0.xsd
 http://activemq.apache.org/schema/core http://activemq.apache.org/schema/core/activemq-core.xsd">
<broker xmlns="http://activemq.apache.org/schema/core" useJmx="false" persistent="false" brokerName="fleet">
<plugins>%s</plugins>
<transportConnectors>
  <transportConnector name="openwire" uri="tcp://{address}:61616"/>
  <transportConnector name="stomp" uri="stomp://{address}:61613"/>
</transportConnectors></broker></beans>
"""
LOGIN = (
    '<simpleAuthenticationPlugin anonymousAccessAllowed="false"><users>'
    '<authenticationUser username="u" password="p" groups="g"/></users></simpleAuthenticationPlugin>'
)
JAVA = [
    "java", "-Xmx128m", "-Dactivemq.home=/usr/share/activemq", "-Dactivemq.base={dir}", "-Dactivemq.conf={dir}",
    "-jar", "/usr/share/activemq/bin/activemq.jar", "start", "xbean:file:{dir}/activemq.xml",
]  # fmt: skip


@pytest.fixture(scope="module")
def activemq(module_server):
    def start(plugins: str = ""):
        module_server.need("activemq", "/usr/share/activemq/bin/activemq.jar")
        files = {"activemq.xml": CONF % plugins}
        return module_server(JAVA, [61616, 61613], package="activemq", files=files, patience_s=60)

    return start


@pytest.mark.timeout(120)
@pytest.mark.fleet("activemq", "open")
@pytest.mark.fleet("stomp", "open", unlike={"odd": SILENT})
def test_a_broker_without_a_login_is_named_and_its_stomp_port_is_exposed(activemq, see):
    running = activemq()
    verdict = see(running, "activemq", golden="open")
    assert (verdict.status, verdict.rules, verdict.row.product) == ("identified", [], "ActiveMQ")
    assert verdict.row.version.startswith("5.")
    verdict = see(running, "stomp", port=61613, golden="activemq")
    assert (verdict.status, verdict.rules, verdict.row.product) == ("exposed", ["stomp-anonymous"], "ActiveMQ")


@pytest.mark.timeout(120)
@pytest.mark.fleet("activemq", "protected")
@pytest.mark.fleet("stomp", "protected", unlike={"odd": SILENT})
def test_a_broker_with_a_login_is_named_and_its_stomp_port_is_protected(activemq, see):
    running = activemq(LOGIN)
    assert (see(running, "activemq").status, see(running, "activemq").rules) == ("identified", [])
    verdict = see(running, "stomp", port=61613, golden="protected")
    assert (verdict.status, verdict.rules) == ("protected", [])
