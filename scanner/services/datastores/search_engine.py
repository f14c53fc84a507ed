"""What Elasticsearch and OpenSearch have in common: the root document, and the list of indices."""

from dataclasses import dataclass, replace

from scanner.core.count import counted
from scanner.core.facts import Access, Exchange, Facts
from scanner.core.jsontext import Json, as_int, as_list, as_object, as_text
from scanner.core.number import parse_number
from scanner.core.talk import HttpAnswer, HttpTalk
from scanner.wire.reading import OK, denied, get_or_none, object_of, undecided_in, unproven

INDICES = "/_cat/indices?format=json&h=index,docs.count&expand_wildcards=open"
HEALTH = "/_cluster/health"
ALIASES = "/_aliases"
CLUSTER_MANAGER = "discovered_cluster_manager"
"""A key of the state that OpenSearch has alone, since 2.0."""
_REDIRECTS = range(300, 400)
_STATE = {"status", "number_of_nodes"}
_ITS_OWN_STATE = {"cluster_name", "status", "number_of_nodes", "active_shards", "unassigned_shards"}
_ROW = {"index", "docs.count"}
_SHOWN = 20
HOME = 9200
"""There a start page of something else may stand in front of the interface."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchFacts(Facts):
    """What a search engine showed."""

    indices: int = 0
    documents: int = 0
    more: bool = False
    """Whether the list was longer than what was read: the numbers are lower bounds."""


def parse_indices(answer: HttpAnswer | None) -> list[tuple[str, int]] | None:
    """Return (index, documents) of a listing, None when the answer is none."""
    value = answer.json_or_none() if answer is not None and answer.status == 200 else None
    if not isinstance(value, list):
        return None
    rows = [as_object(row) for row in value]
    if not all(as_text(row.get("index")) for row in rows):
        return None
    counts = (as_text(row.get("docs.count")) or "0" for row in rows)
    return [
        (as_text(row.get("index")) or "", parse_number(count) or 0) for row, count in zip(rows, counts, strict=True)
    ]


def root_of(answer: HttpAnswer) -> dict[str, Json]:
    """Return the root document, which a node without a master or with an unrecovered state sends with 503."""
    return object_of(answer, 503 if answer.status == 503 else 200)


async def lists_indices(talk: HttpTalk, root: HttpAnswer) -> bool:
    """Tell whether an engine at home lists its indices, although rules in front withhold its root and its state."""
    if talk.endpoint.port != HOME or root_of(root):
        return False
    listing = await get_or_none(talk, INDICES)
    rows = as_list(listing.json_or_none()) if listing is not None and listing.status == OK else []
    return bool(rows) and all(as_object(row).keys() >= _ROW for row in rows)


async def state_of(talk: HttpTalk, root: HttpAnswer) -> dict[str, Json]:
    """Return the state of the cluster where the root document is withheld, empty when the answer is none."""
    is_page = root.status == OK or root.status in _REDIRECTS
    if is_page and not (talk.endpoint.port == HOME and not root_of(root)):
        return {}
    state = parse_state(await get_or_none(talk, HEALTH))
    return state if state.keys() >= _ITS_OWN_STATE else {}


def parse_state(answer: HttpAnswer | None) -> dict[str, Json]:
    """Return the state of a cluster, empty when the answer is none."""
    document = object_of(answer)
    return document if document.keys() >= _STATE else {}


async def read_indices(talk: HttpTalk, product: str, version: str | None, root: HttpAnswer) -> SearchFacts:
    """Return what the list of indices proves, after the root document or the state proved the product."""
    first = Exchange("GET /", f"{root.status}, {product} {version or ''}".rstrip())
    cluster: dict[str, Json] = {"cluster": as_text(root_of(root).get("cluster_name"))} if root_of(root) else {}
    facts = SearchFacts(product=product, version=version, evidence=cluster, proof=(first,))
    listing = await get_or_none(talk, INDICES)
    found = parse_indices(listing)
    asked = Exchange(f"GET {INDICES}", str(listing.status) if listing else "no answer")
    if found is not None and listing is not None:
        return _listed(facts, found, listing, parse_state(await get_or_none(talk, HEALTH)))
    if listing is not None and listing.refused and is_security_exception(listing):
        return replace(facts, access=Access.REFUSED, proof=(first, asked))
    return await _beside_the_list(talk, replace(facts, proof=(first, asked)), listing)


async def _beside_the_list(talk: HttpTalk, facts: SearchFacts, listing: HttpAnswer | None) -> SearchFacts:
    """Judge an engine whose list is not to be had: who keeps /_cat back may pass everything else on."""
    aliases = await get_or_none(talk, ALIASES)
    state = parse_state(await get_or_none(talk, HEALTH))
    names = parse_aliases(aliases)
    refused = denied(listing)
    facts = replace(facts, note=None if refused else unproven(listing, "its indices"))
    if names is not None and aliases is not None:
        listed = _listed(facts, [(name, 0) for name in names], aliases, state)
        return replace(listed, proof=(*facts.proof, Exchange(f"GET {ALIASES}", f"200, {counted(len(names), 'index')}")))
    if state:
        proof = (*facts.proof, Exchange(f"GET {HEALTH}", f"200, {counted(as_int(state['number_of_nodes']), 'node')}"))
        return replace(facts, access=Access.METADATA, evidence={**facts.evidence, **_shown(state)}, proof=proof)
    return replace(facts, access=Access.REFUSED if refused else Access.UNKNOWN, unheard=undecided_in(listing))


def _shown(state: dict[str, Json]) -> dict[str, Json]:
    shown: dict[str, Json] = {
        "nodes": as_int(state.get("number_of_nodes")),
        "health": as_text(state.get("status")),
        "cluster": as_text(state.get("cluster_name")),
    }
    return {name: value for name, value in shown.items() if value is not None}


def _listed(
    facts: SearchFacts, found: list[tuple[str, int]], listing: HttpAnswer, state: dict[str, Json]
) -> SearchFacts:
    names = [name for name, _ in found]
    documents = sum(count for _, count in found)
    more = not listing.complete
    shown: list[Json] = [*names[:_SHOWN]]
    least = _at_least(more=more)
    said = f"200, {least}{counted(len(names), 'index')}, {least}{counted(documents, 'document')}"
    return replace(
        facts,
        access=Access.CONTROL,
        evidence={
            **facts.evidence,
            "indices": len(names),
            "documents": documents,
            "names": shown,
            **_shown(state),
        },
        proof=(*facts.proof, Exchange(f"GET {INDICES}", said)),
        traces={"name": tuple(names)},
        indices=len(names),
        documents=documents,
        more=more,
    )


def parse_aliases(answer: HttpAnswer | None) -> list[str] | None:
    """Return the names of the indices from the list of their aliases, None when the answer is none."""
    document = object_of(answer)
    own = all("aliases" in as_object(value) for value in document.values())
    is_list = answer is not None and answer.status == OK and isinstance(answer.json_or_none(), dict)
    return [*document] if is_list and own else None


def is_security_exception(answer: HttpAnswer) -> bool:
    """Tell whether the engine's own security refused."""
    return as_object(as_object(answer.json_or_none()).get("error")).get("type") == "security_exception"


