"""Elasticsearch, OpenSearch, Solr and Qdrant; answers follow the vendors' API references."""

from scanner.core.jsontext import Json
from scanner.standins.standin import StandIn
from scanner.standins.web import Page, json_page, web

_ELASTIC = "https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-info"
_OPENSEARCH = "https://docs.opensearch.org/latest/api-reference/"
_SOLR = "https://solr.apache.org/guide/solr/latest/deployment-guide/basic-authentication-plugin.html"
_QDRANT = "https://api.qdrant.tech/api-reference"
_INDICES: Json = [{"index": "orders", "docs.count": "1200"}, {"index": "read_me", "docs.count": "1"}]
_HEALTH: Json = {"cluster_name": "shop", "status": "yellow", "number_of_nodes": 1}


def _root(number: str, tagline: str, **more: str) -> Json:
    return {
        "name": "node-1",
        "cluster_name": "shop",
        "cluster_uuid": "Zu1Zc4u7T8K0Jb6r6vF7Ew",
        "version": {"number": number, "build_hash": "0", "lucene_version": "9.12.0", **more},
        "tagline": tagline,
    }


_ELASTIC_ROOT = _root("8.15.3", "You Know, for Search", build_flavor="default")
_OPENSEARCH_ROOT = _root("2.17.1", "The OpenSearch Project: https://opensearch.org/", distribution="opensearch")
_CHALLENGE = 'Basic realm="security", charset="UTF-8"'


def _elastic_refusal() -> Page:
    cause: dict[str, Json] = {
        "type": "security_exception",
        "reason": "missing authentication credentials for REST request [/]",
    }
    header: Json = {"WWW-Authenticate": [_CHALLENGE, "ApiKey"]}
    body: Json = {"error": {"root_cause": [{**cause, "header": header}], **cause, "header": header}, "status": 401}
    return json_page(body, 401, {"WWW-Authenticate": _CHALLENGE, "X-elastic-product": "Elasticsearch"})


def _engine(root: Json) -> dict[str, Page]:
    return {"/": json_page(root), "/_cat/indices": json_page(_INDICES), "/_cluster/health": json_page(_HEALTH)}


_OPENSEARCH_REFUSAL = Page("Unauthorized", 401, {"WWW-Authenticate": 'Basic realm="OpenSearch Security"'})
_SYSTEM: Json = {
    "responseHeader": {"status": 0, "QTime": 9},
    "mode": "std",
    "lucene": {"solr-spec-version": "9.7.0", "lucene-spec-version": "9.11.1"},
    "jvm": {"version": "17.0.13"},
}
_CORES: Json = {"responseHeader": {"status": 0, "QTime": 1}, "initFailures": {}, "status": {"shop": {"name": "shop"}}}
_SOLR_HOME = Page("", 302, {"Location": "/solr/"})
_SOLR_REFUSAL = Page(
    "<html><body><h2>HTTP ERROR 401 require authentication</h2></body></html>",
    401,
    {"Content-Type": "text/html;charset=iso-8859-1", "WWW-Authenticate": 'Basic realm="solr"'},
)
_QDRANT_ROOT = json_page({"title": "qdrant - vector search engine", "version": "1.12.4", "commit": "49a4a9a9"})
_COLLECTIONS: Json = {"result": {"collections": [{"name": "docs"}]}, "status": "ok", "time": 0.00001}
_QDRANT_REFUSAL = Page("Must provide an API key or an Authorization bearer token", 401)

STAND_INS = (
    StandIn(
        service="elasticsearch",
        case="open",
        title="an Elasticsearch without security",
        port=9200,
        serve=web(_engine(_ELASTIC_ROOT), headers={"X-elastic-product": "Elasticsearch"}),
        source=_ELASTIC,
        demo=True,
    ),
    StandIn(
        service="elasticsearch",
        case="protected",
        title="an Elasticsearch that asks for credentials",
        port=9200,
        serve=web({}, otherwise=_elastic_refusal()),
        source=_ELASTIC,
    ),
    StandIn(
        service="opensearch",
        case="open",
        title="an OpenSearch without its security plugin",
        port=9200,
        serve=web(_engine(_OPENSEARCH_ROOT)),
        source=_OPENSEARCH,
    ),
    StandIn(
        service="opensearch",
        case="protected",
        title="an OpenSearch that asks for credentials",
        port=9200,
        serve=web({}, otherwise=_OPENSEARCH_REFUSAL),
        source=_OPENSEARCH,
    ),
    StandIn(
        service="solr",
        case="open",
        title="a Solr without authentication",
        port=8983,
        serve=web(
            {"/": _SOLR_HOME, "/solr/admin/info/system": json_page(_SYSTEM), "/solr/admin/cores": json_page(_CORES)}
        ),
        source=_SOLR,
    ),
    StandIn(
        service="solr",
        case="protected",
        title="a Solr that asks for a login",
        port=8983,
        serve=web({"/": _SOLR_HOME}, otherwise=_SOLR_REFUSAL),
        source=_SOLR,
    ),
    StandIn(
        service="qdrant",
        case="open",
        title="a Qdrant without an API key",
        port=6333,
        serve=web({"/": _QDRANT_ROOT, "/collections": json_page(_COLLECTIONS)}),
        source=_QDRANT,
    ),
    StandIn(
        service="qdrant",
        case="protected",
        title="a Qdrant that wants an API key",
        port=6333,
        serve=web({"/": _QDRANT_ROOT}, otherwise=_QDRANT_REFUSAL),
        source=_QDRANT,
    ),
)
