"""uWSGI's stats server: tells whoever connects its folder, sockets, workers and the requests that run.

Specification: https://uwsgi-docs.readthedocs.io/en/latest/StatsServer.html. It writes a JSON document and closes.
"""

from dataclasses import dataclass

from scanner.core.count import counted
from scanner.core.facts import Access, Exchange, Facts
from scanner.core.jsontext import as_list, as_object, as_text, parse_json
from scanner.core.probe import Greeting, Probe, tcp
from scanner.core.rule import Controls, Rule, reads
from scanner.core.talk import Talk
from scanner.core.text import clean

_START = b'{\n\t"version":"'
_KEYS = {"version", "listen_queue", "workers", "sockets", "pid", "cwd"}
_MOST_PIECES = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class UwsgiFacts(Facts):
    """What a stats server told."""


async def ask(talk: Talk) -> UwsgiFacts | None:
    """Read the document; folder and environment of the application stay out of the report."""
    heard = b""
    for _ in range(_MOST_PIECES):
        piece = await talk.read_some()
        heard += piece
        if not piece or not heard.startswith(b"{"):
            break
    stats = as_object(parse_json(heard))
    if not set(stats) >= _KEYS:
        return None
    version = clean(as_text(stats["version"]) or "", 40)
    workers, sockets = len(as_list(stats["workers"])), len(as_list(stats["sockets"]))
    return UwsgiFacts(
        access=Access.METADATA,
        product="uWSGI",
        version=version,
        evidence={"workers": workers, "sockets": sockets},
        proof=(Exchange("(nothing)", f"its statistics, of {counted(workers, 'worker')}"),),
    )


_PAGES = ("https://uwsgi-docs.readthedocs.io/en/latest/StatsServer.html",)

PROBE = Probe(
    id="uwsgi-stats",
    title="uWSGI stats server",
    ports=tcp(1717, 9191),
    sends=(),
    ask=ask,
    no_moods="it writes the same document whether workers run or not",
    greetings=(Greeting(start=_START),),
    listens_first=True,
    references=_PAGES,
    rules=(
        Rule(
            id="uwsgi-stats-open",
            title="uWSGI tells anybody what it runs",
            why="Anybody learns folders, users, sockets and variables of the application, and which requests run.",
            controls=Controls.TELEMETRY,
            holds=reads(Access.METADATA, "uWSGI's stats server writes its state to this address; it has no login."),
            remedy=("# a socket of this machine", "stats = /run/uwsgi/stats.sock"),
            cwe=(306, 497, 668),
            attack=("T1190", "T1082"),
            references=_PAGES,
        ),
    ),
)
