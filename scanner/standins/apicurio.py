"""Apicurio Registry, with and without a login; its front page leads to the console."""

from scanner.standins.standin import StandIn
from scanner.standins.web import Page, json_page, web

_SOURCE = "https://www.apicur.io/registry/docs/apicurio-registry/2.6.x/"
_LIST = "/apis/registry/v2/search/artifacts"
_PUBLIC = {
    "/": Page(status=302, headers={"Location": "/ui/"}),
    "/ui/": Page(body=b"<title>Apicurio Registry</title>", headers={"Content-Type": "text/html"}),
    "/apis/registry/v2/system/info": json_page({"name": "apicurio-registry", "version": "2.6.5.Final"}),
}

STAND_INS = (
    StandIn(
        service="apicurio-registry",
        case="open",
        title="an Apicurio Registry without a login",
        port=8080,
        serve=web(_PUBLIC | {_LIST: json_page({"artifacts": [], "count": 0})}),
        source=_SOURCE,
    ),
    StandIn(
        service="apicurio-registry",
        case="protected",
        title="an Apicurio Registry behind an identity provider",
        port=8080,
        serve=web(_PUBLIC | {_LIST: json_page({"message": "Unauthorized"}, 401)}),
        source=_SOURCE,
    ),
)
