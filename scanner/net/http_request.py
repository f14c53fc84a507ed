"""What an HTTP/1.1 request of ours looks like on the wire: the same few headers for everybody."""

from dataclasses import dataclass
from functools import lru_cache

from scanner import __version__
from scanner.core.endpoint import Endpoint
from scanner.core.errors import NotAllowed
from scanner.core.sends import Verb

USER_AGENT = f"exposure-scanner/{__version__} (read-only security audit of this network)"


_FIELDS = {"User-Agent": USER_AGENT, "Accept": "*/*", "Accept-Encoding": "identity"}
_COMMON = tuple(f"{name}: {value}" for name, value in _FIELDS.items())


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked; equal requests share one answer."""

    verb: Verb
    path: str
    headers: tuple[tuple[str, str], ...] = ()
    host: str | None = None
    """Replaces the Host header."""
    body: bytes = b""


def encode(request: Request, endpoint: Endpoint) -> bytes:
    """Return the bytes of a request; raises NotAllowed for a target or header that would break out of its line."""
    host = request.host or host_header(endpoint)
    plain = not (request.headers or request.body or request.verb is Verb.POST)
    fields = (f"Host: {host}", *_COMMON) if plain else _fields(request, host)
    lines = (f"{request.verb.value} {request.path} HTTP/1.1", *fields)
    together = "".join(lines)
    if " " in request.path or not (together.isascii() and together.isprintable()):
        raise NotAllowed(f"no request can be made of {request.path!r}")
    return "\r\n".join((*lines, "", "")).encode("ascii") + request.body


def _fields(request: Request, host: str) -> tuple[str, ...]:
    fields = {"Host": host, **_FIELDS, **dict(request.headers)}
    if request.body or request.verb is Verb.POST:
        fields["Content-Length"] = str(len(request.body))
    return tuple(f"{name}: {value}" for name, value in fields.items())


@lru_cache(maxsize=1_024)
def host_header(endpoint: Endpoint) -> str:
    """Return the Host header for an endpoint: its name if it has one, else its address without a zone."""
    address = endpoint.address
    literal = f"[{str(address).partition('%')[0]}]" if address.version == 6 else str(address)
    return f"{endpoint.host or literal}:{endpoint.port}"
