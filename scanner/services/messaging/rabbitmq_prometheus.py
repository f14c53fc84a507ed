"""RabbitMQ's Prometheus endpoint: names and numbers of a cluster, for anybody who asks.

Specification: https://www.rabbitmq.com/docs/prometheus
"""

from dataclasses import dataclass

from scanner.core.facts import Access, Exchange, Facts
from scanner.core.image import Image
from scanner.core.jsontext import Json
from scanner.core.probe import DefaultPort, Fingerprint, Probe, tcp
from scanner.core.rule import Controls, Rule, reads
from scanner.core.sends import get
from scanner.core.talk import HttpTalk
from scanner.wire.exposition import labels_of, value_of

METRICS = "/metrics"
_COUNTS = ("queues", "connections", "channels", "consumers")


@dataclass(frozen=True, slots=True, kw_only=True)
class RabbitMetricsFacts(Facts):
    """What the metrics told."""


def parse_metrics(body: bytes) -> dict[str, Json]:
    """Return what identifies a node and its load in a page of metrics, empty when it is not RabbitMQ's."""
    build = labels_of(body, "rabbitmq_build_info")
    node = labels_of(body, "rabbitmq_identity_info")
    if "rabbitmq_version" not in build or "rabbitmq_node" not in node:
        return {}
    counts = {name: value_of(body, f"rabbitmq_{name}") for name in _COUNTS}
    found: dict[str, Json] = {
        "rabbitmq_version": build["rabbitmq_version"],
        "erlang": build.get("erlang_version"),
        "node": node["rabbitmq_node"],
        "cluster": node.get("rabbitmq_cluster"),
    }
    return found | {name: int(count) for name, count in counts.items() if count is not None and abs(count) < 1e15}


async def ask(talk: HttpTalk) -> RabbitMetricsFacts | None:
    """Read the metrics; there is no login to refuse, unless a proxy adds one."""
    answer = await talk.get(METRICS)
    found = parse_metrics(answer.body) if answer.status == 200 else {}
    if not found:
        return None
    version = str(found.pop("rabbitmq_version"))
    return RabbitMetricsFacts(
        access=Access.METADATA,
        product="RabbitMQ",
        version=version,
        evidence=found,
        proof=(Exchange(f"GET {METRICS}", f"200, metrics of RabbitMQ {version}"),),
    )


_PAGES = ("https://www.rabbitmq.com/docs/prometheus", "https://www.rabbitmq.com/docs/networking#ports")

PROBE = Probe(
    id="rabbitmq-prometheus",
    no_moods="it counts alike in every state of the broker",
    title="RabbitMQ metrics",
    ports=(*tcp(15692), DefaultPort(15691, tls=True)),
    sends=(get(METRICS),),
    ask_http=ask,
    fingerprints=(
        Fingerprint(header=("server", "Cowboy")),
        Fingerprint(title="RabbitMQ Prometheus"),
        Fingerprint(status=404, json_key="error", body='"Object Not Found"'),
    ),
    references=_PAGES,
    rules=(
        Rule(
            id="rabbitmq-metrics-open",
            title="RabbitMQ shows its metrics to anybody",
            why="Names of nodes, versions and load of the cluster show an attacker what is there.",
            controls=Controls.TELEMETRY,
            holds=reads(Access.METADATA, "RabbitMQ's metrics endpoint asks for no login."),
            remedy=(
                "# rabbitmq.conf: the interface that Prometheus scrapes over alone",
                "prometheus.tcp.ip = 10.0.0.5",
                "# or this machine alone",
                "prometheus.tcp.ip = 127.0.0.1",
            ),
            cwe=(200, 497, 668),
            attack=("T1046",),
            references=_PAGES,
        ),
    ),
)

LINT = (
    Image(
        names=("rabbitmq",),
        ports=(15692,),
        rule="rabbitmq-metrics-open",
        signs=("unknown: RABBITMQ_PLUGINS",),
        files=("*enabled_plugins",),
        access=Access.METADATA,
        why="the metrics ask for no login",
        source="https://www.rabbitmq.com/docs/prometheus",
    ),
)
