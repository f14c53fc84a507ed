"""debugpy, Python's debug adapter: whoever attaches evaluates expressions inside the process.

Specification: https://microsoft.github.io/debug-adapter-protocol/overview
"""

import asyncio
from contextlib import suppress
from dataclasses import dataclass

from scanner.core.errors import Malformed, TalkError
from scanner.core.facts import Access, Exchange, Facts
from scanner.core.jsontext import as_object, as_text, parse_json
from scanner.core.number import parse_number
from scanner.core.probe import Greeting, Probe, tcp
from scanner.core.rule import Controls, Rule
from scanner.core.talk import Talk
from scanner.core.text import clean

_HEADER = b"Content-Length: "
_LONGEST = 8_192
_MOST_EVENTS = 3
_LAST_EVENT_S = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class DebugpyFacts(Facts):
    """What an adapter showed."""


def parse_length(head: bytes) -> int:
    """Return the length of a message from its header; raises Malformed for any other header."""
    length = parse_number(head.removesuffix(b"\r\n\r\n").removeprefix(_HEADER), most=_LONGEST)
    if not head.startswith(_HEADER) or not length:
        raise Malformed("not a message of the debug adapter protocol")
    return length


def parse_event(body: bytes) -> tuple[str, str | None] | None:
    """Return (component, its version) of a telemetry event, None for other messages; raises Malformed."""
    message = as_object(parse_json(body))
    content = as_object(message.get("body"))
    if message.get("type") != "event" or message.get("event") != "output" or content.get("category") != "telemetry":
        return None
    name, version = as_text(content.get("output")), as_text(as_object(content.get("data")).get("packageVersion"))
    return (clean(name, 40), clean(version, 40) if version else None) if name else None


async def ask(talk: Talk) -> DebugpyFacts | None:
    """Listen: the adapter introduces itself to whoever it takes for its client; nothing is sent.

    It says two names, ptvsd and debugpy, and newer ones tell of their sockets. Who hangs up before the last event is
    the adapter's last client, seen with 1.6 and 1.8, so all are awaited.
    """
    named = None
    for _ in range(_MOST_EVENTS):
        try:
            event = await _next_event(talk)
        except TalkError:
            if named is None:
                raise
            break
        if event is not None and event[0] in {"debugpy", "ptvsd"}:
            named = event
        if event is not None and event[0] == "debugpy":
            break
    if named is None:
        return None
    with suppress(TalkError, TimeoutError):
        async with asyncio.timeout(_LAST_EVENT_S):
            await _next_event(talk)
    return DebugpyFacts(
        access=Access.CONTROL,
        product="debugpy",
        version=named[1],
        proof=(Exchange("nothing", f"an event for its client: {named[0]} {named[1] or ''}".rstrip()),),
    )


async def _next_event(talk: Talk) -> tuple[str, str | None] | None:
    return parse_event(await talk.read_exactly(parse_length(await talk.read_until(b"\r\n\r\n", 256))))


def _open(facts: DebugpyFacts) -> str | None:
    if facts.access < Access.CONTROL:
        return None
    return f"debugpy {facts.version or ''} takes anybody for its client."


_PAGES = ("https://github.com/microsoft/debugpy/wiki/Command-Line-Reference",)

PROBE = Probe(
    id="debugpy",
    title="debugpy",
    ports=tcp(5678, 5679),
    sends=(),
    ask=ask,
    no_moods="it serves one client and says nothing to a second",
    listens_first=True,
    greetings=(Greeting(start=_HEADER),),
    references=_PAGES,
    rules=(
        Rule(
            id="debugpy-open",
            title="A Python debugger is open to anybody",
            why="Anybody evaluates expressions inside the process, which is running code with its rights.",
            controls=Controls.HOST,
            holds=_open,
            remedy=(
                "# drop it in production; where it is needed: loopback and ssh",
                "python -m debugpy --listen 127.0.0.1:5678 app.py",
                "ssh -L 5678:127.0.0.1:5678 user@server",
            ),
            cwe=(489, 306, 749),
            attack=("T1190", "T1059.006"),
            references=_PAGES,
        ),
    ),
)
