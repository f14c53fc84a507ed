"""ActiveMQ's web console with and without a login; the answers follow its documentation and jolokia.org/reference."""

from scanner.core.jsontext import Json
from scanner.standins.standin import StandIn
from scanner.standins.web import Page, json_page, web

_SOURCE = "https://activemq.apache.org/components/classic/documentation/web-console"
_LOGIN = Page("", 401, {"WWW-Authenticate": 'basic realm="ActiveMQRealm"'})
_CONSOLE = Page(
    "<html><head><title>localhost : ActiveMQ Console</title></head></html>", 200, {"Content-Type": "text/html"}
)
_WELCOME = Page("<html><head><title>Apache ActiveMQ</title></head></html>", 200, {"Content-Type": "text/html"})
_VERSION: Json = {
    "request": {"type": "version"},
    "value": {"agent": "1.7.2", "protocol": "7.2", "config": {}, "info": {"product": "jetty", "vendor": "Eclipse"}},
    "timestamp": 1_700_000_000,
    "status": 200,
}

STAND_INS = (
    StandIn(
        service="activemq-web",
        case="open",
        title="an ActiveMQ console without a login",
        port=8161,
        serve=web({"/": _WELCOME, "/admin/": _CONSOLE, "/api/jolokia/version": json_page(_VERSION)}),
        source=_SOURCE,
    ),
    StandIn(
        service="activemq-web",
        case="protected",
        title="an ActiveMQ console with a login",
        port=8161,
        serve=web({}, otherwise=_LOGIN),
        source=_SOURCE,
    ),
)
