"""STOMP brokers: a client without a login reads queues and puts messages into them.

Specification: https://stomp.github.io/stomp-specification-1.2.html
"""

from dataclasses import dataclass

from scanner.core.errors import Malformed
from scanner.core.facts import Access, Exchange, Facts
from scanner.core.mood import Mood
from scanner.core.probe import Probe, tcp
from scanner.core.rule import Controls, Rule, reads
from scanner.core.sends import line
from scanner.core.talk import Talk
from scanner.core.text import clean
from scanner.core.unheard import Unheard

CONNECT = b"CONNECT\naccept-version:1.0,1.1,1.2\nhost:/\n\n\x00"
DISCONNECT = b"DISCONNECT\n\n\x00"
_MOST_FRAME_BYTES = 16_384
_ABOUT_LOGIN = ("access refused", "bad connect", "user name", "password", "credential", "authenticat", "login", "secur")


@dataclass(frozen=True, slots=True, kw_only=True)
class StompFacts(Facts):
    """What a broker answered."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame; of its body only the beginning matters here."""

    command: str
    headers: dict[str, str]
    body: str


def parse_frame(data: bytes) -> Frame:
    """Return a CONNECTED or ERROR frame without its final NUL; raises Malformed for anything else."""
    head, separator, body = data.replace(b"\r\n", b"\n").lstrip(b"\n").partition(b"\n\n")
    lines = head.decode("utf-8", "replace").split("\n")
    pairs = [one.partition(":") for one in lines[1:]]
    if lines[0] not in {"CONNECTED", "ERROR"} or not separator or not all(colon for _, colon, _ in pairs):
        raise Malformed("no frame of STOMP")
    headers: dict[str, str] = {}
    for name, _, value in pairs:
        headers.setdefault(name, clean(value, 200))
    return Frame(lines[0], headers, clean(body, 400))


async def ask(talk: Talk) -> StompFacts | None:
    """Connect without a login; CONNECTED grants what ERROR refuses."""
    await talk.send(CONNECT)
    frame = parse_frame((await talk.read_until(b"\x00", _MOST_FRAME_BYTES))[:-1])
    product, _, version = frame.headers.get("server", "").partition(" ")[0].partition("/")
    if frame.command == "CONNECTED":
        if "version" not in frame.headers and "session" not in frame.headers:
            raise Malformed("a CONNECTED frame without version and session")
        await talk.send(DISCONNECT)
        return StompFacts(
            access=Access.DATA,
            product=product or "STOMP broker",
            version=version or None,
            evidence={"protocol": f"STOMP {frame.headers.get('version', '1.0')}"},
            proof=(Exchange("CONNECT without a login", "CONNECTED"),),
        )
    words = f"{frame.headers.get('message', '')} {frame.body}".lower()
    refused = any(word in words for word in _ABOUT_LOGIN)
    return StompFacts(
        access=Access.REFUSED if refused else Access.UNKNOWN,
        product=product or "STOMP broker",
        version=version or None,
        proof=(Exchange("CONNECT without a login", f"ERROR, {frame.headers.get('message', 'no message')}"),),
        note=None if refused else "it refused for a reason that is not about a login",
        unheard=None if refused else Unheard.REFUSED_LATER,
    )


MOODS = tuple(
    Mood(
        name=name,
        says={CONNECT: b"ERROR\nmessage:" + words + b"\n\n\0\n"},
        access=access,
        unheard=None if access is Access.REFUSED else Unheard.REFUSED_LATER,
    )
    for name, words, access in (
        ("login-rabbitmq", b"Bad CONNECT", Access.REFUSED),
        ("login-activemq", b"User name [null] or password is invalid.", Access.REFUSED),
        ("login-artemis", b"AMQ339001: Security Error occurred: password is invalid", Access.REFUSED),
        ("other-version", b"Supported protocol versions are 1.2", Access.UNKNOWN),
    )
)

_PAGES = (
    "https://www.rabbitmq.com/docs/stomp#connecting-as-default-user",
    "https://activemq.apache.org/components/classic/documentation/security",
)

PROBE = Probe(
    id="stomp",
    title="STOMP broker",
    ports=(*tcp(61613), *tcp(61614, tls=True)),
    sends=(line(CONNECT, why="opens a session, subscribes to nothing"), line(DISCONNECT)),
    ask=ask,
    moods=MOODS,
    waits_in_silence=True,
    references=_PAGES,
    rules=(
        Rule(
            id="stomp-anonymous",
            title="The STOMP broker accepts clients without a login",
            why="Anybody takes messages out of queues and puts forged ones in.",
            controls=Controls.DATA,
            holds=reads(Access.DATA, "The broker answers CONNECT without a login with CONNECTED."),
            remedy=(
                "# ActiveMQ, activemq.xml: users, and nobody without one",
                '<simpleAuthenticationPlugin anonymousAccessAllowed="false">',
                '  <users><authenticationUser username="app" password="${app.password}" groups="users"/></users>',
                "</simpleAuthenticationPlugin>",
                "# RabbitMQ, rabbitmq.conf: take stomp.default_user out, and listen where clients are",
                "stomp.listeners.tcp.1 = 127.0.0.1:61613",
            ),
            cwe=(306, 1188, 200),
            attack=("T1190", "T1213"),
            references=_PAGES,
        ),
    ),
)
