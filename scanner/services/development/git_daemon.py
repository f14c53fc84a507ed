"""git daemon: it hands repositories to anybody who knows their path, without a login and in clear text.

Specification: https://git-scm.com/docs/gitprotocol-pack
"""

from dataclasses import dataclass

from scanner.core.count import counted
from scanner.core.errors import Malformed
from scanner.core.facts import Access, Exchange, Facts
from scanner.core.number import parse_number
from scanner.core.probe import Probe, tcp
from scanner.core.rule import Controls, Rule
from scanner.core.sends import line
from scanner.core.talk import Talk
from scanner.core.text import clean

_COMMAND = b"git-upload-pack /\0host=localhost\0"
ASK_ROOT = b"%04x" % (len(_COMMAND) + 4) + _COMMAND
_ERROR = b"ERR "
_MOST_REFS = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class GitFacts(Facts):
    """What a daemon showed."""

    refs: int = 0


def parse_length(head: bytes) -> int:
    """Return the length of a pkt-line's content from its four hexadecimal digits, 0 for a flush; raises Malformed."""
    size = parse_number(head, base=16, most=65_520) if len(head) == 4 and head == head.lower() else None
    if size is None or 0 < size <= 4:
        raise Malformed("not a pkt-line")
    return max(0, size - 4)


def parse_ref(text: bytes) -> tuple[str, str]:
    """Return (name, capabilities) of an advertised ref; raises Malformed unless an object id stands before it."""
    entry, _, capabilities = text.rstrip(b"\n").partition(b"\0")
    digest, space, name = entry.partition(b" ")
    if not space or len(digest) not in {40, 64} or digest.strip(b"0123456789abcdef"):
        raise Malformed("not a ref")
    return clean(name, 200), clean(capabilities, 1_000)


async def ask(talk: Talk) -> GitFacts | None:
    """Ask for the repository at `/`: a daemon serves it, or says in its own words that it does not."""
    await talk.send(ASK_ROOT)
    first = await _packet(talk)
    if first.startswith(_ERROR):
        reason = clean(first[len(_ERROR) :].strip(), 120)
        # Both texts are git's own, with and without --informative-errors.
        if not reason.endswith(": /"):
            return None
        return GitFacts(
            product="git daemon",
            proof=(Exchange("git-upload-pack /", reason),),
            note="it has no repository at / and lists no others; whoever knows a path asks with git ls-remote",
        )
    name, capabilities = parse_ref(first)
    names = [name]
    while len(names) < _MOST_REFS and (more := await _packet(talk)):
        names.append(parse_ref(more)[0])
    agent = next((word[6:] for word in capabilities.split() if word.startswith("agent=git/")), "")
    return GitFacts(
        access=Access.DATA,
        product="git daemon",
        version=agent.removeprefix("git/") or None,
        evidence={"refs": len(names), "first_ref": name},
        proof=(Exchange("git-upload-pack /", counted(len(names), "ref")),),
        refs=len(names),
    )


async def _packet(talk: Talk) -> bytes:
    size = parse_length(await talk.read_exactly(4))
    return await talk.read_exactly(size) if size else b""


def _open(facts: GitFacts) -> str | None:
    if facts.access < Access.DATA:
        return None
    return f"The repository at / is handed to anybody: {counted(facts.refs, 'ref')}."


_PAGES = ("https://git-scm.com/docs/git-daemon#_security",)

PROBE = Probe(
    id="git-daemon",
    title="git daemon",
    ports=tcp(9418),
    sends=(line(ASK_ROOT, why="git-upload-pack advertises refs; the connection ends before anything is fetched"),),
    ask=ask,
    no_moods="its states are ERR lines, which are all read",
    references=_PAGES,
    rules=(
        Rule(
            id="git-daemon-readable",
            title="git daemon hands a repository to anybody",
            why="The whole history can be copied, with every password that was ever committed; nobody is asked who "
            "they are, and nothing is encrypted.",
            controls=Controls.DATA,
            holds=_open,
            remedy=(
                "# stop it, and serve over ssh or https with a login",
                "systemctl disable --now git-daemon.socket",
                "# or leave only public repositories to it: without --export-all it serves those with this file",
                "touch /srv/git/public.git/git-daemon-export-ok",
                "git daemon --base-path=/srv/git --listen=10.0.0.5 /srv/git/public.git",
            ),
            cwe=(306, 527, 319),
            attack=("T1190", "T1213.003"),
            references=_PAGES,
        ),
    ),
)
