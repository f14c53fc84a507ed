"""The icon of an unknown web page: where to ask for it, and its hash, by which the well-known ones are told apart.

The hash is what Shodan, Censys, nuclei and httpx call the favicon's: MurmurHash3 (x86, 32 bits, seed 0) of the icon's
base64 with a line break after every 76 characters, as a signed number.
"""

import base64
import re
from urllib.parse import urljoin, urlsplit

from scanner.core.endpoint import Endpoint
from scanner.core.sends import get
from scanner.core.talk import HttpAnswer
from scanner.net.http_request import host_header
from scanner.probes.contact import is_gateway_error

USUAL_PATH = "/favicon.ico"
_ENDINGS = ("ico", "png", "svg", "gif")
_DEEPEST = 6
"""Most segments of an icon's path."""
# The page names the path, and a path can act: only what is called an image is asked for, and nothing with a query.
ICON_SENDS = tuple(get("/" + "{}/" * depth + "{}." + ending) for depth in range(_DEEPEST) for ending in _ENDINGS)
_LOOKED_THROUGH_BYTES = 65_536
_MOST_LINKS = 40
_LINK = re.compile(rb"<link\s([^<>]{1,600})", re.IGNORECASE)
_ATTRIBUTE = re.compile(
    r"""\b(rel|href)\s{0,8}=\s{0,8}(?:"([^"]{0,400})"|'([^']{0,400})'|([^\s"'>]{1,400}))""", re.IGNORECASE
)
_PATH = re.compile(r"(?:/[A-Za-z0-9._~-]{1,128}){1,6}")
_REDIRECTS = {301, 302, 303, 307, 308}


def icon_path(front: HttpAnswer, endpoint: Endpoint) -> str | None:
    """Return where below the base path to ask for the icon of a front page, None for what is no page and has none.

    It is the path that the page links to, if that is on the same host and below the base path, else /favicon.ico.
    """
    if is_gateway_error(front) or not (_is_page(front) or _leads_on(front, endpoint)):
        return None
    linked = _linked(front)
    if linked is None:
        return USUAL_PATH
    if linked.lower().startswith("data:"):
        return None
    return _below(linked, endpoint) or USUAL_PATH


def icon_hash(answer: HttpAnswer, front: HttpAnswer) -> int | None:
    """Return the hash of an icon; None for an answer that is none: an error, a page, or one that never ended."""
    if answer.status != 200 or not answer.complete or not answer.body or answer.body == front.body or _is_page(answer):
        return None
    import mmh3

    return mmh3.hash(base64.encodebytes(answer.body))


def _is_page(answer: HttpAnswer) -> bool:
    return "text/html" in answer.header("content-type").lower() or b"<html" in answer.body[:4_096].lower()


def _leads_on(front: HttpAnswer, endpoint: Endpoint) -> bool:
    """Tell whether the answer only leads to another page of the same host."""
    location = front.header("location")
    return front.status in _REDIRECTS and bool(location) and _path_here(location, endpoint) is not None


def _linked(front: HttpAnswer) -> str | None:
    """Return the address of the first icon that the page links to."""
    for number, tag in enumerate(_LINK.finditer(front.body[:_LOOKED_THROUGH_BYTES])):
        if number >= _MOST_LINKS:
            break
        text = tag[1].decode("ascii", "replace")
        found: dict[str, str] = {name.lower(): one or two or bare for name, one, two, bare in _ATTRIBUTE.findall(text)}
        if "icon" in found.get("rel", "").lower().split() and found.get("href"):
            return found["href"]
    return None


def _below(reference: str, endpoint: Endpoint) -> str | None:
    """Return the path of an image that a page refers to, less the base path; None for whatever is something else."""
    full = _path_here(reference, endpoint) or ""
    path = full.removeprefix(endpoint.base_path)
    is_below = full.startswith(f"{endpoint.base_path}/")
    steps = {".", ".."} & set(path.split("/"))
    is_image = path.rpartition(".")[2] in _ENDINGS
    return path if is_below and is_image and not steps and _PATH.fullmatch(path) else None


def _path_here(reference: str, endpoint: Endpoint) -> str | None:
    """Return the path that a reference on the front page leads to, None when it is another host's."""
    try:
        parts = urlsplit(urljoin(f"{endpoint.base_path}/", reference.strip()))
    except ValueError:
        return None
    here = host_header(endpoint)
    elsewhere = parts.netloc not in {"", here, here.rpartition(":")[0]}
    return None if elsewhere or parts.scheme not in {"", "http", "https"} else parts.path
