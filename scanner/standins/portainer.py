"""Portainer, unclaimed and claimed; the answers follow its API documentation (app.swaggerhub.com/apis/portainer)."""

from scanner.standins.standin import StandIn
from scanner.standins.web import Page, json_page, web

_SOURCE = "https://docs.portainer.io/api/docs"
_HOME = Page('<!doctype html><html lang="en" ng-app="portainer"><head><title>Portainer</title></head></html>')
_STATUS = json_page({"Version": "2.21.4", "InstanceID": "299ab403-70a8-4c05-92f7-bf7a994d50df"})
_MISSING = json_page(
    {
        "message": "No administrator account found inside the database",
        "details": "Object not found inside the database",
    },
    404,
)
_REFUSED = json_page({"message": "A valid authorization token is missing", "details": "Unauthorized"}, 401)

STAND_INS = (
    StandIn(
        service="portainer",
        case="open",
        title="a Portainer that waits for its first administrator",
        port=9000,
        serve=web(
            {"/": _HOME, "/api/system/status": _STATUS, "/api/users/admin/check": _MISSING, "/api/endpoints": _REFUSED}
        ),
        source=_SOURCE,
    ),
    StandIn(
        service="portainer",
        case="protected",
        title="a Portainer with an administrator",
        port=9000,
        serve=web(
            {"/": _HOME, "/api/status": _STATUS, "/api/users/admin/check": Page("", 204), "/api/endpoints": _REFUSED}
        ),
        source=_SOURCE,
    ),
)
