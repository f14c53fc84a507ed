"""Small probes and observations for tests of the stages around them."""

from scanner.core.facts import Access, Exchange, Facts
from scanner.core.probe import Probe, tcp
from scanner.core.rule import Controls, Rule, reads
from scanner.core.sends import line

RULE = Rule(
    id="toy-open",
    title="Toy answers strangers",
    why="Anyone reads it.",
    controls=Controls.DATA,
    holds=reads(Access.METADATA, "a value was read"),
    remedy=("bind 127.0.0.1",),
)


def toy(ask=None, *, identifier="toy", ports=(6379,), **fields) -> Probe:
    """Return a probe for a line protocol: it sends HELLO, and the answer TOY makes it exposed."""
    return Probe(
        id=identifier,
        title="Toy",
        ports=tcp(*ports),
        sends=(line(b"HELLO\r\n"),),
        rules=(RULE,),
        ask=ask or hello,
        **fields,
    )


async def hello(talk):
    """The toy's question."""
    await talk.send(b"HELLO\r\n")
    answer = await talk.read_until(b"\r\n")
    if not answer.startswith(b"TOY"):
        return None
    return Facts(access=Access.DATA, product="Toy", proof=(Exchange("HELLO", "TOY"),))


async def serve_toy(reader, writer):
    """The toy's server."""
    while await reader.readline():
        writer.write(b"TOY\r\n")
        await writer.drain()
