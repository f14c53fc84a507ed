"""clamd: ClamAV's scanner; over TCP it takes orders from anybody, also to scan any path and to stop.

Specification: https://docs.clamav.net/manual/Usage/Scanning.html#clamd (clamd(8), COMMANDS).
"""

from dataclasses import dataclass

from scanner.core.count import counted
from scanner.core.facts import Access, Exchange, Facts
from scanner.core.probe import Probe, tcp
from scanner.core.rule import Controls, Rule, reads
from scanner.core.sends import line
from scanner.core.talk import Talk
from scanner.core.text import clean

COMMANDS = b"nVERSIONCOMMANDS\n"
_NAME = b"ClamAV "


@dataclass(frozen=True, slots=True, kw_only=True)
class ClamdFacts(Facts):
    """What a daemon told."""


def parse_answer(answer: bytes) -> tuple[str, set[str]] | None:
    """Return (version, commands) of `ClamAV 1.4.6/27000/date| COMMANDS: SCAN QUIT`; None for any other line."""
    name, found, commands = answer.strip().partition(b"| COMMANDS: ")
    if not found or not name.startswith(_NAME):
        return None
    version = clean(name[len(_NAME) :].partition(b"/")[0], 30)
    return version, {clean(word, 30) for word in commands.split()[:60]}


async def ask(talk: Talk) -> ClamdFacts | None:
    """Ask for the version and the commands; there is no login, so whoever is answered may send each of them."""
    await talk.send(COMMANDS)
    parsed = parse_answer(await talk.read_until(b"\n"))
    if parsed is None:
        return None
    version, commands = parsed
    return ClamdFacts(
        access=Access.CONTROL if {"SCAN", "SHUTDOWN"} & commands else Access.METADATA,
        product="ClamAV",
        version=version,
        evidence={"commands": len(commands)},
        proof=(Exchange("VERSIONCOMMANDS", f"ClamAV {version}, {counted(len(commands), 'command')}"),),
    )


_PAGES = ("https://docs.clamav.net/manual/Usage/Configuration.html#clamdconf",)

PROBE = Probe(
    id="clamd",
    title="ClamAV daemon",
    ports=tcp(3310),
    sends=(line(COMMANDS, why="names version and commands"),),
    ask=ask,
    no_moods="it listens once its signatures are loaded, and answers this question while it scans",
    references=_PAGES,
    rules=(
        Rule(
            id="clamd-open",
            title="clamd takes orders from the network",
            why="Anybody learns which files there are, keeps it busy and stops it, so that nothing is scanned.",
            controls=Controls.DEVICE,
            holds=reads(Access.METADATA, "clamd answers this address; it has no login."),
            remedy=(
                "# clamd.conf: a socket of this machine, or this address alone",
                "LocalSocket /run/clamav/clamd.ctl",
                "#TCPSocket 3310",
                "TCPAddr 127.0.0.1",
            ),
            cwe=(306, 668),
            attack=("T1190", "T1083", "T1489"),
            references=_PAGES,
        ),
    ),
)
