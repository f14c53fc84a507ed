"""Spring Boot 1, whose actuator stands at the root, from its reference documentation."""

from scanner.core.jsontext import Json
from scanner.standins.standin import StandIn
from scanner.standins.web import Page, json_page, web

_SOURCE = "https://docs.spring.io/spring-boot/docs/1.5.x/reference/html/production-ready-endpoints.html"
_TYPE = {"Content-Type": "application/vnd.spring-boot.actuator.v1+json;charset=UTF-8"}
_MAPPINGS: Json = {
    "{[/env],methods=[GET]}": {"bean": "endpointHandlerMapping", "method": "EnvironmentMvcEndpoint.value"}
}
_THREADS: Json = [{"threadName": "main", "threadId": 1, "threadState": "RUNNABLE"}]
_UP = json_page({"status": "UP"}, headers=_TYPE)


def _error(status: int, error: str) -> Page:
    document: Json = {"timestamp": 1_700_000_000_000, "status": status, "error": error, "message": "x", "path": "/x"}
    return json_page(document, status)


_OPEN = {
    "/health": _UP,
    "/env": json_page({"profiles": []}, headers=_TYPE),
    "/mappings": json_page(_MAPPINGS, headers=_TYPE),
    "/beans": json_page([{"context": "application", "parent": None, "beans": []}], headers=_TYPE),
    "/dump": json_page(_THREADS, headers=_TYPE),
}
_LOCKED = _error(401, "Unauthorized")

STAND_INS = (
    StandIn(
        service="spring-actuator-v1",
        case="open",
        title="an application of Spring Boot 1.4",
        port=8080,
        serve=web(_OPEN, otherwise=_error(404, "Not Found")),
        source=_SOURCE,
    ),
    StandIn(
        service="spring-actuator-v1",
        case="protected",
        title="an application of Spring Boot 1.5 with management.security",
        port=8080,
        serve=web(
            dict.fromkeys(_OPEN, _LOCKED) | {"/health": _UP},
            otherwise=_error(404, "Not Found"),
        ),
        source=_SOURCE,
    ),
)
