import asyncio
import struct
from pathlib import Path

import pytest
from hypothesis import given

from scanner.core.facts import Access
from scanner.services.messaging.kafka import API_VERSIONS, METADATA_1, METADATA_8, PROBE, KafkaFacts, Operation
from tests.fleet.server import ROOT
from tests.support.hostile import pieces, survives
from tests.support.talks import Hang, Say, ScriptedTalk
from tests.wire.test_kafka import FIVE, FULL, metadata_8, topic, versions

OLD = versions(k0=7, k1=11, k3=5, k18=2, k17=1)
CONTROLLER = versions(k1=17, k17=1, k18=4, k52=1, k53=1)


def said(correlation: int, body: bytes) -> Say:
    return Say(struct.pack(">ii", len(body) + 4, correlation) + body)


def ask(*steps):
    talk = ScriptedTalk(steps, PROBE.sends)
    facts = asyncio.run(PROBE.ask(talk))
    assert talk.finished
    return facts


@pytest.mark.parametrize(
    ("answer", "access"),
    [
        (metadata_8(topic("a", internal=False, operations=Operation.READ)), Access.DATA),
        (metadata_8(topic("a", internal=False, operations=Operation.READ | Operation.WRITE)), Access.CONTROL),
        (metadata_8(topic("a", internal=False, operations=0)), Access.METADATA),
        (metadata_8(topic("a", internal=False, operations=-(1 << 31))), Access.METADATA),
        (metadata_8(operations=Operation.CREATE), Access.CONTROL),
        (metadata_8(), Access.METADATA),
    ],
)
def test_what_the_broker_allows_decides(answer, access):
    facts = ask(API_VERSIONS, said(1, FIVE), METADATA_8, said(2, answer))
    assert facts.access is access
    assert facts.evidence["brokers"] == ["db.example:9092"]


def test_names_of_topics_are_counted_and_internal_ones_left_out():
    facts = ask(API_VERSIONS, said(1, FIVE), METADATA_8, said(2, FULL))
    assert (facts.topics, facts.traces) == (2, {"name": ("orders",)})


def test_an_old_broker_is_asked_in_its_own_version():
    broker = struct.pack(">i", 1) + b"\x00\x01d" + struct.pack(">i", 9092) + b"\xff\xff"
    old = struct.pack(">i", 1) + broker + struct.pack(">ii", 1, 0)
    assert ask(API_VERSIONS, said(1, OLD), METADATA_1, said(2, old)).access is Access.METADATA


def test_a_listener_that_closes_on_metadata_wants_a_login():
    talk = ScriptedTalk((API_VERSIONS, said(1, FIVE), METADATA_8, Hang()), PROBE.sends)
    assert asyncio.run(PROBE.ask(talk)).access is Access.REFUSED


def test_a_controller_is_identified():
    facts = ask(API_VERSIONS, said(1, CONTROLLER))
    assert (facts.access, facts.product) == (Access.UNKNOWN, "Apache Kafka controller")


@given(pieces(said(1, FIVE).data + said(2, FULL).data, said(1, CONTROLLER).data))
def test_any_bytes_give_facts_or_a_talk_error(said):
    survives(PROBE, said)


@pytest.mark.parametrize("first", [b"HTTP", b"\x00\x00\x00\x02\x00\x01", struct.pack(">ii", 500, 2)])
def test_other_protocols_are_given_up(first):
    assert survives(PROBE, [first, FIVE]) is None


def test_the_rule_says_how_far_a_stranger_gets():
    (rule,) = PROBE.rules
    assert rule.holds(KafkaFacts(access=Access.REFUSED)) is None
    assert "sees metadata" in rule.holds(KafkaFacts(access=Access.METADATA))
    assert "may read" in rule.holds(KafkaFacts(access=Access.DATA, may_read=True))
    assert "write or delete" in rule.holds(KafkaFacts(access=Access.CONTROL, may_change=True))


PACKAGE = "org.apache.kafka:kafka_2.13:3.9.1"
JARS = ROOT / ".fleet" / "maven" / "kafka_2.13" / "lib"
PLAIN = "org.apache.kafka.common.security.plain.PlainLoginModule"
SCRIPT = """
set -e
java -Xmx64m -cp '{jars}/*' kafka.tools.StorageTool format -t 4L6g3nShT-eMCtK--X86sw -c {dir}/server.properties
exec java -Xmx256m -cp '{jars}/*' kafka.Kafka {dir}/server.properties
"""
CONF = """
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@{address}:9193
listeners=PLAINTEXT://{address}:9092,CONTROLLER://{address}:9193,SASL_PLAINTEXT://{address}:9094
advertised.listeners=PLAINTEXT://{address}:9092,SASL_PLAINTEXT://{address}:9094
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:SASL_PLAINTEXT,SASL_PLAINTEXT:SASL_PLAINTEXT
inter.broker.listener.name=SASL_PLAINTEXT
sasl.enabled.mechanisms=PLAIN
sasl.mechanism.inter.broker.protocol=PLAIN
sasl.mechanism.controller.protocol=PLAIN
listener.name.sasl_plaintext.plain.sasl.jaas.config={plain} required username="admin" password="x" user_admin="x";
listener.name.controller.plain.sasl.jaas.config={plain} required username="admin" password="x" user_admin="x";
log.dirs={dir}/data
"""
RULES = "authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer\nsuper.users=User:admin\n"

# What the image writes into its properties for it.
LISTENERS = {"environment": {"KAFKA_LISTENERS": "PLAINTEXT://:9092,SASL_PLAINTEXT://:9094"}}


def start_broker(server, more=""):
    """Start a broker with a plain listener on 9092 and one that wants a login on 9094."""
    server.need(PACKAGE, "java")
    if not Path(JARS).exists():
        pytest.skip("Kafka's jars are missing; run `make fleet`")
    return server(
        ["sh", "-c", SCRIPT.replace("{jars}", str(JARS))],
        [9092, 9094],
        package=PACKAGE,
        files={"server.properties": CONF.replace("{plain}", PLAIN) + more},
        patience_s=60,
    )


@pytest.fixture(scope="module")
def plain(module_server):
    return start_broker(module_server)


@pytest.mark.timeout(120)
@pytest.mark.fleet("kafka", "open", lint="apache/kafka:3.9.1", given=LISTENERS)
def test_a_plain_listener_is_exposed(plain, see):
    verdict = see(plain, "kafka", golden="open")
    assert (verdict.status, verdict.rules) == ("exposed", ["kafka-no-auth"])
    assert verdict.row.evidence["may_change"] is True
    assert see(plain, "messaging").service == "kafka"


@pytest.mark.timeout(120)
@pytest.mark.fleet("kafka", "protected", lint="apache/kafka:3.9.1", given=LISTENERS)
def test_a_listener_that_wants_a_login_protects(plain, see):
    verdict = see(plain, "kafka", port=9094, golden="protected")
    assert (verdict.status, verdict.rules) == ("protected", [])


@pytest.mark.timeout(120)
@pytest.mark.fleet("kafka", "look-alike")
def test_a_controller_is_not_exposed(plain, see):
    verdict = see(plain, "kafka", port=9193)
    assert (verdict.status, verdict.rules) == ("identified", [])


@pytest.mark.timeout(120)
@pytest.mark.fleet("kafka", "open")
def test_access_rules_leave_a_plain_listener_its_metadata_alone(server, see):
    verdict = see(start_broker(server, RULES), "kafka", golden="rules")
    assert (verdict.status, verdict.rules) == ("exposed", ["kafka-no-auth"])
    assert verdict.row.access is Access.METADATA
    assert verdict.row.evidence["may_change"] is False
