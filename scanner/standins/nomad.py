"""Nomad with and without access control lists; the answers follow its API documentation."""

from scanner.core.jsontext import Json
from scanner.standins.standin import StandIn
from scanner.standins.web import Page, json_page, web

_SOURCE = "https://developer.hashicorp.com/nomad/api-docs/agent#query-self"
_AGENT: Json = {
    "config": {
        "Region": "global",
        "Datacenter": "dc1",
        "NodeName": "client-1",
        "Version": {"Version": "1.7.2", "VersionPrerelease": ""},
        "ACL": {"Enabled": False},
    },
    "member": {"Name": "server-1.global", "Addr": "127.0.0.1", "Port": 4648},
    "stats": {},
}
_JOBS: Json = [{"ID": "shop", "Name": "shop", "Type": "service", "Status": "running", "JobSummary": {"JobID": "shop"}}]
_LEADER = json_page("127.0.0.1:4647")

_UI = Page('<a href="/ui/">Temporary Redirect</a>.', 307, {"Location": "/ui/"})
_OPEN = {"/": _UI, "/v1/agent/self": json_page(_AGENT), "/v1/jobs": json_page(_JOBS), "/v1/status/leader": _LEADER}

STAND_INS = (
    StandIn(
        service="nomad",
        case="open",
        title="a Nomad agent without access control lists",
        port=4646,
        serve=web(_OPEN),
        source=_SOURCE,
    ),
    StandIn(
        service="nomad",
        case="protected",
        title="a Nomad agent with access control lists",
        port=4646,
        serve=web({"/": _UI, "/v1/status/leader": _LEADER}, otherwise=Page("Permission denied", 403)),
        source=_SOURCE,
    ),
)
