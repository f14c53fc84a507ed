"""Whether the page of this container answers; `exposure serve` alone has one, all else is well while it runs."""

import http.client
import ssl
import sys
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

_ANY = {"0.0.0.0": "127.0.0.1", "::": "::1"}
_PORT = 8571
_PATIENCE_S = 3.0


def place(command: Sequence[str]) -> tuple[str, int, bool] | None:
    """Return address, port and whether TLS is spoken there; None for a command without a page."""
    if "serve" not in command:
        return None
    told = dict(pairwise(command))
    told |= dict(word.split("=", 1) for word in command if word.startswith("--") and "=" in word)
    return told.get("--listen", "127.0.0.1"), int(told.get("--port", _PORT)), "--tls-cert" in told


def answers(address: str, port: int, tls: bool) -> bool:
    """Return whether the page is there; who vouches for its certificate is not asked, it is our own."""
    reach = _ANY.get(address, address)
    if tls:
        # The name of a certificate is the page's public one, and this question never leaves the container.
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        talk: http.client.HTTPConnection = http.client.HTTPSConnection(
            reach, port, timeout=_PATIENCE_S, context=context
        )
    else:
        talk = http.client.HTTPConnection(reach, port, timeout=_PATIENCE_S)
    try:
        talk.request("GET", "/healthz", headers={"Host": f"[{address}]" if ":" in address else address})
        return talk.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        talk.close()


if __name__ == "__main__":
    words = Path("/proc/1/cmdline").read_text("utf-8", "replace").split("\0")
    where = place(words)
    sys.exit(0 if where is None or answers(*where) else 1)
