"""OpenOCD: a debugger for chips; its console takes commands from anybody, also those of the shell of its Tcl.

Specification: https://openocd.org/doc/html/Server-Configuration.html. Whatever is sent runs, so nothing is.
"""

from dataclasses import dataclass

from scanner.core.facts import Access, Exchange, Facts
from scanner.core.probe import Greeting, Probe, tcp
from scanner.core.rule import Controls, Rule, reads
from scanner.core.talk import Talk

GREETING = b"\xff\xfb\x03\xff\xfb\x01\xff\xfd\x03\xff\xfe\x01Open On-Chip Debugger\r\n"
"""Telnet options (RFC 854), and its name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenocdFacts(Facts):
    """What a console said of itself."""


async def ask(talk: Talk) -> OpenocdFacts | None:
    """Read the greeting: a console that names itself has no login to come."""
    if await talk.read_exactly(len(GREETING)) != GREETING:
        return None
    return OpenocdFacts(
        access=Access.CONTROL,
        product="OpenOCD",
        proof=(Exchange("(nothing)", "Open On-Chip Debugger, its console"),),
    )


_PAGES = ("https://openocd.org/doc/html/Server-Configuration.html",)

PROBE = Probe(
    id="openocd",
    title="OpenOCD",
    ports=tcp(4444),
    sends=(),
    ask=ask,
    no_moods="it greets alike with a chip and without one",
    greetings=(Greeting(start=GREETING),),
    listens_first=True,
    references=_PAGES,
    rules=(
        Rule(
            id="openocd-open",
            title="OpenOCD takes commands from anybody",
            why="Anybody reads and writes the memory of the chip, and runs programs of the computer by its Tcl.",
            controls=Controls.HOST,
            holds=reads(Access.CONTROL, "OpenOCD's console is reachable; it has no login."),
            remedy=(
                "# openocd.cfg: this machine alone (the default), and no ports that nobody uses",
                "bindto 127.0.0.1",
                "telnet_port disabled",
                "tcl_port disabled",
            ),
            cwe=(306, 489, 668),
            attack=("T1190", "T1059"),
            references=_PAGES,
        ),
    ),
)
