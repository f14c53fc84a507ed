"""Elasticsearch: with security switched off anybody reads, alters and wipes every index.

https://www.elastic.co/docs/deploy-manage/security
"""

from scanner.core.facts import Access
from scanner.core.firewall import close_to_strangers
from scanner.core.guard import Guard
from scanner.core.image import Image
from scanner.core.jsontext import as_text
from scanner.core.mood import Mood, said
from scanner.core.probe import Fingerprint, Probe, tcp
from scanner.core.rule import Controls, Rule
from scanner.core.sends import get
from scanner.core.talk import HttpAnswer, HttpTalk
from scanner.core.unheard import Unheard
from scanner.services.datastores.search_engine import (
    ALIASES,
    CLUSTER_MANAGER,
    HEALTH,
    INDICES,
    SearchFacts,
    is_security_exception,
    lists_indices,
    open_sentence,
    read_indices,
    reason,
    refused,
    root_of,
    state_of,
    version_of,
)
from scanner.wire.reading import unheard_in

_TAGLINE = "You Know, for Search"


def is_refusal(answer: HttpAnswer) -> bool:
    """Tell whether Elasticsearch's own security refused."""
    return answer.refused and is_security_exception(answer) and "OpenSearch" not in reason(answer)


async def ask(talk: HttpTalk) -> SearchFacts | None:
    """The root document names the product; the list of indices is what security refuses."""
    root = await talk.get("/")
    if is_refusal(root):
        return refused("Elasticsearch", root)
    if unheard_in(root) and root.header("x-elastic-product") == "Elasticsearch" and not root_of(root).get("version"):
        return await read_indices(talk, "Elasticsearch", None, root)
    state = await state_of(talk, root)
    if (state and CLUSTER_MANAGER not in state) or (not state and await lists_indices(talk, root)):
        return await read_indices(talk, "Elasticsearch", None, root)
    document = root_of(root)
    version = version_of(document)
    number = as_text(version.get("number"))
    if document.get("tagline") != _TAGLINE or not number:
        return None
    if as_text(version.get("distribution")) == "opensearch":
        return None
    return await read_indices(talk, "Elasticsearch", number, root)


_PAGES = (
    "https://www.elastic.co/docs/deploy-manage/security",
    "https://www.elastic.co/docs/deploy-manage/security/self-auto-setup",
)

MOODS = (
    Mood(
        name="no-master",
        pages={
            "/": said(
                '{"name":"n1","cluster_name":"logs","cluster_uuid":"_na_","version":{"n'
                'umber":"8.15.3","build_flavor":"default","lucene_version":"9.11.1"},"t'
                'agline":"You Know, for Search"}',
                503,
                content_type="application/json",
            ),
            "*": said(
                '{"error":{"root_cause":[{"type":"master_not_discovered_exception","rea'
                'son":null}],"type":"master_not_discovered_exception","reason":null},"s'
                'tatus":503}',
                503,
                content_type="application/json",
            ),
        },
        unheard=Unheard.REFUSED_LATER,
    ),
    Mood(
        name="starting",
        pages={
            "/": said(
                '{"name":"n1","cluster_name":"logs","cluster_uuid":"_na_","version":{"n'
                'umber":"8.15.3","build_flavor":"default","lucene_version":"9.11.1"},"t'
                'agline":"You Know, for Search"}',
                content_type="application/json",
            ),
            "*": said(
                '{"error":{"root_cause":[{"type":"cluster_block_exception","reason":"bl'
                'ocked by: [SERVICE_UNAVAILABLE/1/state not recovered / initialized];"}'
                '],"type":"cluster_block_exception","reason":"blocked by: [SERVICE_UNAV'
                'AILABLE/1/state not recovered / initialized];"},"status":503}',
                503,
                content_type="application/json",
            ),
        },
        unheard=Unheard.REFUSED_LATER,
    ),
    Mood(
        name="circuit-breaker",
        pages={
            "*": said(
                '{"error":{"root_cause":[{"type":"circuit_breaking_exception","reason":'
                '"[parent] Data too large"}],"type":"circuit_breaking_exception","reaso'
                'n":"[parent] Data too large"},"status":429}',
                429,
                content_type="application/json",
                x_elastic_product="Elasticsearch",
            )
        },
        unheard=Unheard.REFUSED_LATER,
    ),
    Mood(
        name="1.7",
        pages={
            "/": said(
                '{"status":200,"name":"Stepford","cluster_name":"elasticsearch","versio'
                'n":{"number":"1.7.6","build_hash":"c730b59","lucene_version":"4.10.4"}'
                ',"tagline":"You Know, for Search"}',
                content_type="application/json",
            ),
            "/_cat/indices": said("green open logs 5 1 10 0 1kb 1kb \n", content_type="text/plain; charset=utf-8"),
            "/_aliases": said('{"logs":{"aliases":{}}}', content_type="application/json"),
            "/_cluster/health": said(
                '{"cluster_name":"elasticsearch","status":"green","timed_out":false,"nu'
                'mber_of_nodes":1,"active_shards":5,"unassigned_shards":0}',
                content_type="application/json",
            ),
        },
        access=Access.CONTROL,
    ),
    Mood(
        name="0.90",
        pages={
            "/": said(
                '{"ok":true,"status":200,"name":"Scorpio","version":{"number":"0.90.13"'
                ',"build_hash":"249c9c5","lucene_version":"4.6"},"tagline":"You Know, f'
                'or Search"}',
                content_type="application/json",
            ),
            "/_cat/indices": said(
                "No handler found for uri [/_cat/indices] and method [GET]",
                400,
                content_type="text/plain; charset=utf-8",
            ),
            "/_aliases": said('{"logs":{"aliases":{}}}', content_type="application/json"),
            "/_cluster/health": said(
                '{"cluster_name":"elasticsearch","status":"green","number_of_nodes":1}', content_type="application/json"
            ),
        },
        access=Access.CONTROL,
    ),
    Mood(
        name="x-pack-5",
        pages={
            "*": said(
                '{"error":{"root_cause":[{"type":"security_exception","reason":"missing'
                ' authentication token for REST request [/]","header":{"WWW-Authenticat'
                'e":"Basic realm=\\"security\\""}}],"type":"security_exception","reason":'
                '"missing authentication token for REST request [/]"},"status":401}',
                401,
                content_type="application/json",
            )
        },
        access=Access.REFUSED,
    ),
    Mood(
        name="search-guard-starting",
        pages={
            "*": said(
                "Search Guard not initialized (SG11). See https://docs.search-guard.com/latest/sgadmin",
                503,
                content_type="text/plain; charset=utf-8",
            )
        },
        nameless=True,
        unheard=Unheard.REFUSED_LATER,
    ),
)

