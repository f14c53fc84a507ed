"""MQTT brokers: an anonymous client listens to devices and sends them commands.

Specification: MQTT 3.1.1 (OASIS, 29 October 2014), sections 3.1, 3.2, 3.3, 3.8 and 3.9; MQTT 5.0, section 3.2.
"""

from dataclasses import dataclass

from scanner.core.errors import ClosedEarly, Malformed, Reset, TimedOut
from scanner.core.facts import Access, Exchange, Facts
from scanner.core.guard import Guard
from scanner.core.image import Image
from scanner.core.mood import Mood
from scanner.core.probe import Probe, tcp
from scanner.core.rule import Controls, Rule
from scanner.core.sends import line
from scanner.core.talk import Talk
from scanner.core.text import clean
from scanner.core.unheard import Unheard
from scanner.wire.mqtt_packets import parse_publish, parse_suback, read_packet

# Clean session, empty client id, keep-alive 60 s.
CONNECT_4 = bytes.fromhex("100c 0004 4d515454 04 02 003c 0000")
CONNECT_5 = bytes.fromhex("100d 0004 4d515454 05 02 003c 00 0000")
CONNECT_3 = bytes.fromhex("101e 0006 4d5149736470 03 02 003c 0010") + b"exposure-scanner"
CONNECT_NAMED = bytes.fromhex("101c 0004 4d515454 04 02 003c 0010") + b"exposure-scanner"
_OTHER_VERSION = frozenset({1, 0x84})
_GOODBYE, _GOODBYE_BYTES, _ERRORS = 0xE0, 2, 0x80
"""DISCONNECT of version 5, which a server that stops may send (section 3.14): reason and no properties."""
_WANTS_NAME = frozenset({2, 0x85})
_VERSION_TOPIC = b"$SYS/broker/version"
_NOBODYS_TOPIC = b"exposure-scanner/read-only-check"
DISCONNECT = b"\xe0\x00"

_REASONS = {
    1: "unacceptable protocol version",
    2: "client identifier rejected",
    3: "server unavailable",
    4: "bad user name or password",
    5: "not authorised",
    0x84: "unsupported protocol version",
    0x85: "client identifier not valid",
    0x86: "bad user name or password",
    0x87: "not authorised",
    0x88: "server unavailable",
    0x89: "server busy",
    0x8A: "banned",
    0x8B: "server shutting down",
    0x8C: "bad authentication method",
    0x97: "quota exceeded",
    0x9F: "connection rate exceeded",
}
_REFUSALS = frozenset({4, 5, 0x86, 0x87, 0x8A, 0x8C})


def _subscribe() -> bytes:
    topics = b"".join(len(topic).to_bytes(2) + topic + b"\0" for topic in (_VERSION_TOPIC, _NOBODYS_TOPIC))
    return bytes((0x82, 2 + len(topics))) + b"\x00\x01" + topics


SUBSCRIBE = _subscribe()


@dataclass(frozen=True, slots=True, kw_only=True)
class MqttFacts(Facts):
    """What a broker granted."""

    may_subscribe: bool = False
    """Whether it granted a subscription."""


def parse_connack(body: bytes) -> int:
    """Return the return code of a CONNACK's body (3.1.1: two bytes; 5.0: with properties); raises Malformed."""
    if len(body) < 2 or body[0] not in {0, 1} or (body[1] != 0 and body[1] not in _REASONS and body[1] < 0x80):
        raise Malformed("no CONNACK")
    return body[1]


async def ask(talk: Talk) -> MqttFacts | None:
    """Connect without credentials; if that is accepted, subscribe to the broker's version and to nobody's topic."""
    version, packet = "3.1.1", CONNECT_4
    code = await _connect(talk, packet)
    # Version 5 alone, or 3.1 alone, which has another name for the protocol and wants clients to name themselves.
    for other, question in (("5.0", CONNECT_5), ("3.1", CONNECT_3)):
        if code in _OTHER_VERSION:
            await talk.reopen()
            version, code = other, await _connect(talk, question)
    if code in _WANTS_NAME:
        # Brokers of 3.1 want a client to name itself.
        await talk.reopen()
        code = await _connect(talk, CONNECT_NAMED)
    if code != 0:
        return _not_accepted(code, version)
    granted: tuple[int, ...] = ()
    value = None
    if version != "5.0":
        granted, value = await _read_version(talk)
        await talk.send(DISCONNECT)
    return _accepted(version, granted, value)


