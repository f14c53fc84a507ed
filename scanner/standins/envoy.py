"""Envoy's administration interface; the answers follow its operations guide."""

from scanner.core.jsontext import Json
from scanner.standins.standin import StandIn
from scanner.standins.web import Page, json_page, web

_SOURCE = "https://www.envoyproxy.io/docs/envoy/latest/operations/admin"
_INFO: Json = {
    "version": "dc2d3098ae5641555f15c71d5bb5ce0060a8015c/1.30.1/Clean/RELEASE/BoringSSL",
    "state": "LIVE",
    "hot_restart_version": "11.104",
    "command_line_options": {"base_id": "0", "config_path": "/etc/envoy/envoy.yaml", "mode": "Serve"},
    "node": {"id": "edge-1", "cluster": "edge", "user_agent_name": "envoy"},
    "uptime_current_epoch": "3600s",
    "uptime_all_epochs": "3600s",
}
_LISTENERS: Json = {
    "listener_statuses": [
        {"name": "ingress", "local_address": {"socket_address": {"address": "0.0.0.0", "port_value": 443}}}
    ]
}

STAND_INS = (
    StandIn(
        service="envoy-admin",
        case="open",
        title="an Envoy whose administration interface faces the network",
        port=9901,
        serve=web(
            {
                "/": Page("<head><title>Envoy Admin</title></head>", 200, {"Content-Type": "text/html"}),
                "/server_info": json_page(_INFO),
                "/listeners": json_page(_LISTENERS),
            },
            headers={"Server": "envoy"},
        ),
        source=_SOURCE,
    ),
    StandIn(
        service="envoy-admin",
        case="protected",
        title="an Envoy that allows two paths of its administration interface alone",
        port=9901,
        serve=web(
            {"/ready": Page("LIVE\n")},
            otherwise=Page("request to path /server_info not allowed", 403, {"Content-Type": "text/plain"}),
            headers={"Server": "envoy"},
        ),
        source=_SOURCE,
    ),
)
