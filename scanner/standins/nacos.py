"""Nacos 2 with and without authentication; the answers follow its open API documentation."""

from scanner.core.jsontext import Json
from scanner.standins.standin import StandIn
from scanner.standins.web import Page, json_page, web

_SOURCE = "https://nacos.io/docs/v2.3/manual/user/open-api/"


def _state(auth: str) -> Json:
    return {"version": "2.2.3", "standalone_mode": "standalone", "function_mode": None, "auth_enabled": auth}


_DENIED = json_page(
    {
        "timestamp": "2026-01-01T00:00:00.000+08:00",
        "status": 403,
        "error": "Forbidden",
        "message": "user not found!",
        "path": "/nacos/v1/ns/service/list",
    },
    403,
)

# Everything lives below /nacos; the front page is Tomcat's own.
_NOTHING_HERE = Page(
    "<!doctype html><html><head><title>HTTP Status 404 \u2013 Not Found</title></head></html>",
    404,
    {"Content-Type": "text/html;charset=utf-8"},
)

_SOURCE_3 = "https://nacos.io/en/docs/v3.0/manual/admin/admin-api/"
_STATE_3: Json = {"version": "3.0.2", "startup_mode": "standalone", "function_mode": None, "auth_enabled": "false"}
_LISTED: Json = {
    "code": 0,
    "message": "success",
    "data": {"totalCount": 1, "pageNumber": 1, "pagesAvailable": 1, "pageItems": [{"dataId": "a", "groupName": "G"}]},
}
_DENIED_3: Json = {"code": 403, "message": "user not found!", "data": None}

STAND_INS = (
    StandIn(
        service="nacos",
        case="open",
        title="a Nacos without authentication",
        port=8848,
        serve=web(
            {
                "/": _NOTHING_HERE,
                "/nacos/v1/console/server/state": json_page(_state("false")),
                "/nacos/v1/ns/service/list": json_page({"count": 2, "doms": ["shop", "payments"]}),
                "/nacos/v1/cs/configs": json_page(
                    {"totalCount": 0, "pageNumber": 1, "pagesAvailable": 0, "pageItems": []}
                ),
            }
        ),
        source=_SOURCE,
    ),
    StandIn(
        service="nacos",
        case="protected",
        title="a Nacos that wants a login",
        port=8848,
        serve=web(
            {
                "/": _NOTHING_HERE,
                "/nacos/v1/console/server/state": json_page(_state("true")),
                "/nacos/v1/ns/service/list": _DENIED,
                "/nacos/v1/cs/configs": _DENIED,
            }
        ),
        source=_SOURCE,
    ),
    StandIn(
        service="nacos-v3",
        case="open",
        title="a Nacos 3 without a login",
        port=8848,
        serve=web(
            {
                "/": _NOTHING_HERE,
                "/nacos/v3/admin/core/state": json_page(_STATE_3),
                "/nacos/v3/admin/cs/config/list": json_page(_LISTED),
            }
        ),
        source=_SOURCE_3,
    ),
    StandIn(
        service="nacos-v3",
        case="protected",
        title="a Nacos 3 with a login",
        port=8848,
        serve=web(
            {
                "/": _NOTHING_HERE,
                "/nacos/v3/admin/core/state": json_page(_STATE_3),
                "/nacos/v3/admin/cs/config/list": json_page(_DENIED_3, 403),
            }
        ),
        source=_SOURCE_3,
    ),
    StandIn(
        service="nacos-console",
        case="open",
        title="the console of a Nacos 3 without a login",
        port=8080,
        serve=web(
            {
                "/": Page("<title>Nacos</title>", 200, {"Content-Type": "text/html"}),
                "/v3/console/server/state": json_page(_STATE_3),
                "/v3/console/cs/config/list": json_page(_LISTED),
            }
        ),
        source=_SOURCE_3,
    ),
    StandIn(
        service="nacos-console",
        case="protected",
        title="the console of a Nacos 3 with a login",
        port=8080,
        serve=web(
            {
                "/": Page("<title>Nacos</title>", 200, {"Content-Type": "text/html"}),
                "/v3/console/server/state": json_page(_STATE_3),
                "/v3/console/cs/config/list": json_page(_DENIED_3, 403),
            }
        ),
        source=_SOURCE_3,
    ),
)
