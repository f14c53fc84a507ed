"""Prometheus node exporter: kernel, devices, mounts, addresses and units of a host, for anybody who asks.

Specification: https://prometheus.io/docs/guides/node-exporter/. Its default port, 9100, is JetDirect's too, to which
this scanner never sends anything: an exporter is confirmed on other ports alone.
"""

from dataclasses import dataclass

from scanner.core.count import counted
from scanner.core.facts import Access, Exchange, Facts
from scanner.core.jsontext import Json, as_int
from scanner.core.probe import Fingerprint, Probe, tcp
from scanner.core.rule import Controls, Rule, reads
from scanner.core.sends import get
from scanner.core.talk import HttpTalk
from scanner.services.observability.web_config import basic_auth, image
from scanner.wire.exposition import labels_of, metric_names
from scanner.wire.reading import get_or_none

METRICS = "/metrics"
_TITLE = "Node Exporter"


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeFacts(Facts):
    """What an exporter told of its host."""


def parse_metrics(body: bytes) -> dict[str, Json]:
    """Return what identifies host and exporter in a page of metrics, empty when it is no node exporter's."""
    names = metric_names(body)
    if not {"node_exporter_build_info", "node_scrape_collector_success"} & names:
        return {}
    build, uname, system = (labels_of(body, f"node_{name}_info") for name in ("exporter_build", "uname", "os"))
    found: dict[str, Json] = {
        "exporter_version": build.get("version"),
        "host": uname.get("nodename"),
        "kernel": uname.get("release"),
        "operating_system": system.get("pretty_name"),
        "metrics": sum(name.startswith("node_") for name in names),
    }
    return {name: value for name, value in found.items() if value}


async def ask(talk: HttpTalk) -> NodeFacts | None:
    """Read the metrics; recognise an exporter that refuses them by the title of its start page."""
    answer = await talk.get(METRICS)
    found = parse_metrics(answer.body) if answer.status == 200 else {}
    if found:
        version = found.pop("exporter_version", None)
        return NodeFacts(
            access=Access.METADATA,
            product="Prometheus node exporter",
            version=str(version) if version else None,
            evidence=found,
            proof=(Exchange(f"GET {METRICS}", f"200, {counted(as_int(found.get('metrics')), 'metric')} of the host"),),
        )
    start = await get_or_none(talk, "/") if answer.refused else None
    if start is None or start.status != 200 or start.title != _TITLE:
        return None
    return NodeFacts(
        access=Access.REFUSED,
        product="Prometheus node exporter",
        proof=(Exchange("GET /", f"200, {_TITLE}"), Exchange(f"GET {METRICS}", str(answer.status))),
    )


_PAGES = ("https://prometheus.io/docs/guides/node-exporter/", "https://prometheus.io/docs/operating/security/")

PROBE = Probe(
    id="node-exporter",
    no_moods="it counts alike in every state; one with too many scrapes says 503, which is no answer",
    title="Prometheus node exporter",
    ports=tcp(9100),
    sends=(get(METRICS), get("/")),
    ask_http=ask,
    fingerprints=(Fingerprint(title=_TITLE),),
    references=_PAGES,
    rules=(
        Rule(
            id="node-exporter-open",
            title="The node exporter describes its host to anybody",
            why="Kernel, devices, mounts and units tell an attacker which exploit fits and when nobody looks.",
            controls=Controls.TELEMETRY,
            holds=reads(Access.METADATA, "The node exporter shows the host's metrics without a login."),
            remedy=(
                *basic_auth("prometheus"),
                "# or the interface that Prometheus scrapes over alone",
                "--web.listen-address=10.0.0.5:9100",
            ),
            cwe=(200, 497, 668),
            attack=("T1082", "T1046"),
            references=_PAGES,
        ),
    ),
)

LINT = (
    image(
        "prom/node-exporter",
        "quay.io/prometheus/node-exporter",
        "bitnami/node-exporter",
        port=9100,
        rule="node-exporter-open",
    ),
)
