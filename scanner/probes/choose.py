"""Which probes are worth asking on a port, best first."""

from collections.abc import Sequence

from scanner.core.endpoint import Endpoint
from scanner.core.probe import Probe


def is_default_port(probe: Probe, endpoint: Endpoint) -> bool:
    """Tell whether the product listens there out of the box."""
    return any(port.port == endpoint.port and port.transport is endpoint.transport for port in probe.ports)


def speaks_tls_there(probe: Probe, endpoint: Endpoint) -> bool:
    """Tell whether the product's default on that port is TLS."""
    return any(port.tls for port in probe.ports if port.port == endpoint.port and port.transport is endpoint.transport)


def choose(probes: Sequence[Probe], endpoint: Endpoint, *, identify: bool) -> list[Probe]:
    """Return the probes to ask, in order: those at home on the port, then the others if `identify`."""
    at_home = [probe for probe in probes if is_default_port(probe, endpoint)]
    # Who must speak first has to have the fresh connection; then the cheap questions.
    at_home.sort(key=lambda probe: not probe.speaks_first)
    if not identify:
        return at_home
    others = [probe for probe in probes if probe not in at_home and not probe.only_default_ports]
    return at_home + others