PROBE = Probe(
    id="elasticsearch",
    moods=MOODS,
    title="Elasticsearch",
    ports=tcp(9200),
    sends=(get("/"), get(INDICES), get(ALIASES), get(HEALTH)),
    ask_http=ask,
    fingerprints=(
        Fingerprint(header=("x-elastic-product", "Elasticsearch")),
        Fingerprint(body=_TAGLINE),
        Fingerprint(body="security_exception"),
    ),
    references=_PAGES,
    rules=(
        Rule(
            id="elasticsearch-no-auth",
            title="Elasticsearch answers without authentication",
            why="Every index can be read, altered and wiped; such clusters are found and held to ransom.",
            controls=Controls.DATA,
            holds=open_sentence,
            remedy=(
                "# elasticsearch.yml",
                "xpack.security.enabled: true",
                "xpack.security.http.ssl.enabled: true",
                "xpack.security.http.ssl.keystore.path: certs/http.p12",
                "network.host: 127.0.0.1",
                "# then a password for the superuser",
                "bin/elasticsearch-reset-password -u elastic",
                close_to_strangers("tcp dport { 9200, 9300 }"),
            ),
            cwe=(306, 1188, 200),
            attack=("T1190", "T1213.006", "T1485", "T1657"),
            references=_PAGES,
        ),
    ),
)

LINT = (
    Image(
        names=("elasticsearch", "docker.elastic.co/elasticsearch/elasticsearch"),
        ports=(9200,),
        rule="elasticsearch-no-auth",
        defaults=(
            ("5.0", Guard.OPEN),
            ("8.0", Guard.CLOSED),
        ),
        signs=(
            "open: xpack.security.enabled=false",
            "open: ES_SETTING_XPACK_SECURITY_ENABLED=false",
            "open: -Expack.security.enabled=false",
            "open: -E=xpack.security.enabled=false",
            "closed: xpack.security.enabled=true",
            "closed: ES_SETTING_XPACK_SECURITY_ENABLED=true",
            "closed: -Expack.security.enabled=true",
            "closed: -E=xpack.security.enabled=true",
        ),
        files=("*elasticsearch.yml",),
        why="the image asks for a login since 8.0 and for none before",
        source="https://www.elastic.co/guide/en/elasticsearch/reference/current/security-settings.html",
    ),
    Image(
        names=("bitnami/elasticsearch", "bitnamilegacy/elasticsearch"),
        ports=(9200,),
        rule="elasticsearch-no-auth",
        signs=("closed: ELASTICSEARCH_ENABLE_SECURITY=true|yes|1",),
        files=("*elasticsearch.yml",),
        why="the image asks for no login unless ELASTICSEARCH_ENABLE_SECURITY is true",
        source="https://github.com/bitnami/containers/blob/main/bitnami/elasticsearch/README.md",
    ),
    Image(
        names=("docker.elastic.co/elasticsearch/elasticsearch-oss",),
        ports=(9200,),
        rule="elasticsearch-no-auth",
        why="this distribution has no security",
        source="https://www.elastic.co/guide/en/elasticsearch/reference/7.10/docker.html",
    ),
)
