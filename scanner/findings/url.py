"""Where a finding is, as a URL that a person or a program can open."""

from scanner.core.endpoint import Endpoint
from scanner.core.facts import Facts
from scanner.core.plan import describe
from scanner.core.ports import Transport
from scanner.core.probe import Probe

# Schemes registered with IANA (uri-schemes), or in the product's own documentation, as (plain, over TLS).
_SCHEMES = {
    "ldap": ("ldap", "ldaps"),
    "mqtt": ("mqtt", "mqtts"),
    "nats": ("nats", "tls"),
    "redis": ("redis", "rediss"),
    "rabbitmq": ("amqp", "amqps"),
    "ftp": ("ftp", "ftps"),
    "postgresql": ("postgresql", "postgresql"),
}
_HTTP_VERBS = ("GET ", "HEAD ", "POST ", "OPTIONS ", "PROPFIND ")


def url_of(endpoint: Endpoint, probe: Probe, facts: Facts, *, tls: bool) -> str:
    """Return scheme://host:port, with the target's base path; services without a known scheme use their id."""
    if _spoke_http(endpoint, probe, facts):
        host = f"{endpoint.host}:{endpoint.port}" if endpoint.host else describe(endpoint.address, endpoint.port)
        return f"{'https' if tls else 'http'}://{host}{endpoint.base_path}"
    plain, secured = schemes_of(probe)
    return f"{secured if tls else plain}://{describe(endpoint.address, endpoint.port)}"


def schemes_of(probe: Probe) -> tuple[str, str]:
    """Return the schemes of a service's own protocol, plain and over TLS."""
    return _SCHEMES.get(probe.id, (probe.id, f"{probe.id}+tls"))


def is_secured(probe: Probe, scheme: str) -> bool:
    """Tell whether a scheme is the one that a service has over TLS alone."""
    plain, secured = schemes_of(probe)
    return scheme == secured != plain


def _spoke_http(endpoint: Endpoint, probe: Probe, facts: Facts) -> bool:
    if probe.ask_http is None or endpoint.transport is Transport.UDP:
        return False
    if probe.ask is None:
        return True
    return any(exchange.sent.startswith(_HTTP_VERBS) for exchange in facts.proof)
