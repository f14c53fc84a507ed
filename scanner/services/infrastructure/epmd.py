"""Erlang's port mapper: it names the nodes of RabbitMQ, CouchDB, ejabberd and others, and their ports.

Specification: https://www.erlang.org/doc/apps/erts/erl_dist_protocol.html#epmd-protocol
"""

import re
from dataclasses import dataclass

from scanner.core.count import counted
from scanner.core.errors import Malformed
from scanner.core.facts import Access, Exchange, Facts
from scanner.core.firewall import close_to_strangers
from scanner.core.jsontext import Json
from scanner.core.number import parse_number
from scanner.core.probe import Probe, tcp
from scanner.core.rule import Controls, Rule
from scanner.core.sends import line
from scanner.core.talk import Talk
from scanner.core.text import clean

NAMES = b"\x00\x01n"
_NODE = re.compile(rb"name ([^\s]{1,255}) at port (\d{1,5})")
_MOST_NODES = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class EpmdFacts(Facts):
    """What a port mapper showed."""

    nodes: int = 0


def parse_names(text: bytes) -> list[tuple[str, int]]:
    """Return (node, port) of each line after the mapper's own port; raises Malformed for any other line."""
    found = []
    for row in text.split(b"\n"):
        if not row:
            continue
        node = _NODE.fullmatch(row.rstrip(b"\r"))
        port = None if node is None else parse_number(node[2], most=65_535)
        if node is None or port is None:
            raise Malformed("not a list of names")
        found.append((clean(node[1], 255), port))
    return found


async def ask(talk: Talk) -> EpmdFacts | None:
    """Ask for the names; the mapper answers with its own port first and hangs up behind the last line."""
    await talk.send(NAMES)
    own_port = int.from_bytes(await talk.read_exactly(4), "big")
    if own_port not in {4369, talk.endpoint.port}:
        return None
    text = b""
    while more := await talk.read_some(4_096):
        text += more
        if len(text) > 65_536:
            raise Malformed("a list of names without an end")
    nodes = parse_names(text)
    if not nodes:
        return EpmdFacts(product="epmd", proof=(Exchange("NAMES", "no nodes"),), note="no node is registered")
    shown: list[Json] = [f"{name}:{port}" for name, port in nodes[:_MOST_NODES]]
    return EpmdFacts(
        access=Access.METADATA,
        product="epmd",
        evidence={"nodes": shown},
        proof=(Exchange("NAMES", f"{counted(len(nodes), 'node')}, {shown[0]}"),),
        traces={"name": tuple(name for name, _ in nodes)},
        nodes=len(nodes),
    )


def _open(facts: EpmdFacts) -> str | None:
    if facts.access < Access.METADATA:
        return None
    return f"The port mapper names its nodes to anybody: {facts.nodes} of them, whose ports lead to code with a cookie."


_PAGES = ("https://www.erlang.org/doc/apps/erts/epmd_cmd.html#environment-variables",)

PROBE = Probe(
    id="epmd",
    title="Erlang port mapper",
    ports=tcp(4369),
    sends=(line(NAMES),),
    ask=ask,
    no_moods="it has one answer, the list of nodes, and no state that changes it",
    references=_PAGES,
    rules=(
        Rule(
            id="epmd-open",
            title="Erlang's port mapper names its nodes to anybody",
            why="It leads to the nodes, where one shared cookie is all that keeps strangers from running code.",
            controls=Controls.TELEMETRY,
            holds=_open,
            remedy=(
                "# one machine: everything on loopback",
                "export ERL_EPMD_ADDRESS=127.0.0.1",
                'RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="-kernel inet_dist_use_interface {127,0,0,1}"',
                "# a cluster: its machines and nobody else",
                close_to_strangers("tcp dport { 4369, 25672 }"),
            ),
            cwe=(200, 306, 668),
            attack=("T1046", "T1190"),
            references=_PAGES,
        ),
    ),
)
