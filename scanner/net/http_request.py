"""What an HTTP/1.1 request of ours looks like on the wire: the same few headers for everybody."""

from dataclasses import dataclass
from functools import lru_cache

from scanner import __version__
from scanner.core.endpoint import Endpoint
from scanner.core.errors import NotAllowed
from scanner.core.sends import Verb

USER_AGENT = f"exposure-scanner/{__version__} (read-only security audit of this network)"


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
    fields = {"Host": request.host or host_header(endpoint), "User-Agent": USER_AGENT, "Accept": "*/*"}
    fields |= {"Accept-Encoding": "identity", **dict(request.headers)}
    if request.body or request.verb is Verb.POST:
        fields["Content-Length"] = str(len(request.body))
    lines = [f"{request.verb.value} {request.path} HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items())]
    together = "".join(lines)
    if " " in request.path or not (together.isascii() and together.isprintable()):
        raise NotAllowed(f"no request can be made of {request.path!r}")
    return "\r\n".join((*lines, "", "")).encode("ascii") + request.body


@lru_cache(maxsize=1_024)
def host_header(endpoint: Endpoint) -> str:
    """Return the Host header for an endpoint: its name if it has one, else its address without a zone."""
    address = endpoint.address
    literal = f"[{str(address).partition('%')[0]}]" if address.version == 6 else str(address)
    return f"{endpoint.host or literal}:{endpoint.port}"
