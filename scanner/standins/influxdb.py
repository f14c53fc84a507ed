"""InfluxDB 2 and 3; the answers follow docs.influxdata.com/influxdb/v2/api and influxdb3/core/api."""

from scanner.standins.standin import StandIn
from scanner.standins.web import Page, json_page, web

_V2 = "https://docs.influxdata.com/influxdb/v2/api/"
_V3 = "https://docs.influxdata.com/influxdb3/core/api/v3/"
_HEADERS_2 = {"X-Influxdb-Version": "v2.7.10", "X-Influxdb-Build": "OSS"}
_PING_2 = Page("", 204)
_PING_3 = json_page({"version": "3.0.1", "revision": "8f2e"})
_REFUSED = json_page({"code": "unauthorized", "message": "unauthorized access"}, 401)

STAND_INS = (
    StandIn(
        service="influxdb",
        case="open",
        title="an InfluxDB 2 that waits for its first owner",
        port=8086,
        serve=web(
            {"/ping": _PING_2, "/api/v2/setup": json_page({"allowed": True}), "/api/v2/buckets": _REFUSED},
            headers=_HEADERS_2,
        ),
        source=_V2,
    ),
    StandIn(
        service="influxdb",
        case="protected",
        title="an InfluxDB 2 that wants a token",
        port=8086,
        serve=web(
            {"/ping": _PING_2, "/api/v2/setup": json_page({"allowed": False}), "/api/v2/buckets": _REFUSED},
            headers=_HEADERS_2,
        ),
        source=_V2,
    ),
    StandIn(
        service="influxdb",
        case="open",
        title="an InfluxDB 3 without authentication",
        port=8181,
        serve=web(
            {"/ping": _PING_3, "/api/v3/configure/database": json_page([{"iox::database": "plant"}])},
            headers={"x-influxdb-version": "3.0.1"},
        ),
        source=_V3,
    ),
)
