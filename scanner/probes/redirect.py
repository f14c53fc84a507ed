"""Where on the same endpoint a front page sends its visitors: products that live below a prefix say so there."""

import re
from urllib.parse import urlsplit

from scanner.core.endpoint import Endpoint
from scanner.core.sends import get
from scanner.core.talk import HttpAnswer
from scanner.net.http_request import host_header

_REDIRECTS = {301, 302, 303, 307, 308}
_DEEPEST = 4
_PATH = re.compile(r"/[A-Za-z0-9._~-]{1,64}(?:/[A-Za-z0-9._~-]{1,64}){0,3}/?")
LANDING_SENDS = tuple(get("/{}" * depth + end) for depth in range(1, _DEEPEST + 1) for end in ("", "/"))
"""Any browser goes there by itself, so it changes nothing; the query is left out, and the deny-list holds."""


def landing_path(answer: HttpAnswer, endpoint: Endpoint) -> str | None:
    """Return the path that a redirect leads to, without its query; None unless it is on this very endpoint."""
    if answer.status not in _REDIRECTS:
        return None
    try:
        place = urlsplit(answer.header("location"))
        same = not place.netloc or place.netloc.lower() == host_header(endpoint).lower()
    except ValueError:
        return None
    steps = place.path.split("/")
    if not same or not _PATH.fullmatch(place.path) or "." in steps or ".." in steps:
        return None
    return place.path


def prefix_of(path: str) -> str:
    """Return the first folder of a path, empty for a page right below the root: /prometheus of /prometheus/graph."""
    first, slash, _ = path[1:].partition("/")
    return f"/{first}" if slash else ""
