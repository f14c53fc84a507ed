"""What a port number and a greeting say of one probe, and which way it asks."""

from collections.abc import Sequence

from scanner.core.endpoint import Endpoint
from scanner.core.ports import Transport
from scanner.core.probe import Probe
from scanner.core.sends import Verb

_HTTP2_PREFACE = b"PRI * HTTP/2.0"


def is_default_port(probe: Probe, endpoint: Endpoint) -> bool:
    """Tell whether the product listens there out of the box."""
    number, transport = endpoint.port, endpoint.transport
    for port in probe.ports:  # noqa: SIM110 - every probe is asked this at every endpoint, and any() takes twice as long
        if port.port == number and port.transport is transport:
            return True
    return False


def speaks_tls_there(probe: Probe, endpoint: Endpoint) -> bool:
    """Tell whether the product's default on that port is TLS."""
    return any(port.tls for port in probe.ports if port.port == endpoint.port and port.transport is endpoint.transport)


def for_datagrams(
    probes: Sequence[Probe], home: Sequence[Probe], endpoint: Endpoint, *, identify: bool
) -> Sequence[Probe]:
    """Return the UDP probes to ask: those at home, else, to identify, the few whose port looks like this one."""
    if home or not identify:
        return home
    asking = [probe for probe in probes if probe.ask_datagram is not None and not probe.only_default_ports]
    return [probe for probe in asking if port_hint(probe, endpoint.port) > 0][:3]


def port_hint(probe: Probe, port: int) -> int:
    """Return how much a port number recalls one of the product's own: 16379 and 6380 recall 6379; 0 is not at all."""
    return max((_likeness(default.port, port) for default in probe.ports), default=0)


def greeted_by(probe: Probe, said: bytes) -> bool:
    """Tell whether a port said what the product says first."""
    return any(
        said[greeting.offset : greeting.offset + len(greeting.start)] == greeting.start for greeting in probe.greetings
    )


def speaks_http2(probe: Probe) -> bool:
    """Tell whether the probe asks over HTTP/2 (gRPC): its bytes begin with the preface of RFC 9113 section 3.4."""
    return any(send.verb is Verb.BYTES and send.what.startswith(_HTTP2_PREFACE) for send in probe.sends)


def speaks(probe: Probe, transport: Transport) -> bool:
    """Tell whether the probe can ask over that transport at all."""
    if transport is Transport.UDP:
        return probe.ask_datagram is not None
    return probe.ask is not None or probe.ask_http is not None


def _likeness(default: int, port: int) -> int:
    if port == default:
        return 4
    own, other = str(default), str(port)
    if len(own) >= 3 and (other.endswith(own) or other.startswith(own)):
        return 3
    if abs(port - default) <= 10:
        return 2
    return 1 if default > 999 and port % 1000 == default % 1000 else 0
