"""Werkzeug's debugger (Flask, Django extensions): a Python console behind a number, or behind nothing.

Specification: https://werkzeug.palletsprojects.com/en/stable/debug/. The console's page alone is read; nothing runs.
"""

from dataclasses import dataclass

from scanner.core.facts import Access, Exchange, Facts
from scanner.core.mood import Mood, said
from scanner.core.probe import Fingerprint, Probe, tcp
from scanner.core.rule import Controls, Rule
from scanner.core.sends import get
from scanner.core.talk import HttpTalk

CONSOLE = "/console"
# From 3.0.3 on only this machine's names are trusted, which a stranger writes himself.
_UNTRUSTED = 400
HOST = "localhost"
_MARKS = ("// Werkzeug Debugger</title>", "__debugger__=yes", "CONSOLE_MODE = true")


@dataclass(frozen=True, slots=True, kw_only=True)
class WerkzeugFacts(Facts):
    """What a debugger showed."""


async def ask(talk: HttpTalk) -> WerkzeugFacts | None:
    """Read the console's page: it says whether this address is asked for the number."""
    answer = await talk.get(CONSOLE)
    if answer.status == _UNTRUSTED:
        answer = await talk.get(CONSOLE, host=HOST)
    if answer.status != 200 or not answer.has(*_MARKS) or not answer.has("EVALEX = true"):
        return None
    trusted = answer.has("EVALEX_TRUSTED = true")
    shown = "200, a console" + ("" if trusted else " that asks for its number")
    return WerkzeugFacts(
        access=Access.CONTROL if trusted else Access.METADATA,
        product="Werkzeug debugger",
        evidence={"pin": not trusted},
        proof=(Exchange(f"GET {CONSOLE}", shown),),
    )


def _open(facts: WerkzeugFacts) -> str | None:
    return "Python runs here for anybody, without the debugger's number." if facts.access >= Access.CONTROL else None


def _locked(facts: WerkzeugFacts) -> str | None:
    if facts.access is not Access.METADATA:
        return None
    return "A Python console is reachable; it asks for a number, and its error pages show source code."


_PAGES = ("https://werkzeug.palletsprojects.com/en/stable/debug/",)
_PAGE = (
    "<title>Console // Werkzeug Debugger</title><script src='?__debugger__=yes&amp;f=debugger.js'></script>"
    "<script>var CONSOLE_MODE = true, EVALEX = true, EVALEX_TRUSTED = %s, SECRET = 'x';</script>"
)

MOODS = (
    Mood(
        name="pin-off",
        pages={
            "/": said("<title>ValueError // Werkzeug Debugger</title>", 500, content_type="text/html; charset=utf-8"),
            CONSOLE: said(_PAGE % "true", content_type="text/html; charset=utf-8"),
        },
        access=Access.CONTROL,
    ),
)

_REMEDY = (
    "# never in production: a server for it, and no debugger",
    "gunicorn --bind 127.0.0.1:8000 app:app",
    "unset FLASK_DEBUG WERKZEUG_DEBUG_PIN",
)

PROBE = Probe(
    id="werkzeug-debugger",
    moods=MOODS,
    title="Werkzeug debugger",
    ports=tcp(5000, 8000),
    sends=(get(CONSOLE),),
    ask_http=ask,
    fingerprints=(Fingerprint(title="// Werkzeug Debugger"),),
    references=_PAGES,
    rules=(
        Rule(
            id="werkzeug-debugger-no-pin",
            title="A debugger runs Python for anybody",
            why="Anybody runs code as the application: its data, its secrets and its machine are his.",
            controls=Controls.HOST,
            holds=_open,
            remedy=_REMEDY,
            cwe=(489, 306, 668),
            attack=("T1190", "T1059.006"),
            references=_PAGES,
        ),
        Rule(
            id="werkzeug-debugger-reachable",
            title="A debugger is reachable behind a number",
            why="Whoever reads a file of the machine computes the number, and errors show source code and variables.",
            controls=Controls.HOST,
            holds=_locked,
            remedy=_REMEDY,
            cwe=(489, 200),
            attack=("T1190", "T1059.006"),
            references=_PAGES,
        ),
    ),
)