def _at_least(*, more: bool) -> str:
    return "at least " if more else ""


def refused(product: str, root: HttpAnswer) -> SearchFacts:
    """Return the facts of an engine that refused its root document already."""
    return SearchFacts(
        access=Access.REFUSED, product=product, proof=(Exchange("GET /", f"{root.status}, {reason(root)}"),)
    )


def reason(answer: HttpAnswer) -> str:
    """Return the reason of a security exception, such as `missing authentication credentials for REST request [/]`."""
    error = as_object(as_object(answer.json_or_none()).get("error"))
    causes = as_list(error.get("root_cause"))
    first = as_object(causes[0]) if causes else error
    return as_text(first.get("reason")) or "refused"


def version_of(document: dict[str, Json]) -> dict[str, Json]:
    """Return the version part of a root document."""
    return as_object(document.get("version"))


def open_sentence(facts: SearchFacts) -> str | None:
    """Say what an open engine gives away."""
    if facts.access < Access.METADATA:
        return None
    if facts.access < Access.CONTROL:
        return f"{facts.product} shows the state of its cluster to anybody, and its indices to nobody."
    least = _at_least(more=facts.more)
    return (
        f"{facts.product} lists "
        f"{least}{counted(facts.indices, 'index')} with {counted(facts.documents, 'document')} to anybody: "
        "security is off."
    )
