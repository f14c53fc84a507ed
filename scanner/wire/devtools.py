"""The discovery pages of DevTools debuggers (Chrome, Node.js): JSON in, names and counts out.

https://chromedevtools.github.io/devtools-protocol/#endpoints
"""

from dataclasses import dataclass

from scanner.core.jsontext import as_list, as_object, as_text
from scanner.core.talk import HttpAnswer, HttpTalk
from scanner.core.text import clean
from scanner.wire.reading import get_or_none

HOST = "localhost"
"""The Host header to ask with: debuggers refuse DNS names, to stop rebinding, and answer addresses and this."""
VERSION = "/json/version"
LIST = "/json/list"
_MOST_TITLES = 20


@dataclass(frozen=True, slots=True)
class Targets:
    """What can be debugged."""

    kinds: tuple[str, ...]
    """The type of each target, such as page, worker or node."""
    titles: tuple[str, ...]
    attachable: int
    """Targets that give the address of their debugging socket."""


async def find_version(talk: HttpTalk) -> tuple[tuple[str, str] | None, str | None]:
    """Return (browser, version) and the Host header to go on with: a proxy in front may know the name alone."""
    if talk.endpoint.host is not None:
        answer = await get_or_none(talk, VERSION)
        if answer is not None and (found := parse_version(answer)) is not None:
            return found, None
    return parse_version(await talk.get(VERSION, host=HOST)), HOST


def parse_version(answer: HttpAnswer) -> tuple[str, str] | None:
    """Return (browser, version) of `/json/version`, such as ("node.js", "v20.1.0"); None for any other answer."""
    document = as_object(answer.json_or_none()) if answer.status == 200 else {}
    browser, protocol = as_text(document.get("Browser")), as_text(document.get("Protocol-Version"))
    if browser is None or protocol is None or "/" not in browser:
        return None
    name, _, version = browser.partition("/")
    return clean(name, 40), clean(version, 60)


def parse_targets(answer: HttpAnswer) -> Targets | None:
    """Return the targets of `/json/list`; None for any other answer."""
    if answer.status != 200 or not isinstance(answer.json_or_none(), list):
        return None
    rows = [as_object(row) for row in as_list(answer.json_or_none())]
    return Targets(
        kinds=tuple(clean(as_text(row.get("type")) or "", 40) for row in rows),
        titles=tuple(clean(as_text(row.get("title")) or "", 80) for row in rows[:_MOST_TITLES]),
        attachable=sum(1 for row in rows if (as_text(row.get("webSocketDebuggerUrl")) or "").startswith("ws")),
    )
