"""Products that answer 200 to any path: Webdis 0.1.9, Dagster 1.13.28, n8n 1.123.81, Streamlit 1.67."""

from scanner.core.jsontext import Json
from scanner.standins.standin import StandIn
from scanner.standins.web import Page, json_page, web

_WEBDIS = {"Server": "Webdis"}
_INFO = json_page({"INFO": {"# Server\r\nredis_version": "7.0.15"}})
_UNKNOWN = json_page({"a": [False, "ERR unknown command 'a', with args beginning with: "]})
_FORBIDDEN = Page("", 403)

_DAGSTER = Page("<!DOCTYPE html><html><head><title>Dagster</title></head><body></body></html>")
_VERSIONS = dict.fromkeys(("dagster_webserver_version", "dagster_version", "dagster_graphql_version"), "1.13.28")

_N8N = Page("<!DOCTYPE html><html><head><title>n8n.io - Workflow Automation</title></head><body></body></html>")
_LOGIN = json_page({"status": "error", "message": "Unauthorized"}, 401)

_STREAMLIT = Page("<!DOCTYPE html><html><head><title>Streamlit</title></head><body></body></html>")


def _settings(*, unclaimed: bool) -> Page:
    users: dict[str, Json] = {"authenticationMethod": "email", "showSetupOnFirstLoad": unclaimed}
    return json_page({"data": {"settingsMode": "public", "userManagement": users}})


def _n8n(case: str, title: str, *, unclaimed: bool, workflows: Page) -> StandIn:
    pages = {"/": _N8N, "/rest/settings": _settings(unclaimed=unclaimed), "/rest/workflows": workflows}
    return StandIn(
        service="n8n",
        case=case,
        title=title,
        port=5678,
        serve=web(pages, otherwise=_N8N),
        source="https://docs.n8n.io/hosting/securing/overview/",
    )


STAND_INS = (
    StandIn(
        service="webdis",
        case="open",
        title="a Webdis in front of a Redis without a password",
        port=7379,
        serve=web(
            {"/": _FORBIDDEN, "/PING": json_page({"PING": [True, "PONG"]}), "/INFO": _INFO},
            otherwise=_UNKNOWN,
            headers=_WEBDIS,
        ),
        source="https://github.com/nicolasff/webdis",
    ),
    StandIn(
        service="webdis",
        case="protected",
        title="a Webdis that asks for a password",
        port=7379,
        serve=web({}, otherwise=_FORBIDDEN, headers=_WEBDIS),
        source="https://github.com/nicolasff/webdis#acl",
    ),
    StandIn(
        service="dagster",
        case="open",
        title="a Dagster web server",
        port=3000,
        serve=web(
            {"/server_info": json_page({**_VERSIONS}), "/graphql": json_page({"data": {"version": "1.13.28"}})},
            otherwise=_DAGSTER,
            headers={"x-dagster-call-counts": "{}"},
        ),
        source="https://docs.dagster.io/deployment/oss",
    ),
    StandIn(
        service="streamlit",
        case="look-alike",
        title="a Streamlit app",
        port=8501,
        serve=web(
            {"/_stcore/host-config": json_page({"allowedOrigins": ["https://devel.streamlit.test"]})},
            otherwise=_STREAMLIT,
        ),
        source="https://docs.streamlit.io/deploy",
    ),
    _n8n("open", "an n8n that waits for its owner", unclaimed=True, workflows=_LOGIN),
    _n8n("open", "an n8n of before 1.0 without users", unclaimed=False, workflows=json_page({"data": [{"id": "1"}]})),
    _n8n("protected", "an n8n with an owner", unclaimed=False, workflows=_LOGIN),
)
