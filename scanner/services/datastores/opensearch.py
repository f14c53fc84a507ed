"""OpenSearch: without its security plugin anybody reads, alters and wipes every index.

https://docs.opensearch.org/latest/security/
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
    open_sentence,
    read_indices,
    refused,
    root_of,
    state_of,
    version_of,
)

_TAGLINE = "The OpenSearch Project"


def is_refusal(answer: HttpAnswer) -> bool:
    """Tell whether OpenSearch's own security plugin refused."""
    return answer.refused and "OpenSearch Security" in answer.header("www-authenticate")


async def ask(talk: HttpTalk) -> SearchFacts | None:
    """The root document names the distribution; the list of indices is what the security plugin refuses."""
    root = await talk.get("/")
    if is_refusal(root) or (root.status == 503 and root.has("OpenSearch Security not initialized")):
        return refused("OpenSearch", root)
    if CLUSTER_MANAGER in await state_of(talk, root):
        return await read_indices(talk, "OpenSearch", None, root)
    document = root_of(root)
    version = version_of(document)
    number = as_text(version.get("number"))
    # In compatibility mode it gives itself out for Elasticsearch 7.10.2, and keeps its tagline.
    named = version.get("distribution") == "opensearch" or (as_text(document.get("tagline")) or "").startswith(_TAGLINE)
    if not named or not number:
        return None
    return await read_indices(talk, "OpenSearch", number, root)


_PAGES = (
    "https://docs.opensearch.org/latest/security/configuration/index/",
    "https://docs.opensearch.org/latest/security/configuration/disable-enable-security/",
)

MOODS = (
    Mood(
        name="3.0",
        pages={
            "/": said(
                '{"name":"n","cluster_name":"c","version":{"distribution":"opensearch",'
                '"number":"3.0.0","lucene_version":"10.1.0"},"tagline":"The OpenSearch '
                'Project: https://opensearch.org/"}',
                content_type="application/json",
            ),
            "/_cat/indices": said('[{"index":"a","docs.count":"1"}]', content_type="application/json"),
        },
        access=Access.CONTROL,
    ),
    Mood(
        name="security-starting",
        pages={"*": said("OpenSearch Security not initialized.", 503, content_type="text/plain; charset=utf-8")},
        access=Access.REFUSED,
    ),
    Mood(
        name="open-distro",
        pages={"*": said("Open Distro Security not initialized.", 503, content_type="text/plain; charset=utf-8")},
        nameless=True,
        unheard=Unheard.REFUSED_LATER,
    ),
    Mood(
        name="no-cluster-manager",
        pages={
            "/": said(
                '{"name":"n","cluster_name":"c","version":{"distribution":"opensearch",'
                '"number":"2.11.0","lucene_version":"9.7.0"},"tagline":"The OpenSearch '
                'Project: https://opensearch.org/"}',
                503,
                content_type="application/json",
            ),
            "*": said(
                '{"error":{"type":"cluster_manager_not_discovered_exception"},"status":503}',
                503,
                content_type="application/json",
            ),
        },
        unheard=Unheard.REFUSED_LATER,
    ),
)

PROBE = Probe(
    id="opensearch",
    moods=MOODS,
    title="OpenSearch",
    ports=tcp(9200),
    sends=(get("/"), get(INDICES), get(ALIASES), get(HEALTH)),
    ask_http=ask,
    fingerprints=(
        Fingerprint(body="The OpenSearch Project"),
        Fingerprint(header=("www-authenticate", "OpenSearch Security")),
    ),
    references=_PAGES,
    rules=(
        Rule(
            id="opensearch-no-auth",
            title="OpenSearch answers without authentication",
            why="Every index can be read, altered and wiped; such clusters are found and held to ransom.",
            controls=Controls.DATA,
            holds=open_sentence,
            remedy=(
                "# opensearch.yml: remove plugins.security.disabled: true (and DISABLE_SECURITY_PLUGIN in containers)",
                "plugins.security.ssl.http.enabled: true",
                "network.host: 127.0.0.1",
                "# containers, since 2.12",
                "OPENSEARCH_INITIAL_ADMIN_PASSWORD=<long random>",
                close_to_strangers("tcp dport { 9200, 9300 }"),
            ),
            cwe=(306, 1188, 200),
            attack=("T1190", "T1213.006", "T1485"),
            references=_PAGES,
        ),
    ),
)

LINT = (
    Image(
        names=("opensearchproject/opensearch",),
        ports=(9200,),
        rule="opensearch-no-auth",
        defaults=(("", Guard.CLOSED),),
        signs=(
            "open: plugins.security.disabled=true",
            "open: DISABLE_SECURITY_PLUGIN=true",
        ),
        files=("*opensearch.yml",),
        why="the image asks for a login",
        source="https://docs.opensearch.org/latest/install-and-configure/install-opensearch/docker/",
    ),
)
