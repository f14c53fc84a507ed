"""What the Prometheus exporters share that tell all they have at /metrics and show one start page for any path."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from scanner.core.facts import Access, Exchange, Facts
from scanner.core.probe import Fingerprint, Probe, tcp
from scanner.core.rule import Controls, Rule, reads
from scanner.core.sends import get
from scanner.core.talk import HttpTalk
from scanner.services.observability.web_config import basic_auth
from scanner.wire.exposition import labels_of
from scanner.wire.reading import denied, shown

METRICS = "/metrics"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExporterFacts(Facts):
    """What an exporter showed."""


def asking(title: str, page: str, metric: str) -> Callable[[HttpTalk], Awaitable[ExporterFacts | None]]:
    """Return the question for an exporter's own build information; its start page alone may stand before a login."""

    async def ask(talk: HttpTalk) -> ExporterFacts | None:
        metrics = await talk.get(METRICS)
        build = labels_of(metrics.body, metric) if metrics.status == 200 else {}
        if not build and not (denied(metrics) and (await talk.get("/")).title.startswith(page)):
            return None
        return ExporterFacts(
            access=Access.METADATA if build else Access.REFUSED,
            product=title,
            version=build.get("version"),
            proof=(Exchange(f"GET {METRICS}", shown(metrics)),),
        )

    return ask


@dataclass(frozen=True, slots=True, kw_only=True)
class Exporter:
    """What sets one exporter apart."""

    id: str
    title: str
    port: int
    page: str
    """How the title of its start page begins."""
    metric: str
    """The name under which it tells its build."""
    why: str
    controls: Controls
    attack: tuple[str, ...]
    references: tuple[str, ...]

    def probe(self) -> Probe:
        """Return the service."""
        rule = Rule(
            id=f"{self.id}-open",
            title=f"The {self.title} answers anybody",
            why=self.why,
            controls=self.controls,
            holds=reads(Access.METADATA, "The exporter shows its metrics without a login."),
            remedy=(
                *basic_auth("prometheus"),
                "# or this machine alone",
                f"--web.listen-address=127.0.0.1:{self.port}",
            ),
            cwe=(306, 441, 668) if self.controls is Controls.RELAY else (306, 200, 668),
            attack=self.attack,
            references=("https://prometheus.io/docs/operating/security/#exporters", *self.references),
        )
        return Probe(
            id=self.id,
            title=self.title,
            ports=tcp(self.port),
            sends=(get(METRICS), get("/")),
            ask_http=asking(self.title, self.page, self.metric),
            fingerprints=(Fingerprint(title=self.page),),
            no_moods="it tells its own build whether what it watches is there or not",
            references=self.references,
            rules=(rule,),
        )
