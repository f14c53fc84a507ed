"""marimo notebooks, as version 0.25.2 answered."""

from scanner.standins.standin import StandIn
from scanner.standins.web import Page, json_page, web

_SOURCE = "https://docs.marimo.io/guides/deploying/authentication/"
_FRONT = Page("<!DOCTYPE html><html><head><title>marimo</title></head><body></body></html>")
_LOGIN = Page("", 303, {"Location": "/auth/login?next=%2F"})
_STATUS = json_page(
    {
        "status": "healthy",
        "filenames": [],
        "mode": "edit",
        "sessions": 2,
        "version": "0.25.2",
        "python_version": "3.11.7",
    }
)

STAND_INS = (
    StandIn(
        service="marimo",
        case="open",
        title="a marimo editor without a token",
        port=2718,
        serve=web({"/": _FRONT, "/api/status": _STATUS}),
        source=_SOURCE,
    ),
    StandIn(
        service="marimo",
        case="protected",
        title="a marimo editor with a token",
        port=2718,
        serve=web({"/": _LOGIN, "/api/status": json_page({"detail": "Authorization header required"}, 401)}),
        source=_SOURCE,
    ),
)
