"""MinIO: buckets that strangers may list, and metrics that name all buckets.

https://min.io/docs/minio/linux/operations/monitoring/collect-minio-metrics-using-prometheus.html
"""

import re
from dataclasses import dataclass

from scanner.core.count import counted
from scanner.core.facts import Access, Exchange, Facts
from scanner.core.jsontext import Json
from scanner.core.mood import Mood, said
from scanner.core.probe import Fingerprint, Probe, tcp
from scanner.core.rule import Controls, Rule
from scanner.core.sends import get
from scanner.core.talk import HttpAnswer, HttpTalk
from scanner.core.unheard import Unheard
from scanner.wire.reading import get_or_none
from scanner.wire.s3 import Listing, parse_answer

_METRICS = "/minio/v2/metrics/cluster"
_BUCKET_METRICS = "/minio/v2/metrics/bucket"
_OBJECTS = "/{}?list-type=2&max-keys=5"
_NAME = re.compile(r'bucket="([a-z0-9][a-z0-9.-]{1,62})"')
_MOST_BUCKETS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class MinioFacts(Facts):
    """What a MinIO server showed."""

    metrics: bool = False
    public_buckets: tuple[str, ...] = ()


def parse_buckets(answer: HttpAnswer | None) -> list[str] | None:
    """Return the buckets that metrics name, None when the answer holds no metrics of MinIO."""
    if answer is None or answer.status != 200 or not answer.body.startswith(b"# HELP minio_"):
        return None
    return list(dict.fromkeys(_NAME.findall(answer.body.decode("utf-8", "replace"))))


async def ask(talk: HttpTalk) -> MinioFacts | None:
    """The Server header names the product; metrics name buckets, and a bucket's listing proves that it is public."""
    root = await talk.get("/")
    if not root.header("server").lower().startswith("minio"):
        return None
    cluster = parse_buckets(await get_or_none(talk, _METRICS))
    buckets = parse_buckets(await get_or_none(talk, _BUCKET_METRICS)) if cluster is not None else None
    public: dict[str, Listing] = {}
    for name in (buckets or [])[:_MOST_BUCKETS]:
        answer = await get_or_none(talk, _OBJECTS.replace("{}", name))
        listing = parse_answer(answer.body) if answer and answer.status == 200 else None
        if listing is not None and listing.kind == "objects":
            public[name] = listing
    if cluster is None:
        refusal = parse_answer(root.body)
        code = refusal.names[0] if refusal and refusal.kind == "error" else ""
        return MinioFacts(
            access=Access.REFUSED if root.refused else Access.UNKNOWN,
            product="MinIO",
            proof=(Exchange("GET /", f"{root.status} {code}".rstrip()),),
            note=None if root.refused else "buckets that strangers may read can only be asked for by name",
        )
    names: list[Json] = [*(buckets or [])[:20]]
    proof = [Exchange(f"GET {_METRICS}", f"200, metrics that name {counted(len(names), 'bucket')}")]
    proof += [
        Exchange(f"GET /{name}?list-type=2", f"200, {counted(len(one.names), 'object')}")
        for name, one in public.items()
    ]
    return MinioFacts(
        access=Access.DATA if public else Access.METADATA,
        product="MinIO",
        evidence={"buckets": names, "public_buckets": [*public]},
        proof=tuple(proof),
        traces={"name": (*(buckets or ()), *(key for one in public.values() for key in one.names))},
        metrics=True,
        public_buckets=tuple(public),
    )


def _metrics(facts: MinioFacts) -> str | None:
    return "MinIO gives its metrics, with the names of all buckets, to anybody." if facts.metrics else None


def _public(facts: MinioFacts) -> str | None:
    if not facts.public_buckets:
        return None
    return f"MinIO lists the objects of {', '.join(facts.public_buckets)} to anybody."


_PAGES = (
    "https://min.io/docs/minio/linux/administration/identity-access-management/policy-based-access-control.html",
    "https://min.io/docs/minio/linux/operations/monitoring/collect-minio-metrics-using-prometheus.html",
)

MOODS = (
    Mood(
        name="starting",
        pages={
            "*": said(
                "<?xml version='1.0'?><Error><Code>XMinioServerNotInitialized</Code><Me"
                "ssage>Server not initialized yet, please try again.</Message></Error>",
                503,
                server="MinIO",
                content_type="application/xml",
            )
        },
        unheard=Unheard.REFUSED_LATER,
    ),
    Mood(
        name="old-server-header",
        pages={
            "/": said(
                "<?xml version='1.0'?><Error><Code>AccessDenied</Code><Message>Access Denied.</Message></Error>",
                403,
                server="Minio/RELEASE.2018-05-04T23-13-12Z (linux; amd64)",
                content_type="application/xml",
            ),
            "*": said(
                "<Error><Code>AccessDenied</Code></Error>",
                403,
                server="Minio/RELEASE.2018-05-04T23-13-12Z (linux; amd64)",
            ),
        },
        access=Access.REFUSED,
    ),
    Mood(
        name="slow-down",
        pages={
            "*": said(
                "<?xml version='1.0'?><Error><Code>SlowDown</Code><Message>Resource req"
                "uested is unreadable, please reduce your request rate</Message></Error"
                ">",
                503,
                server="MinIO",
            )
        },
        unheard=Unheard.REFUSED_LATER,
    ),
)

PROBE = Probe(
    id="minio",
    moods=MOODS,
    title="MinIO",
    ports=tcp(9000),
    sends=(get("/"), get(_METRICS), get(_BUCKET_METRICS), get(_OBJECTS)),
    ask_http=ask,
    fingerprints=(Fingerprint(header=("server", "MinIO")),),
    references=_PAGES,
    rules=(
        Rule(
            id="minio-public-bucket",
            title="MinIO lists a bucket to strangers",
            why="Objects can be found and downloaded; where the policy allows writing, replaced.",
            controls=Controls.DATA,
            holds=_public,
            remedy=("mc anonymous set none ALIAS/BUCKET", "mc anonymous list ALIAS/BUCKET"),
            cwe=(306, 284, 732, 200),
            attack=("T1530", "T1190"),
            references=_PAGES,
        ),
        Rule(
            id="minio-public-metrics",
            title="MinIO's metrics are public",
            why="They name all buckets, their sizes and the drives: what an attacker asks for next.",
            controls=Controls.TELEMETRY,
            holds=_metrics,
            remedy=(
                "# the server's environment",
                "MINIO_PROMETHEUS_AUTH_TYPE=jwt",
            ),
            cwe=(200, 497),
            attack=("T1082",),
            references=_PAGES,
        ),
    ),
)
