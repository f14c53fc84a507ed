"""Which probes are worth asking on a port, best first: those at home there, then by port hints and base rates."""

from collections.abc import Sequence

from scanner.core.endpoint import Endpoint
from scanner.core.ports import Transport
from scanner.core.probe import Probe
from scanner.core.sends import Verb

# How often administrators run what stays silent until it is asked: what to try first where nothing else tells.
# The order follows how many instances the public internet surveys of Shodan and Censys count.
_BASE_RATES = (
    "redis", "memcached", "mongodb", "postgresql", "mysql", "mqtt", "ldap", "amqp", "zookeeper", "kafka",
    "docker-api", "cassandra", "rpcbind", "x11", "epmd", "socks", "jdwp", "java-rmi", "zabbix-agent",
    "beanstalkd", "gearman", "dns-resolver", "smb",
)  # fmt: skip
# How products answer a request that is none of theirs: enough to ask the right one first.
_REPLY_HINTS = (
    *((b"-" + word, "redis") for word in (b"ERR", b"NOAUTH", b"noauth", b"DENIED")),
    *((b"-" + word, "redis") for word in (b"LOADING", b"MASTERDOWN", b"BUSY", b"MISCONF")),
    (b"ERROR\r\n", "memcached"),
    (b"AMQP", "amqp"),
    (b"UNKNOWN_COMMAND\r\n", "beanstalkd"),
    (b"ERR UNKNOWN_COMMAND", "gearman"),
    (b"ERR unknown_command", "gearman"),
    (b"OK ", "gearman"),
    (b"VERSION ", "memcached"),
    (b"ZBXD", "zabbix-agent"),
    (b"\x83\x00\x00\x00\x00", "cassandra"),
    (b"\x84\x00\x00\x00\x00", "cassandra"),
    (b"\x85\x00\x00\x00\x00", "cassandra"),
)

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


def at_home(probes: Sequence[Probe], endpoint: Endpoint) -> list[Probe]:
    """Return the probes for which this is a default port; whoever must speak first has the fresh connection."""
    home = [probe for probe in probes if is_default_port(probe, endpoint)]
    return sorted(home, key=lambda probe: not probe.speaks_first)


def strangers(probes: Sequence[Probe], endpoint: Endpoint) -> list[Probe]:
    """Return the stream probes that may be asked on a port that is not theirs and that did not greet."""
    return [
        probe
        for probe in probes
        if probe.ask is not None
        and probe.sends
        and not probe.listens_first
        and not probe.only_default_ports
        and not is_default_port(probe, endpoint)
    ]


def likeliest(probes: Sequence[Probe], port: int, replies: Sequence[bytes]) -> Probe:
    """Return whom to ask next: by how the port answered others so far, then by port hint and base rate."""
    named = hinted(replies)
    speaks_text = any(reply and _is_text(reply) for reply in replies)

    def rank(probe: Probe) -> tuple[bool, bool, int, int]:
        other_family = speaks_text and not any(_is_text(send.what) for send in probe.sends)
        return probe.id not in named, other_family, -port_hint(probe, port), _base_rate(probe)

    return min(probes, key=rank)


def hinted(replies: Sequence[bytes]) -> set[str]:
    """Return the products that a port's answers to questions of others speak of."""
    return {service for start, service in _REPLY_HINTS if any(reply.startswith(start) for reply in replies)}


def for_datagrams(probes: Sequence[Probe], endpoint: Endpoint, *, identify: bool) -> list[Probe]:
    """Return the UDP probes to ask: those at home, else, to identify, the few whose port looks like this one."""
    home = at_home(probes, endpoint)
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


def _base_rate(probe: Probe) -> int:
    if probe.id in _BASE_RATES:
        return _BASE_RATES.index(probe.id)
    # Who greets would have been heard by now.
    return len(_BASE_RATES) + bool(probe.greetings)


def _is_text(data: bytes) -> bool:
    return all(32 <= byte < 127 or byte in b"\t\r\n" for byte in data[:64])
