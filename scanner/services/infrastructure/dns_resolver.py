"""DNS resolvers that serve strangers: they amplify attacks on others, and their cache can be filled by anybody.

Specification: RFC 1035 section 4.1, RFC 5358; names under .invalid have no addresses (RFC 6761 section 6.4)
"""

from dataclasses import dataclass, replace
from typing import NamedTuple

from scanner.core.errors import Malformed, TalkError
from scanner.core.facts import Access, Exchange, Facts
from scanner.core.firewall import PLACEHOLDER
from scanner.core.probe import Probe, tcp, udp
from scanner.core.rule import Controls, Rule
from scanner.core.sends import datagram, line
from scanner.core.talk import DatagramTalk, Talk
from scanner.core.text import clean

_NAME = b"\x0eexposure-check\x07invalid\0"
_VERSION_NAME = b"\x07version\x04bind\0"
# flags: recursion desired; one question: type A, class IN
_QUESTION = b"\x01\0\0\x01\0\0\0\0\0\0" + _NAME + b"\0\x01\0\x01"
# no recursion: type TXT, class CH, answered by the server itself
_VERSION_QUESTION = b"\0\0\0\x01\0\0\0\0\0\0" + _VERSION_NAME + b"\0\x10\0\x03"
_TCP_ID = b"\x4d\x53"
TCP_QUESTION = (len(_QUESTION) + 2).to_bytes(2, "big") + _TCP_ID + _QUESTION
_CODES = {0: "NOERROR", 1: "FORMERR", 2: "SERVFAIL", 3: "NXDOMAIN", 4: "NOTIMP", 5: "REFUSED", 9: "NOTAUTH"}
_ANSWERED = {0, 2, 3}
_REFUSED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class DnsFacts(Facts):
    """What a name server showed."""


class Reply(NamedTuple):
    """The header of an answer to our own question."""

    code: int
    recursion: bool
    """Whether recursion is available to us."""


def parse_reply(data: bytes, asked: bytes) -> Reply:
    """Return the header of an answer; raises Malformed unless it answers exactly what was asked."""
    if len(data) < 12 or data[:2] != asked[:2] or not data[2] & 0x80 or data[2] & 0x78:
        raise Malformed("not an answer to this question")
    if len(data) == 12 and data[3] & 0x0F == _REFUSED:
        # Unbound refuses with the header alone.
        return Reply(code=_REFUSED, recursion=False)
    if int.from_bytes(data[4:6], "big") != 1 or data[12 : len(asked)].lower() != asked[12:].lower():
        raise Malformed("an answer to another question")
    return Reply(code=data[3] & 0x0F, recursion=bool(data[3] & 0x80))


def parse_version(data: bytes, asked: bytes) -> str | None:
    """Return the text of the answer to version.bind, None when the server keeps it to itself; raises Malformed."""
    if parse_reply(data, asked).code != 0 or int.from_bytes(data[6:8], "big") < 1:
        return None
    place = len(asked)
    # The owner is a pointer to the question, or the name once more.
    place += 2 if data[place : place + 1] >= b"\xc0" else len(_VERSION_NAME)
    length = int.from_bytes(data[place + 8 : place + 10], "big")
    record = data[place + 10 : place + 10 + length]
    if data[place : place + 2] != b"\0\x10" or len(record) != length or not record or record[0] >= length:
        raise Malformed("no text")
    return clean(record[1 : 1 + record[0]], 80) or None


def judge(reply: Reply) -> DnsFacts:
    """Return what an answer to a question about nothing says of the server's manners."""
    said = f"{_CODES.get(reply.code, reply.code)}, recursion {'available' if reply.recursion else 'not available'}"
    proof = (Exchange("A exposure-check.invalid, recursion desired", said),)
    if reply.recursion and reply.code in _ANSWERED:
        return DnsFacts(access=Access.METADATA, product="DNS resolver", proof=proof)
    return DnsFacts(access=Access.REFUSED, product="DNS server", proof=proof)


async def ask_datagram(talk: DatagramTalk) -> DnsFacts | None:
    """Ask for a name that does not exist, so that nobody else is disturbed, then for the server's version."""
    question = talk.nonce(2) + _QUESTION
    facts = judge(parse_reply(await talk.ask(question), question))
    question = talk.nonce(2) + _VERSION_QUESTION
    try:
        version = parse_version(await talk.ask(question), question)
    except TalkError:
        return facts
    return replace(facts, evidence={"version_bind": version} if version else {}, version=_number(version))


async def ask(talk: Talk) -> DnsFacts | None:
    """Ask the same over TCP."""
    await talk.send(TCP_QUESTION)
    size = int.from_bytes(await talk.read_exactly(2), "big")
    if not 12 <= size <= 4_096:
        return None
    return judge(parse_reply(await talk.read_exactly(size), TCP_QUESTION[2:]))


def _number(text: str | None) -> str | None:
    """Return the version number in a text such as `unbound 1.17.1` or `9.18.49-1~deb12u3-Debian`."""
    words = [
        word for word in (text or "").replace("dnsmasq-", "dnsmasq ").split() if word[:1].isdigit() and "." in word
    ]
    return words[0] if words else None


def _open(facts: DnsFacts) -> str | None:
    if facts.access < Access.METADATA:
        return None
    return "It resolves names for this address; whether it does so for the whole world depends on its access list."


_PAGES = ("https://www.rfc-editor.org/rfc/rfc5358", "https://kb.isc.org/docs/aa-00269")

PROBE = Probe(
    id="dns-resolver",
    title="DNS resolver",
    ports=(*udp(53), *tcp(53)),
    sends=(
        datagram(b"\0\0" + _QUESTION, vary=((0, 2),), why="asks for a name that is reserved for not existing"),
        datagram(b"\0\0" + _VERSION_QUESTION, vary=((0, 2),), why="answered by the server itself"),
        line(TCP_QUESTION, why="asks for a name that is reserved for not existing"),
    ),
    ask=ask,
    no_moods="its states are response codes, which are all read",
    waits_in_silence=True,
    ask_datagram=ask_datagram,
    references=_PAGES,
    rules=(
        Rule(
            id="dns-open-resolver",
            title="A DNS resolver serves strangers",
            why="Forged questions make it flood others with long answers, and strangers choose what its cache holds.",
            controls=Controls.RELAY,
            holds=_open,
            remedy=(
                "# named.conf",
                f"acl inside {{ 127.0.0.0/8; {PLACEHOLDER}; }};",
                "options { allow-recursion { inside; }; allow-query-cache { inside; }; };",
                "# unbound.conf",
                "access-control: 0.0.0.0/0 refuse",
                f"access-control: {PLACEHOLDER} allow",
                "# dnsmasq.conf",
                "local-service",
            ),
            cwe=(406, 668),
            attack=("T1498.002",),
            references=_PAGES,
        ),
    ),
)
