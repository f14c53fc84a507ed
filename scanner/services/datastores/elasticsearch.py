"""Elasticsearch: with security switched off anybody reads, alters and wipes every index.

https://www.elastic.co/docs/deploy-manage/security
"""

from scanner.core.firewall import close_to_strangers
from scanner.core.guard import Guard
from scanner.core.image import Image
from scanner.core.jsontext import as_text
from scanner.core.probe import Fingerprint, Probe, tcp
from scanner.core.rule import Controls, Rule
from scanner.core.sends import get
from scanner.core.talk import HttpAnswer, HttpTalk
from scanner.services.datastores.search_engine import (
    ALIASES,
    CLUSTER_MANAGER,
    HEALTH,
    INDICES,
    SearchFacts,
    is_security_exception,
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
    if state and CLUSTER_MANAGER not in state:
        return await read_indices(talk, "Elasticsearch", None, root)
    document = root_of(root)
    version = version_of(document)
    number = as_text(version.get("number"))
    if document.get("tagline") != _TAGLINE or not number or not as_text(version.get("lucene_version")):
        return None
    if as_text(version.get("distribution")) == "opensearch":
        return None
    return await read_indices(talk, "Elasticsearch", number, root)


_PAGES = (
    "https://www.elastic.co/docs/deploy-manage/security",
    "https://www.elastic.co/docs/deploy-manage/security/self-auto-setup",
)

PROBE = Probe(
    id="elasticsearch",
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
        names=("elasticsearch", "docker.elastic.co/elasticsearch/elasticsearch", "bitnami/elasticsearch"),
        ports=(9200,),
        rule="elasticsearch-no-auth",
        defaults=(
            ("5.0", Guard.OPEN),
            ("8.0", Guard.CLOSED),
        ),
        signs=(
            "open: xpack.security.enabled=false",
            "open: XPACK_SECURITY_ENABLED=false",
            "open: ES_SETTING_XPACK_SECURITY_ENABLED=false",
            "closed: xpack.security.enabled=true",
            "closed: ELASTICSEARCH_ENABLE_SECURITY=true|yes",
            "unknown: ES_SETTING_XPACK_SECURITY_ENABLED",
        ),
        files=("*elasticsearch.yml",),
        why="the image asks for a login since 8.0 and for none before",
        source="https://www.elastic.co/guide/en/elasticsearch/reference/current/security-settings.html",
    ),
    Image(
        names=("docker.elastic.co/elasticsearch/elasticsearch-oss",),
        ports=(9200,),
        rule="elasticsearch-no-auth",
        why="this distribution has no security",
        source="https://www.elastic.co/guide/en/elasticsearch/reference/7.10/docker.html",
    ),
)
