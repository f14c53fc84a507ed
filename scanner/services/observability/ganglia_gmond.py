"""Ganglia's gmond: tells whoever connects every host of its cluster and what each measures.

Specification: https://github.com/ganglia/monitor-core/wiki (tcp_accept_channel). It writes an XML document and closes.
"""

import re
from dataclasses import dataclass

from scanner.core.facts import Access, Exchange, Facts
from scanner.core.probe import Greeting, Probe, tcp
from scanner.core.rule import Controls, Rule, reads
from scanner.core.talk import Talk
from scanner.core.text import clean

_START = b"<?xml version="
_DOCTYPE = b"<!DOCTYPE GANGLIA_XML"
_ROOT = re.compile(rb'<GANGLIA_XML VERSION="([^"<>]{1,40})" SOURCE="([^"<>]{1,40})">')
_CLUSTER = re.compile(rb'<CLUSTER NAME="([^"<>]{1,200})"')
_MOST_PIECES = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class GangliaFacts(Facts):
    """What a daemon told."""


async def ask(talk: Talk) -> GangliaFacts | None:
    """Read until the first cluster is named; the hosts that follow are left alone."""
    heard = b""
    for _ in range(_MOST_PIECES):
        piece = await talk.read_some()
        heard += piece
        if not heard.startswith(_START[: len(heard)]):
            return None
        if not piece or b"<CLUSTER NAME=" in heard or b"</GANGLIA_XML>" in heard:
            break
    root = _ROOT.search(heard)
    if root is None or _DOCTYPE not in heard:
        return None
    version = clean(root[1], 40)
    cluster = _CLUSTER.search(heard)
    return GangliaFacts(
        access=Access.METADATA,
        product="Ganglia",
        version=version,
        evidence={"cluster": clean(cluster[1], 120)} if cluster else {},
        proof=(Exchange("(nothing)", f"the document of {clean(root[2], 40)} {version}"),),
    )


_PAGES = ("https://github.com/ganglia/monitor-core/wiki",)

PROBE = Probe(
    id="ganglia-gmond",
    title="Ganglia gmond",
    ports=tcp(8649, 8651),
    sends=(),
    ask=ask,
    no_moods="it writes the same document, with hosts or without, or closes on an address that its list leaves out",
    greetings=(Greeting(start=b'<?xml version="1.0" encoding="ISO-8859-1" standalone="yes"?>\n<!DOCTYPE GANGLIA_XML'),),
    listens_first=True,
    references=_PAGES,
    rules=(
        Rule(
            id="ganglia-gmond-open",
            title="Ganglia tells anybody about its cluster",
            why="Anybody learns the names, addresses, systems and loads of every machine of the cluster.",
            controls=Controls.TELEMETRY,
            holds=reads(Access.METADATA, "gmond writes the state of its cluster to this address."),
            remedy=(
                "# gmond.conf: your collector's address alone; it has no login",
                "tcp_accept_channel {",
                "  bind = 10.0.0.1",
                "  port = 8649",
                '  acl { default = "deny" access { ip = 10.0.0.5 mask = 32 action = "allow" } }',
                "}",
            ),
            cwe=(306, 497, 668),
            attack=("T1190", "T1018", "T1082"),
            references=_PAGES,
        ),
    ),
)
