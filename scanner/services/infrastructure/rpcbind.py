"""rpcbind, the port mapper of Sun RPC: it names NFS, NIS and their ports to anybody, and amplifies over UDP.

Specification: RFC 1833
"""

from dataclasses import dataclass

from scanner.core.count import counted
from scanner.core.errors import Malformed
from scanner.core.facts import Access, Exchange, Facts
from scanner.core.firewall import close_to_strangers
from scanner.core.jsontext import Json
from scanner.core.probe import Probe, tcp, udp
from scanner.core.rule import Controls, Rule
from scanner.core.sends import datagram, line
from scanner.core.talk import DatagramTalk, Talk
from scanner.wire.oncrpc import SUCCESS, Reader, call, mark, parse_reply
from scanner.wire.oncrpc import ask as ask_rpc

DUMP = call(100000, 2, 4)
_MOST_ENTRIES = 1_000
_NAMES = {
    100000: "portmapper",
    100003: "nfs",
    100004: "ypserv",
    100005: "mountd",
    100021: "nlockmgr",
    100024: "status",
    100227: "nfs_acl",
}
_PROTOCOLS = {6: "tcp", 17: "udp"}


@dataclass(frozen=True, slots=True, kw_only=True)
class RpcbindFacts(Facts):
    """What a port mapper showed."""

    programs: tuple[str, ...] = ()
    """`name protocol/port`, each once, the mapper itself left out."""


def parse_programs(results: Reader) -> tuple[tuple[str, ...], bool]:
    """Return (programs, whether the mapper lists itself, as each does); raises Malformed."""
    found: dict[str, None] = {}
    own = False
    for _ in range(_MOST_ENTRIES):
        following = results.number()
        if following > 1:
            raise Malformed("not a list")
        if not following:
            return tuple(found), own
        program, _version, protocol, port = (results.number() for _ in range(4))
        if program == 100000:
            own = True
        elif protocol in _PROTOCOLS and port <= 65_535:
            found[f"{_NAMES.get(program, program)} {_PROTOCOLS[protocol]}/{port}"] = None
    raise Malformed("a list without an end")


async def ask(talk: Talk) -> RpcbindFacts | None:
    """Read the list of programs over TCP."""
    status, results = await ask_rpc(talk, DUMP)
    return _judge(results, "tcp") if status == SUCCESS else None


async def ask_datagram(talk: DatagramTalk) -> RpcbindFacts | None:
    """Read the list of programs over UDP."""
    status, results = parse_reply(await talk.ask(DUMP))
    return _judge(results, "udp") if status == SUCCESS else None


def _judge(results: Reader, transport: str) -> RpcbindFacts | None:
    programs, own = parse_programs(results)
    if not own:
        return None
    shown: list[Json] = list(programs[:30])
    return RpcbindFacts(
        access=Access.METADATA,
        product="rpcbind",
        evidence={"programs": shown},
        proof=(Exchange(f"DUMP over {transport}", f"{counted(len(programs), 'program')} besides itself"),),
        programs=programs,
    )


def _open(facts: RpcbindFacts) -> str | None:
    if facts.access < Access.METADATA:
        return None
    return f"The port mapper tells anybody what runs here: {', '.join(facts.programs[:3]) or 'nothing but itself'}."


_PAGES = ("https://www.cisa.gov/news-events/alerts/2014/01/17/udp-based-amplification-attacks",)

PROBE = Probe(
    id="rpcbind",
    title="rpcbind",
    ports=(*tcp(111), *udp(111)),
    sends=(line(mark(DUMP), why="DUMP lists ports"), datagram(DUMP, why="DUMP lists ports")),
    ask=ask,
    no_moods="it has one answer, the list of programs, and refuses by a status that is read",
    ask_datagram=ask_datagram,
    references=_PAGES,
    rules=(
        Rule(
            id="rpcbind-open",
            title="rpcbind answers anybody",
            why="It shows the way to NFS and NIS, and over UDP makes the machine flood others.",
            controls=Controls.TELEMETRY,
            holds=_open,
            remedy=(
                "# NFS 4 does not need it",
                "systemctl disable --now rpcbind.socket rpcbind.service",
                "# else: the machines that mount, and nobody else",
                close_to_strangers("tcp dport 111"),
                close_to_strangers("udp dport 111"),
            ),
            cwe=(200, 406, 668),
            attack=("T1046", "T1498.002"),
            references=_PAGES,
        ),
    ),
)
