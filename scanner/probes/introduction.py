"""Says which products a web page names: those that have to be heard out before the port may be called clean."""

import re
from collections.abc import Sequence

from scanner.core.probe import Fingerprint, Probe
from scanner.core.talk import HttpAnswer

_OK = 200
_ANYBODYS_HEADERS = {
    "access-control-allow-methods",
    "audit-id",
    "content-length",
    "content-security-policy",
    "content-type",
    "location",
    "www-authenticate",
    "x-amz-request-id",
    "x-content-type-options",
    "x-frame-options",
}
_ANYBODYS_SERVERS = {"Cowboy", "Jetty", "Medusa/", "TornadoServer"}
"""Libraries, which many products are built with."""


def introduced(probes: Sequence[Probe], answer: HttpAnswer) -> list[Probe]:
    """Return the products that a page names: in words of its title, or in a header that no other product sends."""
    if answer.refused:
        return []
    title = answer.title.lower() if answer.status == _OK else ""
    return [probe for probe in probes if any(_names(mark, title, answer) for mark in probe.fingerprints)]


def _names(mark: Fingerprint, title: str, answer: HttpAnswer) -> bool:
    # `Vault` is not in `Vaultwarden`, nor is it MinIO whose Server is `MinIO Console`.
    if mark.title and title and re.search(rf"(?<!\w){re.escape(mark.title.strip().lower())}(?!\w)", title):
        return mark.status in {None, answer.status}
    name, value = mark.header or ("", "")
    if not name or name in _ANYBODYS_HEADERS or value in _ANYBODYS_SERVERS:
        return False
    said = answer.header(name)
    if not value:
        return bool(said)
    word = re.escape(value) + ("" if value.endswith("/") else r"(?!\w| Console)")
    return re.match(word, said) is not None
