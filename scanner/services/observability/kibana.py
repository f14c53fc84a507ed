"""Kibana and OpenSearch Dashboards: without a login a stranger has the console of the search engine behind them.

Specification: https://www.elastic.co/docs/api/doc/kibana/. The status page tells little to strangers and is no proof.
"""

from dataclasses import dataclass

from scanner.core.count import counted
from scanner.core.facts import Access, Exchange, Facts
from scanner.core.guard import Guard
from scanner.core.image import Image
from scanner.core.jsontext import Json, as_int, as_object, as_text
from scanner.core.mood import Mood, said
from scanner.core.probe import Fingerprint, Probe, tcp
from scanner.core.rule import Controls, Rule
from scanner.core.sends import get
from scanner.core.talk import HttpAnswer, HttpTalk
from scanner.core.text import clean
from scanner.core.unheard import Unheard
from scanner.wire.reading import denied, get_or_none, object_of, shown, undecided_in

STATUS = "/api/status"
SPACES = "/api/spaces/space"
OBJECTS = "/api/saved_objects/_find?type=index-pattern&fields=type&per_page=1"
_STARTING = "Kibana server is not ready yet"
_MARKS = dict.fromkeys(("kbn-name", "kbn-license-sig", "kbn-version"), "Kibana") | {"osd-name": "OpenSearch Dashboards"}


@dataclass(frozen=True, slots=True, kw_only=True)
class KibanaFacts(Facts):
    """What a server showed."""


def product_of(answer: HttpAnswer) -> str | None:
    """Return the product that an answer's headers or status document name, None when neither does."""
    for header, product in _MARKS.items():
        if answer.header(header):
            return product
    if answer.status == 503 and answer.has(_STARTING):
        return "Kibana"
    document = object_of(answer)
    version = as_object(document.get("version"))
    own = {"name", "uuid", "status"} <= document.keys() and {"number", "build_hash"} <= version.keys()
    return "Kibana" if own else None


def version_of(answer: HttpAnswer) -> str | None:
    """Return the version, where the status document or a header tells it."""
    version = as_object(object_of(answer).get("version"))
    return as_text(version.get("number")) or clean(answer.header("kbn-version"), 40) or None


def parse_spaces(answer: HttpAnswer | None) -> tuple[str, ...] | None:
    """Return the ids of the spaces, None for another answer."""
    value = answer.json_or_none() if answer is not None and answer.status == 200 else None
    if not isinstance(value, list) or not value:
        return None
    ids = [as_text(as_object(space).get("id")) for space in value if "name" in as_object(space)]
    return tuple(clean(name, 120) for name in ids if name) if len(ids) == len(value) and all(ids) else None


def parse_total(answer: HttpAnswer | None) -> int | None:
    """Return the number of saved index patterns, None for another answer."""
    document = object_of(answer)
    return as_int(document.get("total")) if isinstance(document.get("saved_objects"), list) else None


async def ask(talk: HttpTalk) -> KibanaFacts | None:
    """Identify by headers, then read the spaces, or where there are none the saved index patterns."""
    status = await talk.get(STATUS)
    product = product_of(status)
    if product is None:
        return None
    spaces = await get_or_none(talk, SPACES)
    names = parse_spaces(spaces)
    path, answer = SPACES, spaces
    total = None
    if names is None and not denied(spaces):
        path, answer = OBJECTS, await get_or_none(talk, OBJECTS)
        total = parse_total(answer)
    opened = names is not None or total is not None
    refused = denied(answer)
    seen: dict[str, Json] = {"spaces": list(names) if names else None, "index_patterns": total}
    says = (
        f"200, {counted(len(names), 'space')}" if names else f"{shown(answer)}, {counted(total or 0, 'index pattern')}"
    )
    return KibanaFacts(
        access=Access.CONTROL if opened else Access.REFUSED if refused else Access.UNKNOWN,
        product=product,
        version=version_of(status),
        evidence={name: value for name, value in seen.items() if value is not None},
        proof=(Exchange(f"GET {STATUS}", f"{status.status}, {product}"), Exchange(f"GET {path}", says)),
        note=None if opened or refused else f"GET {path} answered {shown(answer)} without what would prove access",
        unheard=undecided_in(answer),
    )


def _open(facts: KibanaFacts) -> str | None:
    return f"{facts.product} asks for no login." if facts.access >= Access.CONTROL else None


_PAGES = (
    "https://www.elastic.co/docs/deploy-manage/security",
    "https://docs.opensearch.org/latest/security/",
)

MOODS = (
    Mood(
        name="starting",
        pages={"*": said("Kibana server is not ready yet", 503, content_type="text/plain; charset=utf-8")},
        unheard=Unheard.REFUSED_LATER,
    ),
    Mood(
        name="starting-8",
        pages={
            "*": said(
                "Kibana server is not ready yet.", 503, content_type="text/html", kbn_name="k", kbn_license_sig="x"
            )
        },
        unheard=Unheard.REFUSED_LATER,
    ),
    Mood(
        name="critical",
        pages={
            "/api/status": said(
                '{"name":"k","uuid":"u","version":{"number":"8.11.0","build_hash":"x","'
                'build_number":1},"status":{"overall":{"level":"critical","summary":"El'
                'asticsearch is unavailable"}}}',
                503,
                content_type="application/json",
                kbn_name="k",
            ),
            "*": said(
                '{"statusCode":503,"error":"Service Unavailable","message":"License is not available."}',
                503,
                content_type="application/json",
                kbn_name="k",
            ),
        },
        unheard=Unheard.REFUSED_LATER,
    ),
)

PROBE = Probe(
    id="kibana",
    moods=MOODS,
    title="Kibana",
    ports=tcp(5601),
    sends=(get(STATUS), get(SPACES), get(OBJECTS)),
    ask_http=ask,
    fingerprints=(
        *(Fingerprint(header=(name, "")) for name in _MARKS),
        Fingerprint(status=503, body=_STARTING),
    ),
    references=_PAGES,
    rules=(
        Rule(
            id="kibana-no-login",
            title="Kibana asks for no login",
            why="Its console sends any request to the search engine behind: anybody reads and deletes all indexes.",
            controls=Controls.DATA,
            holds=_open,
            remedy=(
                "# elasticsearch.yml, then `bin/elasticsearch-reset-password -u kibana_system`",
                "xpack.security.enabled: true",
                "# kibana.yml",
                "elasticsearch.username: kibana_system",
                "server.host: 127.0.0.1",
            ),
            cwe=(306, 1188, 200),
            attack=("T1190", "T1213.006"),
            references=_PAGES,
        ),
    ),
)

LINT = (
    Image(
        names=("kibana", "docker.elastic.co/kibana/kibana"),
        ports=(5601,),
        rule="kibana-no-login",
        defaults=(("", Guard.UNKNOWN),),
        why="it asks for a login when its Elasticsearch does",
        source="https://www.elastic.co/guide/en/kibana/current/docker.html",
    ),
)
