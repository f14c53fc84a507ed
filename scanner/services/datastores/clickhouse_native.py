"""ClickHouse's native protocol: the user `default` without a password gets a full session.

https://clickhouse.com/docs/native-protocol/basics
"""

from dataclasses import dataclass

from scanner.core.errors import Malformed
from scanner.core.facts import Access, Exchange, Facts
from scanner.core.mood import Mood
from scanner.core.probe import Fingerprint, Probe, tcp
from scanner.core.rule import Controls, Rule
from scanner.core.sends import line
from scanner.core.talk import Talk
from scanner.core.unheard import Unheard
from scanner.services.datastores.clickhouse_http import PAGES, REMEDY, server_image

_REVISION = 54_058
_AUTH_CODES = {192, 193, 194, 195, 497, 516}


def varint(number: int) -> bytes:
    """Return a number as the protocol writes it: seven bits a byte, the lowest first."""
    encoded = bytearray()
    while number > 0x7F:
        encoded.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes((*encoded, number))


def text(value: str) -> bytes:
    """Return a string with its length in front."""
    return varint(len(value.encode())) + value.encode()


# Packet 0: name, version 1.1, revision, database, user, password.
_HELLO = (
    b"\0" + text("exposure-scanner") + varint(1) + varint(1) + varint(_REVISION) + text("") + text("default") + text("")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NativeFacts(Facts):
    """What a ClickHouse server said to a Hello without a password."""


class Reader:
    """Reads the protocol's values from a conversation."""

    def __init__(self, talk: Talk) -> None:
        self._talk = talk

    async def varint(self) -> int:
        """Return a variable-length number; raises Malformed beyond 63 bits."""
        number = 0
        for shift in range(0, 63, 7):
            byte = (await self._talk.read_exactly(1))[0]
            number |= (byte & 0x7F) << shift
            if byte < 0x80:
                return number
        raise Malformed("a number too long")

    async def text(self) -> str:
        """Return a string; raises Malformed when it is longer than an answer to us can be."""
        length = await self.varint()
        if length > 4_096:
            raise Malformed("a string too long")
        return (await self._talk.read_exactly(length)).decode("utf-8", "replace") if length else ""


async def ask(talk: Talk) -> NativeFacts | None:
    """Say Hello as the user that ClickHouse assumes when none is named, and send no password."""
    await talk.send(_HELLO)
    reader = Reader(talk)
    kind = await reader.varint()
    if kind == 0:
        name = await reader.text()
        if name != "ClickHouse":
            return None
        version = f"{await reader.varint()}.{await reader.varint()}"
        revision = await reader.varint()
        return NativeFacts(
            access=Access.CONTROL,
            product="ClickHouse",
            version=version,
            evidence={"revision": revision, "user": "default"},
            proof=(Exchange("Hello of user default, no password", f"Hello of ClickHouse {version}: logged in"),),
        )
    if kind == 2:
        code = int.from_bytes(await talk.read_exactly(4), "little")
        name = await reader.text()
        message = await reader.text()
        if not name.startswith("DB::"):
            return None
        refused = code in _AUTH_CODES
        return NativeFacts(
            access=Access.REFUSED if refused else Access.UNKNOWN,
            product="ClickHouse",
            proof=(Exchange("Hello of user default, no password", f"exception {code}: {message}"),),
            note=None if refused else "it refused for another reason than a password",
            unheard=None if refused else Unheard.REFUSED_LATER,
        )
    return None


def _open(facts: NativeFacts) -> str | None:
    if facts.access < Access.CONTROL:
        return None
    return "ClickHouse lets anybody log in as the user `default` without a password."


def _exception(name: str, code: int, words: str, access: Access = Access.UNKNOWN) -> Mood:
    said = text("DB::Exception") + text(f"DB::Exception: {words}") + text("")
    packet = b"\2" + code.to_bytes(4, "little") + said + b"\0"
    unheard = Unheard.REFUSED_LATER if access is Access.UNKNOWN else None
    return Mood(name=name, says={_HELLO: packet}, access=access, unheard=unheard)


MOODS = (
    _exception("password", 516, "default: Authentication failed", Access.REFUSED),
    _exception("password-before-20", 193, "Wrong password for user default", Access.REFUSED),
    _exception("address-not-allowed", 195, "User default is not allowed to connect from address", Access.REFUSED),
    _exception("too-many-queries", 202, "Too many simultaneous queries. Maximum: 100"),
    _exception("server-stops", 394, "Query was cancelled"),
    _exception("no-memory-left", 241, "Memory limit (total) exceeded"),
)

PROBE = Probe(
    id="clickhouse-native",
    title="ClickHouse",
    ports=(*tcp(9000), *tcp(9440, tls=True)),
    sends=(line(_HELLO, why="opens a session as the implicit default user, without a password, and runs nothing"),),
    ask=ask,
    moods=MOODS,
    fingerprints=(Fingerprint(body="is for clickhouse-client program"),),
    references=PAGES,
    rules=(
        Rule(
            id="clickhouse-native-no-password",
            title="ClickHouse opens native sessions without a password",
            why="All tables can be read and changed, and table functions reach files and internal addresses.",
            controls=Controls.DATA,
            holds=_open,
            remedy=REMEDY,
            cwe=(306, 1188, 200),
            attack=("T1190", "T1213.006"),
            references=PAGES,
        ),
    ),
)

LINT = (server_image(9000, "clickhouse-native-no-password"),)
