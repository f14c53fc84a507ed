"""Chrome's remote debugging port: whoever reaches it drives the browser and reads its pages, cookies and files.

Specification: https://chromedevtools.github.io/devtools-protocol/
"""

from dataclasses import dataclass, replace

from scanner.core.count import counted
from scanner.core.errors import TalkError
from scanner.core.facts import Access, Exchange, Facts
from scanner.core.guard import Guard
from scanner.core.image import Image
from scanner.core.probe import Fingerprint, Probe, tcp
from scanner.core.rule import Controls, Rule
from scanner.core.sends import get
from scanner.core.talk import HttpTalk
from scanner.wire.devtools import LIST, VERSION, find_version, parse_targets
from scanner.wire.reading import undecided_in

_BROWSERS = ("Chrome", "HeadlessChrome", "Edg", "HeadlessEdg", "Chromium", "Opera")


@dataclass(frozen=True, slots=True, kw_only=True)
class ChromeFacts(Facts):
    """What a browser showed."""

    pages: int = 0


async def ask(talk: HttpTalk) -> ChromeFacts | None:
    """Read the version page, then the list of tabs whose sockets drive the browser; the sockets are never opened."""
    named, host = await find_version(talk)
    if named is None or named[0] not in _BROWSERS:
        return None
    facts = ChromeFacts(
        product=named[0], version=named[1], proof=(Exchange(f"GET {VERSION}", f"200, {'/'.join(named)}"),)
    )
    try:
        answer = await talk.get(LIST, host=host)
    except TalkError as error:
        return replace(facts, note=f"GET {LIST} was not answered: {error}")
    found = parse_targets(answer)
    if found is None:
        return replace(
            facts,
            access=Access.REFUSED if answer.refused else Access.UNKNOWN,
            note=None if answer.refused else f"GET {LIST} answered {answer.status} without a list of pages",
            unheard=undecided_in(answer),
            proof=(*facts.proof, Exchange(f"GET {LIST}", str(answer.status))),
        )
    pages = found.kinds.count("page")
    return replace(
        facts,
        access=Access.CONTROL,
        evidence={"targets": len(found.kinds), "pages": pages},
        proof=(
            *facts.proof,
            Exchange(f"GET {LIST}", f"200, {counted(len(found.kinds), 'target')}, {counted(pages, 'page')}"),
        ),
        pages=pages,
    )


def _open(facts: ChromeFacts) -> str | None:
    if facts.access < Access.CONTROL:
        return None
    return f"{facts.product} {facts.version} lets anybody drive it: {counted(facts.pages, 'open page')}."


_PAGES = (
    "https://developer.chrome.com/blog/remote-debugging-port",
    "https://chromedevtools.github.io/devtools-protocol/",
)

PROBE = Probe(
    id="chrome-devtools",
    no_moods="it has no login and no state but running",
    title="Chrome remote debugging",
    ports=tcp(9222, 9223),
    sends=(get(VERSION), get(LIST)),
    ask_http=ask,
    fingerprints=(
        Fingerprint(title="Inspectable pages"),
        Fingerprint(body="Host header is specified and is not an IP address"),
        # A browser without windows of its own has an empty front page.
        Fingerprint(status=200, header=("x-frame-options", "deny"), body=""),
    ),
    references=_PAGES,
    rules=(
        Rule(
            id="chrome-devtools-open",
            title="Chrome's debugging port is open to anybody",
            why="Anybody opens pages as the user, reads cookies, local files and internal sites, and types for them.",
            controls=Controls.HOST,
            holds=_open,
            remedy=(
                "# use a pipe instead of a port, with a profile of its own",
                "chrome --headless --remote-debugging-pipe --user-data-dir=/tmp/automation",
                "# or listen on loopback, and do not publish the port with socat or docker -p",
                "chrome --remote-debugging-address=127.0.0.1 --remote-debugging-port=9222",
            ),
            cwe=(489, 306, 749),
            attack=("T1190", "T1185", "T1539"),
            references=_PAGES,
        ),
    ),
)

LINT = (
    Image(
        names=("chromedp/headless-shell",),
        ports=(9222,),
        rule="chrome-devtools-open",
        signs=("closed: --remote-debugging-address=@loopback",),
        access=Access.CONTROL,
        why="the image's debugging port asks for nothing",
        source="https://github.com/chromedp/docker-headless-shell",
    ),
    Image(
        names=("zenika/alpine-chrome", "zenika/alpine-chromium"),
        ports=(9222,),
        rule="chrome-devtools-open",
        defaults=(("", Guard.CLOSED),),
        signs=("closed: --remote-debugging-address=@loopback", "open: --remote-debugging-address"),
        access=Access.CONTROL,
        why="the browser opens no debugging port to others unless it is told to",
        source="https://github.com/jlandure/alpine-chrome#use-the-devtools",
    ),
)
