"""Kibana and OpenSearch Dashboards with and without a login; the answers follow Kibana's API documentation."""

from scanner.core.jsontext import Json
from scanner.standins.standin import StandIn
from scanner.standins.web import Page, json_page, web

_SOURCE = "https://www.elastic.co/docs/api/doc/kibana/"
_NAME = {"kbn-name": "search-1", "kbn-license-sig": "0123456789abcdef"}
_STATUS: Json = {
    "name": "search-1",
    "uuid": "5b2de169-2785-441b-ae8c-186a1936b17d",
    "version": {"number": "8.11.3", "build_hash": "abc", "build_number": 68312, "build_snapshot": False},
    "status": {"overall": {"level": "available"}},
    "metrics": {},
}
_DENIED = json_page({"statusCode": 401, "error": "Unauthorized", "message": "Unauthorized"}, 401)

STAND_INS = (
    StandIn(
        service="kibana",
        case="open",
        title="a Kibana without a login",
        port=5601,
        serve=web(
            {
                "/api/status": json_page(_STATUS),
                "/api/spaces/space": json_page([{"id": "default", "name": "Default", "disabledFeatures": []}]),
            },
            headers=_NAME,
        ),
        source=_SOURCE,
    ),
    StandIn(
        service="kibana",
        case="open",
        title="an OpenSearch Dashboards without a login",
        port=5601,
        serve=web(
            {
                "/api/status": json_page(_STATUS),
                "/api/saved_objects/_find": json_page({"page": 1, "per_page": 1, "total": 4, "saved_objects": []}),
            },
            otherwise=json_page({"statusCode": 404, "error": "Not Found", "message": "Not Found"}, 404),
            headers={"osd-name": "search-1"},
        ),
        source="https://docs.opensearch.org/latest/dashboards/",
    ),
    StandIn(
        service="kibana",
        case="protected",
        title="a Kibana with a login",
        port=5601,
        serve=web(
            {
                "/": Page("", 302, {"Location": "/login?next=%2F"}),
                "/api/status": json_page({"status": {"overall": {"level": "available"}}}),
            },
            otherwise=_DENIED,
            headers=_NAME,
        ),
        source=_SOURCE,
    ),
)
