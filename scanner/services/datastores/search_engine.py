"""What Elasticsearch and OpenSearch have in common: the root document, and the list of indices."""

from dataclasses import dataclass

from scanner.core.facts import Access, Exchange, Facts
from scanner.core.jsontext import Json, as_int, as_list, as_object, as_text
from scanner.core.number import parse_number
from scanner.core.talk import HttpAnswer, HttpTalk
from scanner.services.spare import get_or_none, json_object
from scanner.wire.reading import unheard_in, unproven

INDICES = "/_cat/indices?format=json&h=index,docs.count&expand_wildcards=open"
HEALTH = "/_cluster/health"
_SHOWN = 20


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
    return json_object(answer, 503 if answer.status == 503 else 200)


async def read_indices(talk: HttpTalk, product: str, version: str | None, root: HttpAnswer) -> SearchFacts:
    """Return what the list of indices proves, after the root document proved the product."""
    document = root_of(root)
    evidence: dict[str, Json] = {"cluster": as_text(document.get("cluster_name"))} if document else {}
    identity = Exchange("GET /", f"{root.status}, {product} {version or ''}".rstrip())
    listing = await get_or_none(talk, INDICES)
    found = parse_indices(listing)
    if found is None:
        refused = listing is not None and listing.refused
        return SearchFacts(
            access=Access.REFUSED if refused else Access.UNKNOWN,
            product=product,
            version=version,
            evidence=evidence,
            proof=(identity, Exchange(f"GET {INDICES}", str(listing.status) if listing else "no answer")),
            note=None if refused else unproven(listing, "its indices"),
            unheard=unheard_in(listing),
        )
    health = json_object(await get_or_none(talk, HEALTH))
    names = [name for name, _ in found]
    documents = sum(count for _, count in found)
    shown: list[Json] = [*names[:_SHOWN]]
    more = listing is not None and not listing.complete
    least = _at_least(more=more)
    evidence |= {
        "indices": len(names),
        "documents": documents,
        "names": shown,
        "nodes": as_int(health.get("number_of_nodes")),
        "health": as_text(health.get("status")),
    }
    return SearchFacts(
        access=Access.CONTROL,
        product=product,
        version=version,
        evidence={name: value for name, value in evidence.items() if value is not None},
        proof=(identity, Exchange(f"GET {INDICES}", f"200, {least}{len(names)} indices, {least}{documents} documents")),
        traces={"name": tuple(names)},
        indices=len(names),
        documents=documents,
        more=more,
    )


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
    if facts.access < Access.CONTROL:
        return None
    least = _at_least(more=facts.more)
    return (
        f"{facts.product} lists {least}{facts.indices} indices with {facts.documents} documents to anybody: "
        "security is off."
    )
