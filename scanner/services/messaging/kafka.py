"""Apache Kafka: a listener without authentication lets strangers read, forge and delete streams of records.

Specification: https://kafka.apache.org/protocol, ApiVersions version 0 and Metadata versions 1 and 8 (KIP-430). The
topics are asked for with a null array: naming one could create it.
"""

from dataclasses import dataclass
from enum import IntFlag

from scanner.core.count import counted
from scanner.core.errors import ClosedEarly, Malformed, Reset
from scanner.core.facts import Access, Exchange, Facts
from scanner.core.image import Image
from scanner.core.probe import Probe, tcp
from scanner.core.rule import Controls, Rule
from scanner.core.sends import line
from scanner.core.talk import Talk
from scanner.wire.kafka import Metadata, parse_api_versions, parse_metadata

API_VERSIONS = bytes.fromhex("0000000a 0012 0000 00000001 ffff")
METADATA_1 = bytes.fromhex("0000000e 0003 0001 00000002 ffff ffffffff")
# Null topics, no automatic creation, with the operations that we may do on the cluster and on each topic.
METADATA_8 = bytes.fromhex("00000011 0003 0008 00000002 ffff ffffffff 00 01 01")
_METADATA_KEY = 3
_MOST_ANSWER_BYTES = 512 * 1024
_MOST_NAMES = 50


class Operation(IntFlag):
    """Bits of the authorized-operations fields: org.apache.kafka.common.acl.AclOperation."""

    READ = 1 << 3
    WRITE = 1 << 4
    CREATE = 1 << 5
    DELETE = 1 << 6
    ALTER = 1 << 7


_TOPIC_CHANGES = Operation.WRITE | Operation.DELETE
_CLUSTER_CHANGES = Operation.CREATE | Operation.ALTER


@dataclass(frozen=True, slots=True, kw_only=True)
class KafkaFacts(Facts):
    """What a broker showed."""

    topics: int = 0
    may_read: bool = False
    """Whether the broker says that we may read a topic's records."""
    may_change: bool = False
    """Whether it says that we may write or delete topics, or change the cluster."""


async def ask(talk: Talk) -> KafkaFacts | None:
    """Ask for the versions, which is open to all, and for the metadata, which a SASL listener closes on."""
    await talk.send(API_VERSIONS)
    versions = parse_api_versions(await _answer(talk, 1))
    low, high = versions.get(_METADATA_KEY, (0, -1))
    if high < 1:
        return KafkaFacts(
            product="Apache Kafka controller",
            proof=(Exchange("ApiVersions", f"{counted(len(versions), 'request')}, none of them a broker's"),),
            note="a KRaft controller: it shows no metadata to anybody, so access can't be decided by reading",
        )
    newest = 8 if low <= 8 <= high else 1
    first = Exchange("ApiVersions", counted(len(versions), "request"))
    try:
        await talk.send(METADATA_8 if newest == 8 else METADATA_1)
        metadata = parse_metadata(await _answer(talk, 2), newest)
    except (ClosedEarly, Reset):
        return KafkaFacts(
            access=Access.REFUSED,
            product="Apache Kafka",
            proof=(first, Exchange("Metadata for all topics", "the connection was closed: SASL is wanted first")),
        )
    return _facts(first, metadata)


async def _answer(talk: Talk, correlation: int) -> bytes:
    """Return the body of the next response, at most its first half megabyte; raises Malformed for another's."""
    length = int.from_bytes(await talk.read_exactly(4), signed=True)
    if not 4 <= length <= 100_000_000:
        raise Malformed("no response of Kafka")
    body = await talk.read_exactly(min(length, _MOST_ANSWER_BYTES))
    if body[:4] != correlation.to_bytes(4):
        raise Malformed("the response to another request")
    return body[4:]


def _facts(first: Exchange, metadata: Metadata) -> KafkaFacts:
    names = tuple(sorted(topic.name for topic in metadata.topics if not topic.internal))
    allowed = Operation(0)
    for topic in metadata.topics:
        allowed |= Operation(max(0, topic.operations) & 0xFF)
    may_read = bool(allowed & Operation.READ)
    may_change = bool(allowed & _TOPIC_CHANGES or max(0, metadata.operations) & _CLUSTER_CHANGES)
    seen = f"{counted(len(metadata.brokers), 'broker')}, {counted(len(metadata.topics), 'topic')}"
    return KafkaFacts(
        access=Access.CONTROL if may_change else Access.DATA if may_read else Access.METADATA,
        product="Apache Kafka",
        evidence={
            "brokers": [f"{broker.host}:{broker.port}" for broker in metadata.brokers[:_MOST_NAMES]],
            "topics": len(metadata.topics),
            "topic_names": list(names[:_MOST_NAMES]),
            "partitions": sum(topic.partitions for topic in metadata.topics),
            "may_read": may_read,
            "may_change": may_change,
        },
        proof=(first, Exchange("Metadata for all topics", seen)),
        traces={"name": names},
        topics=len(metadata.topics),
        may_read=may_read,
        may_change=may_change,
    )


