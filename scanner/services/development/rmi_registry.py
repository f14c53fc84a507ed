"""Java's RMI registry: names the objects of a virtual machine that may be called, JMX among them.

Specification: https://docs.oracle.com/javase/8/docs/platform/rmi/spec/rmi-protocol.html. The registry is asked for its
list; nothing that it names is looked up or called.
"""

from dataclasses import dataclass

from scanner.core.count import counted
from scanner.core.errors import Malformed
from scanner.core.facts import Access, Exchange, Facts
from scanner.core.probe import Probe, tcp
from scanner.core.rule import Controls, Rule
from scanner.core.sends import line
from scanner.core.talk import Talk
from scanner.core.text import clean

HELLO = b"JRMI\x00\x02\x4b"
# An empty client address; a call of object 0, operation 1 (list), with the interface's hash.
LIST = bytes(6) + b"\x50\xac\xed\x00\x05\x77\x22" + bytes(22) + b"\x00\x00\x00\x01" + bytes.fromhex("44154dc9d4e63bdf")
_ACKNOWLEDGED = 0x4E
_MOST_HOST = 253
_RETURN = b"\x51\xac\xed\x00\x05\x77\x0f"
_NORMAL, _EXCEPTION = 1, 2
_BEFORE_STRINGS = b"[Ljava.lang.String;\xad\xd2\x56\xe7\xe9\x1d\x7b\x47\x02\x00\x00pxp"
_STRING = 0x74
_HEAD = len(_RETURN) + 15
_MOST_NAMES = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryFacts(Facts):
    """What a registry told."""

    names: tuple[str, ...] = ()


def parse_names(data: bytes) -> tuple[str, ...] | None:
    """Return the names of a reply to list(), as many as have come; None when the registry throws; raises Malformed."""
    if len(data) < _HEAD or not data.startswith(_RETURN) or data[len(_RETURN)] not in {_NORMAL, _EXCEPTION}:
        raise Malformed("no reply to a call")
    if data[len(_RETURN)] == _EXCEPTION:
        return None
    at = data.find(_BEFORE_STRINGS)
    if at < 0:
        raise Malformed("no list of names")
    at += len(_BEFORE_STRINGS) + 4
    names: list[str] = []
    while len(names) < _MOST_NAMES and data[at : at + 1] == bytes([_STRING]):
        end = at + 3 + int.from_bytes(data[at + 1 : at + 3], "big")
        names.append(clean(data[at + 3 : end], 120))
        at = end
    return tuple(names)


async def ask(talk: Talk) -> RegistryFacts | None:
    """Shake hands, then ask for the list, which a registry gives to every address."""
    await talk.send(HELLO)
    if (await talk.read_exactly(1))[0] != _ACKNOWLEDGED:
        return None
    length = int.from_bytes(await talk.read_exactly(2), "big")
    if length > _MOST_HOST:
        return None
    await talk.read_exactly(length + 4)
    await talk.send(LIST)
    data = await talk.read_exactly(_HEAD)
    names = parse_names(data + (await talk.read_some() if data[len(_RETURN)] == _NORMAL else b""))
    said = "an exception" if names is None else counted(len(names), "name")
    return RegistryFacts(
        access=Access.REFUSED if names is None else Access.METADATA,
        product="Java RMI registry",
        evidence={"names": list(names or ())},
        proof=(Exchange("list()", said),),
        names=names or (),
    )


def _lists(facts: RegistryFacts) -> str | None:
    if facts.access < Access.METADATA:
        return None
    return f"The registry names {counted(len(facts.names), 'object')} to this address; what is named may be called."


_PAGES = ("https://docs.oracle.com/en/java/javase/17/management/monitoring-and-management-using-jmx-technology.html",)

PROBE = Probe(
    id="rmi-registry",
    title="Java RMI registry",
    ports=tcp(1099, 1098, 9010),
    sends=(line(HELLO), line(LIST, why="lists names; nothing is looked up")),
    ask=ask,
    no_moods="a registry answers list() from its start on",
    references=_PAGES,
    rules=(
        Rule(
            id="rmi-registry-lists",
            title="A Java RMI registry names its objects to anybody",
            why="Anybody calls what it names: with JMX that loads code, and old Javas run what is deserialised.",
            controls=Controls.HOST,
            holds=_lists,
            remedy=(
                "# this machine alone, and for JMX a login and TLS",
                "-Dcom.sun.management.jmxremote.host=127.0.0.1 -Djava.rmi.server.hostname=127.0.0.1",
                "-Dcom.sun.management.jmxremote.authenticate=true -Dcom.sun.management.jmxremote.ssl=true",
            ),
            cwe=(306, 749, 668),
            attack=("T1190", "T1059", "T1046"),
            references=_PAGES,
        ),
    ),
)
