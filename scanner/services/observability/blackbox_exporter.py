"""Prometheus blackbox exporter: makes requests to any address that a stranger names, from inside the network.

Specification: https://github.com/prometheus/blackbox_exporter. /probe is never asked: the request would go elsewhere.
"""

from dataclasses import dataclass

from scanner.core.facts import Access, Exchange, Facts
from scanner.core.probe import Fingerprint, Probe, tcp
from scanner.core.rule import Controls, Rule, reads
from scanner.core.sends import get
from scanner.core.talk import HttpTalk
from scanner.services.observability.web_config import basic_auth, image
from scanner.wire.exposition import labels_of
from scanner.wire.reading import denied, get_or_none, shown, undecided_in

METRICS = "/metrics"
CONFIG = "/config"
_TITLE = "Blackbox Exporter"


@dataclass(frozen=True, slots=True, kw_only=True)
class BlackboxFacts(Facts):
    """What an exporter showed."""


async def ask(talk: HttpTalk) -> BlackboxFacts | None:
    """Recognise the exporter by its metrics or its start page; its configuration is what a closed one keeps back."""
    metrics = await talk.get(METRICS)
    build = labels_of(metrics.body, "blackbox_exporter_build_info") if metrics.status == 200 else {}
    start = await get_or_none(talk, "/") if not build else None
    if not build and (start is None or start.status != 200 or start.title != _TITLE):
        return None
    config = await get_or_none(talk, CONFIG)
    opened = config is not None and config.status == 200 and config.body.startswith(b"modules:")
    refused = denied(config)
    access = Access.METADATA if opened else Access.REFUSED if refused else Access.UNKNOWN
    says = f"200, {config.body.count(b'prober:')} modules" if opened and config is not None else shown(config)
    return BlackboxFacts(
        access=access,
        product="Prometheus blackbox exporter",
        version=build.get("version"),
        evidence={"modules": config.body.count(b"prober:")} if opened and config is not None else {},
        proof=(Exchange(f"GET {METRICS}", shown(metrics)), Exchange(f"GET {CONFIG}", says)),
        note=None if opened or refused else "its configuration page did not show whether strangers are let in",
        unheard=undecided_in(config),
    )


_PAGES = (
    "https://github.com/prometheus/blackbox_exporter#tls-and-basic-authentication",
    "https://prometheus.io/docs/operating/security/#exporters",
)

PROBE = Probe(
    id="blackbox-exporter",
    no_moods="it has no state but running; what it probes changes nothing of its pages",
    title="Prometheus blackbox exporter",
    ports=tcp(9115),
    sends=(get(METRICS), get("/"), get(CONFIG)),
    ask_http=ask,
    fingerprints=(Fingerprint(title=_TITLE),),
    references=_PAGES,
    rules=(
        Rule(
            id="blackbox-exporter-open",
            title="The blackbox exporter sends requests for anybody",
            why="A stranger reaches hosts behind the firewall through it and reads from its answers what is there.",
            controls=Controls.RELAY,
            holds=reads(Access.METADATA, "The blackbox exporter shows its modules without a login; so /probe is open."),
            remedy=(
                *basic_auth("prometheus"),
                "# or this machine alone",
                "--web.listen-address=127.0.0.1:9115",
            ),
            cwe=(306, 441, 668),
            attack=("T1090", "T1046"),
            references=_PAGES,
        ),
    ),
)

LINT = (
    image("prom/blackbox-exporter", "quay.io/prometheus/blackbox-exporter", port=9115, rule="blackbox-exporter-open"),
)
