"""Where on the same endpoint a front page sends its visitors: products that live below a prefix say so there."""

import re
from collections.abc import Sequence
from urllib.parse import urljoin, urlsplit

from scanner.core.endpoint import Endpoint
from scanner.core.sends import get
from scanner.core.talk import HttpAnswer
from scanner.net.http_request import host_header

_REDIRECTS = {300, 301, 302, 303, 307, 308}
_PAGES = {200, 401, 403}
_DEEPEST = 4
_PATH = re.compile(r"/[A-Za-z0-9._~-]{1,64}(?:/[A-Za-z0-9._~-]{1,64}){0,3}/?")
_META = re.compile(
    rb"<meta[^>]{0,80}http-equiv\s*=\s*[\"']?refresh[\"']?[^>]{0,80}content\s*=\s*[\"']?\s*\d{1,3}\s*;\s*url\s*="
    rb"\s*[\"']?([^\"'>\s]{1,200})",
    re.IGNORECASE,
)
_SCRIPT = re.compile(rb"\blocation(?:\.href)?\s*=\s*[\"']([^\"'\s]{1,200})[\"']")
_REFRESH = re.compile(r"\s*\d{1,3}\s*;\s*url\s*=\s*[\"']?([^\"'\s]{1,200})", re.IGNORECASE)
_LEADING_BYTES = 2_048
"""A page that only leads on is short."""
LANDING_SENDS = tuple(get("/{}" * depth + end) for depth in range(1, _DEEPEST + 1) for end in ("", "/"))
"""Any browser goes there by itself, so it changes nothing; the query is left out, and the deny-list holds."""


def landing_path(answer: HttpAnswer, endpoint: Endpoint, at: str = "/") -> str | None:
    """Return the path that a page at a path leads to, without its query; None unless it is on this very endpoint.

    Proxies that pass a port on lose it, and products name the host that they were configured with: of a redirect to
    this host, to the machine itself or to this port number, the path is looked at here, and nothing elsewhere. Both
    paths are below the endpoint's base path: a product does not know of the proxy that gave it a path.
    """
    told = _told(answer)
    base = endpoint.base_path
    try:
        place = urlsplit(urljoin(base + at, told.strip())) if told else None
        same = place is not None and (not place.netloc or _is_here(place.hostname, place.port, endpoint))
    except ValueError:
        return None
    if place is None or not same or place.scheme not in {"", "http", "https"}:
        return None
    path = place.path.removeprefix(base) if place.path.startswith(f"{base}/") else place.path
    return None if not _PATH.fullmatch(path) or {".", ".."} & set(path.split("/")) or path == at else path


def _told(answer: HttpAnswer) -> str:
    if answer.status in _REDIRECTS:
        return answer.header("location")
    if answer.status not in _PAGES:
        return ""
    if found := _REFRESH.match(answer.header("refresh")):
        return found[1]
    short = answer.body if len(answer.body) <= _LEADING_BYTES else b""
    led = _META.search(short) or _SCRIPT.search(short)
    return led[1].decode("ascii", "replace") if led else ""


def _is_here(host: str | None, port: int | None, endpoint: Endpoint) -> bool:
    name = (host or "").rstrip(".").lower()
    own = host_header(endpoint).rpartition(":")[0].strip("[]").lower()
    return name in {own, "localhost", "127.0.0.1", "::1"} or port == endpoint.port


def prefixes_of(path: str) -> Sequence[str]:
    """Return the folders that a path may lead into, the likeliest first: /prometheus of /prometheus/graph.

    A page right below the root, such as /login, is in none; what ends with a slash is a folder itself.
    """
    folder, _, _ = path.rpartition("/")
    first = f"/{path[1:].partition('/')[0]}" if folder else ""
    likeliest = (folder, first) if path.endswith("/") else (first, folder)
    return tuple(dict.fromkeys(one for one in likeliest if one))