async def _connect(talk: Talk, packet: bytes) -> int:
    await talk.send(packet)
    first, body = await read_packet(talk)
    if first == _GOODBYE and len(body) == _GOODBYE_BYTES and body[0] >= _ERRORS:
        return body[0]
    if first != 0x20:
        raise Malformed("no CONNACK")
    return parse_connack(body)


async def _read_version(talk: Talk) -> tuple[tuple[int, ...], str | None]:
    """Return what SUBACK granted and the broker's version, if it tells it."""
    granted: tuple[int, ...] = ()
    try:
        await talk.send(SUBSCRIBE)
        for _ in range(8):
            first, body = await read_packet(talk)
            if first == 0x90:
                granted = parse_suback(body)
                if granted[0] == 0x80:
                    return granted, None
            elif first & 0xF6 == 0x30:
                topic, payload = parse_publish(body)
                if topic == _VERSION_TOPIC:
                    return granted, clean(payload, 80)
    except (TimedOut, ClosedEarly, Reset):
        pass
    return granted, None


def _not_accepted(code: int, version: str) -> MqttFacts:
    reason = _REASONS.get(code, f"reason code {code}")
    return MqttFacts(
        access=Access.REFUSED if code in _REFUSALS else Access.UNKNOWN,
        product="MQTT broker",
        evidence={"protocol": f"MQTT {version}"},
        proof=(Exchange("CONNECT without credentials", f"CONNACK, {reason}"),),
        note=None if code in _REFUSALS else f"it refused for another reason than credentials: {reason}",
        unheard=None if code in _REFUSALS else Unheard.REFUSED_LATER,
    )


def _accepted(version: str, granted: tuple[int, ...], value: str | None) -> MqttFacts:
    may_subscribe = any(code != 0x80 for code in granted)
    name, _, number = (value or "").partition(" version ")
    proof = [Exchange("CONNECT without credentials", "CONNACK, accepted")]
    if granted:
        words = ", ".join("granted" if code != 0x80 else "refused" for code in granted)
        proof.append(Exchange("SUBSCRIBE $SYS/broker/version and a topic of nobody", f"SUBACK, {words}"))
    return MqttFacts(
        access=Access.DATA if may_subscribe else Access.METADATA,
        product=name if number else "MQTT broker",
        version=number or value,
        evidence={"protocol": f"MQTT {version}", "subscription_granted": may_subscribe},
        proof=tuple(proof),
        may_subscribe=may_subscribe,
    )


def _anonymous(facts: MqttFacts) -> str | None:
    if facts.access < Access.METADATA:
        return None
    more = " and grants subscriptions" if facts.may_subscribe else ""
    return f"The MQTT broker accepts clients without a user name{more}."


def _connack(name: str, code: int, access: Access = Access.UNKNOWN, *, version: int = 4) -> Mood:
    reply = bytes((0x20, 2, 0, code)) if version == 4 else bytes((0x20, 3, 0, code, 0))
    says = {CONNECT_4: reply} if version == 4 else {CONNECT_4: b"\x20\2\0\1", CONNECT_5: reply}
    unheard = None if code in _REFUSALS else Unheard.REFUSED_LATER
    return Mood(name=name, says=says, access=access, unheard=unheard)


MOODS = (
    _connack("unavailable", 3),
    _connack("password", 4, Access.REFUSED),
    _connack("not-authorised", 5, Access.REFUSED),
    _connack("password-version-5", 0x86, Access.REFUSED, version=5),
    _connack("not-authorised-version-5", 0x87, Access.REFUSED, version=5),
    _connack("banned-version-5", 0x8A, Access.REFUSED, version=5),
    _connack("unavailable-version-5", 0x88, version=5),
    _connack("busy-version-5", 0x89, version=5),
    _connack("quota-exceeded-version-5", 0x97, version=5),
    _connack("rate-exceeded-version-5", 0x9F, version=5),
    _connack("another-server-version-5", 0x9C, version=5),
    _connack("unspecified-version-5", 0x80, version=5),
    Mood(name="shutting-down-version-5", otherwise=b"\xe0\2\x8b\0", unheard=Unheard.REFUSED_LATER),
    Mood(name="no-version-of-ours", otherwise=b"\x20\2\0\1", unheard=Unheard.REFUSED_LATER),
    Mood(
        name="version-3.1-alone",
        says={CONNECT_3: b"\x20\2\0\0", SUBSCRIBE: b"\x90\4\0\1\0\0"},
        otherwise=b"\x20\2\0\1",
        access=Access.DATA,
    ),
    Mood(
        name="wants-a-client-name",
        says={CONNECT_4: b"\x20\2\0\2", CONNECT_NAMED: b"\x20\2\0\0", SUBSCRIBE: b"\x90\4\0\1\0\0"},
        access=Access.DATA,
    ),
)

