"""Tarantool: its console over TCP runs Lua for anybody; the binary port greets and lets a guest try.

Specification: https://www.tarantool.io/en/doc/latest/reference/reference_lua/console/. Whatever is sent to a console
runs, so nothing is: both say in their greeting which of the two they are.
"""

from dataclasses import dataclass

from scanner.core.facts import Access, Exchange, Facts
from scanner.core.probe import Greeting, Probe, tcp
from scanner.core.rule import Controls, Rule, reads
from scanner.core.talk import Talk
from scanner.core.text import clean

_GREETING_BYTES = 128
_NAME = b"Tarantool "


@dataclass(frozen=True, slots=True, kw_only=True)
class TarantoolFacts(Facts):
    """What a server's greeting told."""


def parse_greeting(greeting: bytes) -> tuple[str, str] | None:
    """Return (version, what it speaks: `Binary` or `Lua console`) of a greeting of 128 bytes; None for any other."""
    start, found, _ = greeting[:64].partition(b")")
    name, opened, kind = start.partition(b" (")
    if len(greeting) != _GREETING_BYTES or not (found and opened) or not name.startswith(_NAME):
        return None
    return clean(name[len(_NAME) :], 40), clean(kind, 20)


async def ask(talk: Talk) -> TarantoolFacts | None:
    """Read the greeting; what a guest may do at the binary port can't be read without logging in."""
    parsed = parse_greeting(await talk.read_exactly(_GREETING_BYTES))
    if parsed is None or parsed[1] not in {"Binary", "Lua console"}:
        return None
    version, kind = parsed
    console = kind == "Lua console"
    return TarantoolFacts(
        access=Access.CONTROL if console else Access.UNKNOWN,
        product="Tarantool",
        version=version,
        proof=(Exchange("(nothing)", f"Tarantool {version} ({kind})"),),
        note=None if console else "what a guest may read was not tried",
    )


_PAGES = ("https://www.tarantool.io/en/doc/latest/reference/reference_lua/console/",)

PROBE = Probe(
    id="tarantool",
    title="Tarantool",
    ports=tcp(3301, 3303),
    sends=(),
    ask=ask,
    no_moods="it greets as soon as it listens, whatever state it is in",
    greetings=(Greeting(start=_NAME),),
    listens_first=True,
    references=_PAGES,
    rules=(
        Rule(
            id="tarantool-console-open",
            title="Tarantool's console runs Lua for anybody",
            why="Anybody runs code in the server: it reads and changes all data, and starts programs on the machine.",
            controls=Controls.HOST,
            holds=reads(Access.CONTROL, "Tarantool's console is reachable over TCP, where it asks for nothing."),
            remedy=(
                "-- a socket that its user alone may open",
                "require('console').listen('unix/:/var/run/tarantool/app.control')",
                "-- and no rights for guests at the binary port",
                "box.schema.user.revoke('guest', 'read,write,execute', 'universe')",
            ),
            cwe=(306, 489, 668),
            attack=("T1190", "T1059.011"),
            references=_PAGES,
        ),
    ),
)