def _open(facts: KafkaFacts) -> str | None:
    if facts.access < Access.METADATA:
        return None
    able = "may write or delete" if facts.may_change else "may read" if facts.may_read else "sees metadata of"
    return (
        f"Kafka serves clients without a login; by its own account a stranger {able} its "
        f"{counted(facts.topics, 'topic')}."
    )


_PAGES = (
    "https://kafka.apache.org/documentation/#security",
    "https://kafka.apache.org/documentation/#security_authz",
)

PROBE = Probe(
    id="kafka",
    title="Apache Kafka",
    ports=(*tcp(9092, 9094, 19092, 29092), *tcp(9093, tls=True)),
    sends=(
        line(API_VERSIONS),
        line(METADATA_1, why="a null array asks for all topics and creates none"),
        line(METADATA_8, why="a null array asks for all topics and creates none"),
    ),
    ask=ask,
    no_moods="a broker that starts refuses connections; what its listeners want shows in how the second question ends",
    mutual_tls_means_protected=True,
    references=_PAGES,
    rules=(
        Rule(
            id="kafka-no-auth",
            title="Kafka serves clients without authentication",
            why="Anybody learns the brokers and topics, and without access rules reads, forges and deletes records.",
            controls=Controls.DATA,
            holds=_open,
            remedy=(
                "# server.properties: passwords over TLS for clients and brokers",
                "listeners=SASL_SSL://10.0.0.5:9093",
                "security.inter.broker.protocol=SASL_SSL",
                "sasl.enabled.mechanisms=SCRAM-SHA-512",
                "sasl.mechanism.inter.broker.protocol=SCRAM-SHA-512",
                "# and access rules that deny what they don't allow",
                "authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer",
                "allow.everyone.if.no.acl.found=false",
            ),
            cwe=(306, 1188, 200),
            attack=("T1190", "T1213", "T1565.002"),
            references=_PAGES,
        ),
    ),
)

LINT = (
    Image(
        names=(
            "confluentinc/cp-kafka",
            "confluentinc/cp-server",
            "apache/kafka",
            "apache/kafka-native",
            "wurstmeister/kafka",
            "bitnami/kafka",
            "bitnamilegacy/kafka",
        ),
        ports=(
            9092,
            9094,
            9093,
            19092,
            29092,
        ),
        rule="kafka-no-auth",
        signs=(
            "closed: KAFKA_LISTENERS=sasl_*:{port}",
            "closed: KAFKA_CFG_LISTENERS=sasl_*:{port}",
            "closed: KAFKA_ADVERTISED_LISTENERS=sasl_*:{port} & !KAFKA_LISTENERS",
            "open: KAFKA_LISTENERS=plaintext*:{port}",
            "open: KAFKA_CFG_LISTENERS=plaintext*:{port}",
            "open: KAFKA_ADVERTISED_LISTENERS=plaintext*:{port} & !KAFKA_LISTENERS",
            "unknown: KAFKA_LISTENER_SECURITY_PROTOCOL_MAP=*sasl*|*:ssl*",
            "unknown: KAFKA_CFG_LISTENER_SECURITY_PROTOCOL_MAP=*sasl*|*:ssl*",
            "unknown: KAFKA_ADVERTISED_LISTENERS=*sasl*|*ssl:*",
            "unknown: KAFKA_LISTENERS=*sasl*|*ssl:*",
            "unknown: KAFKA_CFG_LISTENERS=*sasl*|*ssl:*",
            "open: KAFKA_LISTENERS=*plaintext*",
            "open: KAFKA_ADVERTISED_LISTENERS=*plaintext*",
            "open: ALLOW_PLAINTEXT_LISTENER=yes",
        ),
        files=("*server.properties", "/mnt/shared/config*"),
        why="its listeners are PLAINTEXT, which asks for no login",
        source="https://docs.confluent.io/platform/current/security/authentication/overview.html",
    ),
    Image(
        names=("redpandadata/redpanda", "docker.redpanda.com/redpandadata/redpanda", "vectorized/redpanda"),
        ports=(
            9092,
            19092,
        ),
        rule="kafka-no-auth",
        signs=(
            "closed: --set=*enable_sasl=true*",
            "unknown: RP_BOOTSTRAP_USER",
        ),
        files=("*redpanda.yaml", "*bootstrap.y*ml"),
        why="it asks for no login unless SASL is switched on",
        source="https://docs.redpanda.com/current/manage/security/authentication/",
    ),
)
