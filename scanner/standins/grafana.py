"""Grafana for anonymous administrators, for anonymous viewers and with a login; the answers follow its HTTP API."""

from scanner.standins.standin import StandIn
from scanner.standins.web import Page, json_page, web

_SOURCE = "https://grafana.com/docs/grafana/latest/developers/http_api/"
_HEALTH = json_page({"commit": "d2fe9b5d2d", "database": "ok", "version": "10.2.3"})
_DENIED = json_page({"message": "Unauthorized", "messageId": "auth.unauthorized", "statusCode": 401}, 401)
_FORBIDDEN = json_page({"message": "You'll need additional permissions", "title": "Access denied"}, 403)
_VIEWER = {
    "/": Page("<!DOCTYPE html><html><head><title>Grafana</title></head></html>", 200, {"Content-Type": "text/html"}),
    "/api/health": _HEALTH,
    "/api/org": json_page({"id": 1, "name": "Main Org."}),
    "/api/search": json_page([{"id": 1, "uid": "a1", "title": "Shop", "type": "dash-db"}]),
    "/api/datasources": _FORBIDDEN,
}
_ADMIN = _VIEWER | {
    "/api/datasources": json_page([{"id": 1, "uid": "p1", "name": "Prometheus", "type": "prometheus"}]),
}
_CLOSED = {
    "/": Page('<a href="/login">Found</a>.', 302, {"Location": "/login"}),
    "/api/health": _HEALTH,
    "/api/org": _DENIED,
    "/api/search": _DENIED,
    "/api/datasources": _DENIED,
}

STAND_INS = (
    StandIn(
        service="grafana",
        case="open",
        title="a Grafana that makes visitors administrators",
        port=3000,
        serve=web(_ADMIN),
        source=_SOURCE,
    ),
    StandIn(
        service="grafana",
        case="open",
        title="a Grafana that shows dashboards to visitors",
        port=3000,
        serve=web(_VIEWER),
        source=_SOURCE,
    ),
    StandIn(
        service="grafana",
        case="protected",
        title="a Grafana that wants a login",
        port=3000,
        serve=web(_CLOSED),
        source=_SOURCE,
    ),
)