_PAGES = (
    "https://mosquitto.org/man/mosquitto-conf-5.html",
    "https://mosquitto.org/documentation/authentication-methods/",
)

PROBE = Probe(
    id="mqtt",
    title="MQTT broker",
    ports=(*tcp(1883), *tcp(8883, tls=True)),
    sends=(
        line(CONNECT_4, why="opens a clean session, which leaves nothing behind"),
        line(CONNECT_5, why="opens a clean session, which leaves nothing behind"),
        line(CONNECT_3, why="opens a clean session, which leaves nothing behind"),
        line(CONNECT_NAMED, why="opens a clean session, which leaves nothing behind"),
        line(SUBSCRIBE, why="the subscription ends with the connection"),
        line(DISCONNECT),
    ),
    ask=ask,
    moods=MOODS,
    mutual_tls_means_protected=True,
    references=_PAGES,
    rules=(
        Rule(
            id="mqtt-anonymous",
            title="The MQTT broker accepts anonymous clients",
            why="Anybody listens to what devices report and publishes commands that they obey.",
            controls=Controls.DATA,
            holds=_anonymous,
            remedy=(
                "# mosquitto.conf: nobody without a password, and TLS",
                "allow_anonymous false",
                "password_file /etc/mosquitto/passwd",
                "listener 8883",
                "cafile /etc/mosquitto/ca.pem",
                "certfile /etc/mosquitto/cert.pem",
                "keyfile /etc/mosquitto/key.pem",
                "# the password file",
                "mosquitto_passwd -c /etc/mosquitto/passwd app",
            ),
            cwe=(306, 1188, 200),
            attack=("T1190", "T1040", "T0855"),
            references=_PAGES,
        ),
    ),
)

LINT = (
    Image(
        names=("eclipse-mosquitto",),
        ports=(1883,),
        rule="mqtt-anonymous",
        defaults=(
            ("1.0", Guard.OPEN),
            ("2.0", Guard.CLOSED),
        ),
        signs=("open: -c=*mosquitto-no-auth.conf",),
        files=("/mosquitto/config", "/mosquitto/config/", "/mosquitto/config/mosquitto.conf", "*mosquitto*.conf"),
        why="the image serves the container alone since 2.0 and anybody before",
        source="https://mosquitto.org/documentation/migrating-to-2-0/",
    ),
    Image(
        names=("emqx", "emqx/emqx"),
        ports=(1883,),
        rule="mqtt-anonymous",
        signs=(
            "closed: EMQX_ALLOW_ANONYMOUS=false & <5",
            "closed: EMQX_AUTHENTICATION__* & >=5",
        ),
        files=("*emqx.conf", "*base.hocon"),
        why="the image lets anonymous clients in unless an authentication is set up",
        source="https://docs.emqx.com/en/emqx/latest/access-control/authn/authn.html",
    ),
    Image(
        names=("hivemq/hivemq4", "hivemq/hivemq-ce"),
        ports=(1883,),
        rule="mqtt-anonymous",
        signs=("closed: HIVEMQ_ALLOW_ALL_CLIENTS=false",),
        files=("/opt/hivemq/extensions*",),
        why="the image allows all clients",
        source="https://hub.docker.com/r/hivemq/hivemq4",
    ),
    Image(
        names=("vernemq/vernemq",),
        ports=(1883,),
        rule="mqtt-anonymous",
        defaults=(("", Guard.CLOSED),),
        signs=("open: DOCKER_VERNEMQ_ALLOW_ANONYMOUS=on",),
        why="the image refuses anonymous clients",
        source="https://docs.vernemq.com/installation/docker",
    ),
)
