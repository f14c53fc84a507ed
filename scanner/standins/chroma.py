"""Chroma of the 0.4 and 0.5 releases, which know /api/v1 alone."""

from scanner.standins.standin import StandIn
from scanner.standins.web import json_page, web

_SOURCE = "https://docs.trychroma.com/docs/overview/migration"
_TRACE = {"chroma-trace-id": "0"}
_LOST = json_page({"detail": "Not Found"}, 404, _TRACE)
_HEARTBEAT = json_page({"nanosecond heartbeat": 1732780000000000000}, 200, _TRACE)
_PUBLIC = {"/": _LOST, "/api/v1/heartbeat": _HEARTBEAT, "/api/v1/version": json_page("0.4.24", 200, _TRACE)}

STAND_INS = (
    StandIn(
        service="chroma-v1",
        case="open",
        title="a Chroma of release 0.4",
        port=8000,
        serve=web(_PUBLIC | {"/api/v1/collections": json_page([{"name": "docs", "id": "x"}], 200, _TRACE)}),
        source=_SOURCE,
    ),
    StandIn(
        service="chroma-v1",
        case="protected",
        title="a Chroma of release 0.4 with a token provider",
        port=8000,
        serve=web(_PUBLIC | {"/api/v1/collections": json_page({"error": "AuthorizationError"}, 403, _TRACE)}),
        source=_SOURCE,
    ),
)
