"""A port that refuses anybody without a client certificate; for some products that is the lock."""

from scanner.core.facts import Access, Exchange, Facts
from scanner.core.probe import Probe


def named_by_its_port(probe: Probe) -> Facts:
    """Return what there is to say of a product that is known by its port and its demand alone."""
    return Facts(
        access=Access.REFUSED,
        product=probe.title,
        note="named by its port: it refuses anybody without a client certificate",
        proof=(Exchange("TLS handshake", "the server demands a client certificate"),),
    )
