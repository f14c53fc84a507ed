"""Consul's HTTP API, open and with access control lists; the answers follow its API documentation."""

from scanner.core.jsontext import Json
from scanner.standins.standin import StandIn
from scanner.standins.web import Page, json_page, web

_SOURCE = "https://developer.hashicorp.com/consul/api-docs/agent#read-configuration"
_AGENT: Json = {
    "Config": {
        "Datacenter": "dc1",
        "PrimaryDatacenter": "dc1",
        "NodeName": "server-1",
        "NodeID": "9d754d17-d864-b1d3-e758-f3fe25a9874f",
        "Server": True,
        "Revision": "deadbeef",
        "Version": "1.17.1",
    },
    "DebugConfig": {"EnableRemoteScriptChecks": True, "EnableLocalScriptChecks": True, "ACLsEnabled": False},
    "Coord": {"Adjustment": 0, "Error": 1.5},
    "Member": {"Name": "server-1", "Addr": "127.0.0.1", "Port": 8301, "Status": 1},
    "Meta": {},
    "Stats": {},
}
_LEADER = json_page("127.0.0.1:8300")
_OPEN = {
    "/": Page("", 301, {"Location": "/ui/"}),
    "/v1/agent/self": json_page(_AGENT),
    "/v1/status/leader": _LEADER,
    "/v1/catalog/services": json_page({"consul": [], "shop": ["v1"], "payments": []}),
    "/v1/kv/": json_page(["config/", "secrets/"]),
}
_DENIED = Page(
    "Permission denied: anonymous token lacks permission 'agent:read' on \"server-1\". The anonymous token is used "
    "implicitly when a request does not specify a token.",
    403,
    {"Content-Type": "text/plain; charset=utf-8"},
)
_CLOSED = {
    "/": Page("", 301, {"Location": "/ui/"}),
    "/v1/agent/self": _DENIED,
    "/v1/status/leader": _LEADER,
    "/v1/catalog/services": json_page({}),
    "/v1/kv/": Page("", 404),
}

STAND_INS = (
    StandIn(
        service="consul",
        case="open",
        title="a Consul server without access control lists that runs scripts",
        port=8500,
        serve=web(_OPEN),
        source=_SOURCE,
    ),
    StandIn(
        service="consul",
        case="protected",
        title="a Consul server that denies what its lists don't allow",
        port=8500,
        serve=web(_CLOSED),
        source=_SOURCE,
    ),
)
