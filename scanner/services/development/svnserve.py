"""svnserve, Subversion's own server: repositories that anonymous users may read are copied by anybody.

Specification: https://svn.apache.org/repos/asf/subversion/trunk/subversion/libsvn_ra_svn/protocol
"""

import re
from dataclasses import dataclass

from scanner.core.errors import ClosedEarly, Malformed, TimedOut
from scanner.core.facts import Access, Exchange, Facts
from scanner.core.number import parse_number
from scanner.core.probe import Greeting, Probe, tcp
from scanner.core.rule import Controls, Rule
from scanner.core.sends import line
from scanner.core.talk import Talk
from scanner.core.text import clean
from scanner.core.unheard import Unheard

GREETING = b"( success ( "
REPLY = b"( 2 ( edit-pipeline svndiff1 absent-entries depth mergeinfo log-revprops ) 15:svn://localhost ) "
ANONYMOUS = b"( ANONYMOUS ( 0: ) ) "
LATEST = b"( get-latest-rev ( ) ) "
_MOST_BYTES = 16_384
_MECHANISMS = re.compile(rb"\( success \( \( ((?:[A-Z0-9-]+ )*)\) ")
_GREETING = re.compile(rb"\( success \( (\d+) (\d+) \( (?:[A-Z0-9-]+ )*\) \( ([\w -]+) \) \) \) ")
_FAILURE = re.compile(rb"\( failure \( \( (\d{1,7}) ")
_REVISION = re.compile(rb"\( success \( (\d{1,18}) \) \) ")


@dataclass(frozen=True, slots=True, kw_only=True)
class SvnFacts(Facts):
    """What a server showed."""

    revision: int | None = None


def parse_greeting(data: bytes) -> tuple[int, int]:
    """Return the (least, greatest) protocol version of a greeting; raises Malformed for anything else."""
    found = _GREETING.match(data)
    if found is None or b"edit-pipeline" not in found[3]:
        raise Malformed("not a greeting of svnserve")
    least, greatest = parse_number(found[1]), parse_number(found[2])
    if least is None or greatest is None:
        raise Malformed("not a greeting of svnserve")
    return least, greatest


def parse_mechanisms(data: bytes) -> tuple[str, ...] | int:
    """Return the offered mechanisms of a demand to log in, or the number of an error; raises Malformed."""
    if failure := _FAILURE.search(data):
        return parse_number(failure[1]) or 0
    found = _MECHANISMS.search(data)
    if found is None:
        raise Malformed("neither mechanisms nor an error")
    return tuple(clean(word, 40) for word in found[1].split())


async def ask(talk: Talk) -> SvnFacts | None:
    """Say hello, see which mechanisms are offered, and as ANONYMOUS read the number of the latest revision."""
    greeting = await talk.read_until(b" ) ) ) ", 4_096)
    least, greatest = parse_greeting(greeting)
    await talk.send(REPLY)
    offered = parse_mechanisms(await _item(talk))
    hello = Exchange("greeting", f"svn protocol {least} to {greatest}")
    if isinstance(offered, int):
        return SvnFacts(
            product="svnserve",
            proof=(hello, Exchange("svn://localhost", f"error {offered}")),
            note="it has no repository at / and lists no others; whoever knows a path asks with svn info",
        )
    said = Exchange("svn://localhost", f"log in with one of: {' '.join(offered) or 'nothing'}")
    if "ANONYMOUS" not in offered:
        return SvnFacts(access=Access.REFUSED, product="svnserve", proof=(hello, said))
    await talk.send(ANONYMOUS)
    if b"( success " not in await _item(talk):
        return SvnFacts(access=Access.REFUSED, product="svnserve", proof=(hello, said))
    await talk.send(LATEST)
    return await _latest(talk, (hello, said))


async def _latest(talk: Talk, proof: tuple[Exchange, ...]) -> SvnFacts:
    heard = b""
    for _ in range(4):
        try:
            heard += await _item(talk)
        except (ClosedEarly, TimedOut):
            break
        if found := _REVISION.search(heard):
            revision = parse_number(found[1])
            return SvnFacts(
                access=Access.DATA,
                product="svnserve",
                evidence={"revision": revision},
                proof=(*proof, Exchange("get-latest-rev as ANONYMOUS", f"revision {revision}")),
                revision=revision,
            )
        if _FAILURE.search(heard) or heard.count(b"CRAM-MD5"):
            return SvnFacts(
                access=Access.REFUSED,
                product="svnserve",
                proof=(*proof, Exchange("get-latest-rev as ANONYMOUS", "refused")),
            )
    note = "it offers ANONYMOUS and did not say a revision"
    return SvnFacts(product="svnserve", proof=proof, note=note, unheard=Unheard.CUT_OFF)


async def _item(talk: Talk) -> bytes:
    """Read what comes next, up to the space that ends an item."""
    heard = b""
    while not heard.endswith(b") ") or heard.count(b"( ") != heard.count(b") "):
        more = await talk.read_some(4_096)
        if not more:
            raise ClosedEarly("closed in an item", heard)
        heard += more
        if len(heard) > _MOST_BYTES:
            raise Malformed("an item without an end")
    return heard


def _open(facts: SvnFacts) -> str | None:
    if facts.access < Access.DATA:
        return None
    return f"Anonymous users read the repository at /: revision {facts.revision}."


_PAGES = ("https://svnbook.red-bean.com/en/1.8/svn.serverconfig.svnserve.html",)

PROBE = Probe(
    id="svnserve",
    title="svnserve",
    ports=tcp(3690),
    sends=(
        line(REPLY),
        line(ANONYMOUS, why="the protocol's own anonymous mechanism, where the server offers it"),
        line(LATEST),
    ),
    ask=ask,
    no_moods="it has no state but running; its refusals are failures with a number, which are all read",
    listens_first=True,
    greetings=(Greeting(start=GREETING),),
    references=_PAGES,
    rules=(
        Rule(
            id="svnserve-anonymous-read",
            title="Subversion lets anonymous users read",
            why="The whole history can be copied, with every password that was ever committed.",
            controls=Controls.DATA,
            holds=_open,
            remedy=(
                "# conf/svnserve.conf of the repository",
                "[general]",
                "anon-access = none",
                "auth-access = write",
                "password-db = passwd",
                "# listen inside only, or serve over ssh (svn+ssh://)",
                "svnserve -d -r /srv/svn --listen-host 10.0.0.5",
            ),
            cwe=(306, 552, 319),
            attack=("T1190", "T1213.003"),
            references=_PAGES,
        ),
    ),
)
