"""Loki, Jaeger and Zipkin with and without something in front that asks for a login; from their API documentation."""

from scanner.standins.standin import StandIn
from scanner.standins.web import Page, json_page, web

_LOKI = "https://grafana.com/docs/loki/latest/reference/loki-http-api/"
_BUILD = json_page({"version": "2.9.3", "revision": "811cb8d", "branch": "HEAD", "goVersion": "go1.21.3"})
_JAEGER = "https://www.jaegertracing.io/docs/latest/apis/"
_UI = Page("<!doctype html><html><head><title>Jaeger UI</title></head><body></body></html>")
_ZIPKIN = "https://zipkin.io/zipkin-api/"
_CONFIG = json_page({"environment": "", "queryLimit": 10, "defaultLookback": 900_000, "searchEnabled": True})
_TO_ZIPKIN = Page("", 302, {"Location": "/zipkin/"})
_LOGIN = Page("", 401, {"WWW-Authenticate": 'Basic realm="traces"'})
_SERVICES = json_page({"data": ["shop"], "total": 1, "limit": 0, "offset": 0, "errors": None})

STAND_INS = (
    StandIn(
        service="loki",
        case="open",
        title="a Loki without a login",
        port=3100,
        serve=web(
            {
                "/loki/api/v1/status/buildinfo": _BUILD,
                "/loki/api/v1/labels": json_page({"status": "success", "data": ["app", "host"]}),
            }
        ),
        source=_LOKI,
    ),
    StandIn(
        service="loki",
        case="protected",
        title="a Loki that wants a tenant",
        port=3100,
        serve=web({"/loki/api/v1/status/buildinfo": _BUILD, "/loki/api/v1/labels": Page("no org id\n", 401)}),
        source=_LOKI,
    ),
    StandIn(
        service="jaeger",
        case="open",
        title="a Jaeger without a login",
        port=16686,
        serve=web({"/": _UI, "/api/services": _SERVICES}),
        source=_JAEGER,
    ),
    StandIn(
        service="jaeger",
        case="protected",
        title="a Jaeger whose interface wants a login",
        port=16686,
        serve=web({"/": _UI, "/api/services": _LOGIN}),
        source=_JAEGER,
    ),
    StandIn(
        service="zipkin",
        case="open",
        title="a Zipkin without a login",
        port=9411,
        serve=web({"/": _TO_ZIPKIN, "/zipkin/config.json": _CONFIG, "/api/v2/services": json_page(["shop"])}),
        source=_ZIPKIN,
    ),
    StandIn(
        service="zipkin",
        case="protected",
        title="a Zipkin whose interface wants a login",
        port=9411,
        serve=web({"/": _TO_ZIPKIN, "/zipkin/config.json": _CONFIG, "/api/v2/services": _LOGIN}),
        source=_ZIPKIN,
    ),
)
