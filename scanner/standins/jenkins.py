"""Jenkins, open and closed; the answers follow www.jenkins.io/doc/book/using/remote-access-api."""

from scanner.standins.standin import StandIn
from scanner.standins.web import Page, json_page, web

_SOURCE = "https://www.jenkins.io/doc/book/using/remote-access-api/"
_HEADERS = {"X-Jenkins": "2.440.3", "X-Hudson": "1.395", "X-Jenkins-Session": "0a1b2c3d", "Server": "Jetty(10.0.20)"}
_DENIED = Page(
    "<html><head></head><body>Authentication required</body></html>",
    403,
    {"X-You-Are-Authenticated-As": "anonymous", "X-Required-Permission": "hudson.model.Hudson.Read"},
)
_LOGIN = Page("<html><head><title>Sign in [Jenkins]</title></head><body></body></html>", 200)
_CONTROLLER = json_page(
    {
        "_class": "hudson.model.Hudson",
        "mode": "NORMAL",
        "numExecutors": 2,
        "useSecurity": False,
        "jobs": [{"_class": "hudson.model.FreeStyleProject", "name": "deploy"}],
    }
)
_SCRIPT = Page('<html><h1>Script Console</h1><form><textarea id="script" name="script"></textarea></form></html>')

STAND_INS = (
    StandIn(
        service="jenkins",
        case="open",
        title="a Jenkins without any security",
        port=8080,
        serve=web(
            {
                "/": Page("<title>Dashboard [Jenkins]</title>"),
                "/login": _LOGIN,
                "/api/json": _CONTROLLER,
                "/script": _SCRIPT,
            },
            headers=_HEADERS,
        ),
        source=_SOURCE,
    ),
    StandIn(
        service="jenkins",
        case="protected",
        title="a Jenkins that asks for a login",
        port=8080,
        serve=web({"/login": _LOGIN}, otherwise=_DENIED, headers=_HEADERS),
        source=_SOURCE,
    ),
)
