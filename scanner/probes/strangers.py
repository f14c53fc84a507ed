"""Whom to ask on a port that is nobody's default: the likeliest first, learning from every reply."""

from collections.abc import Callable, Sequence

from scanner.core.endpoint import Endpoint
from scanner.core.probe import Probe
from scanner.probes.choose_probes import is_default_port, port_hint

# How often administrators run what stays silent until it is asked: what to try first where nothing else tells.
# The order follows how many instances the public internet surveys of Shodan and Censys count.
_BASE_RATES = (
    "redis", "memcached", "mongodb", "postgresql", "mysql", "mqtt", "ldap", "amqp", "zookeeper", "kafka",
    "docker-api", "cassandra", "rpcbind", "x11", "epmd", "socks", "jdwp", "java-rmi", "zabbix-agent",
    "beanstalkd", "gearman", "dns-resolver", "smb",
)  # fmt: skip
_RANKS = {service: rank for rank, service in enumerate(_BASE_RATES)}
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


class Strangers:
    """Those that are left to be asked, in the order of likelihood."""

    def __init__(self, ordered: Sequence[Probe]) -> None:
        self._places = {probe.id: place for place, probe in enumerate(ordered)}
        self._left = {probe.id: probe for probe in ordered}
        self._of_text = dict.fromkeys(probe.id for probe in ordered if any(_is_text(send.what) for send in probe.sends))

    def __len__(self) -> int:
        return len(self._left)

    def copy(self) -> "Strangers":
        """Return the same ones, to take from."""
        other = Strangers(())
        other._places, other._left, other._of_text = self._places, self._left.copy(), self._of_text.copy()
        return other

    def only(self, wanted: Callable[[Probe], bool]) -> "Strangers":
        """Return those of them that are wanted."""
        return Strangers([probe for probe in self._left.values() if wanted(probe)])

    def take(self, replies: Sequence[bytes]) -> Probe:
        """Return whom to ask next and leave it out from now on; `replies` are the port's answers to others so far.

        A product that a reply speaks of comes first, then, where the port answers in text, who asks in text.
        """
        in_text = any(reply and _is_text(reply) for reply in replies)
        named = [one for one in hinted(replies) if one in self._left]
        if named:
            chosen = min(named, key=lambda one: (in_text and one not in self._of_text, self._places[one]))
        else:
            chosen = next(iter(self._of_text if in_text and self._of_text else self._left))
        self._of_text.pop(chosen, None)
        return self._left.pop(chosen)


def by_likelihood(probes: Sequence[Probe], endpoint: Endpoint) -> Strangers:
    """Return the stream probes that may be asked on a port that is not theirs, by port hint and base rate."""
    askable = [probe for probe in probes if _may_be_asked(probe) and not is_default_port(probe, endpoint)]
    return Strangers(sorted(askable, key=lambda probe: (-port_hint(probe, endpoint.port), _base_rate(probe))))


def hinted(replies: Sequence[bytes]) -> set[str]:
    """Return the products that a port's answers to questions of others speak of."""
    return {service for start, service in _REPLY_HINTS if any(reply.startswith(start) for reply in replies)}


def _may_be_asked(probe: Probe) -> bool:
    silent = probe.ask is None or not probe.sends
    return not (silent or probe.listens_first or probe.only_default_ports)


def _base_rate(probe: Probe) -> int:
    # Who greets would have been heard by now.
    return _RANKS.get(probe.id, len(_BASE_RATES) + bool(probe.greetings))


def _is_text(data: bytes) -> bool:
    return all(32 <= byte < 127 or byte in b"\t\r\n" for byte in data[:64])
