"""Music Player Daemon: whoever it lets in plays, and has it read files and addresses of the machine's network.

Specification: https://mpd.readthedocs.io/en/latest/protocol.html. `commands` lists what this client may do.
"""

from dataclasses import dataclass

from scanner.core.count import counted
from scanner.core.facts import Access, Exchange, Facts
from scanner.core.probe import Greeting, Probe, tcp
from scanner.core.rule import Controls, Rule
from scanner.core.sends import line
from scanner.core.talk import Talk
from scanner.core.text import clean

COMMANDS = b"commands\n"
_GREETING = b"OK MPD "
_ITEM = b"command: "
_CONTROL = {b"add", b"play", b"clear"}
_READ = {b"status", b"listall", b"lsinfo"}


@dataclass(frozen=True, slots=True, kw_only=True)
class MpdFacts(Facts):
    """What a daemon allowed."""


def parse_commands(answer: bytes) -> set[bytes] | None:
    """Return the commands of a list that ends with OK; None for any other answer."""
    rows = answer.split(b"\n")
    if len(rows) < 2 or rows[-2] != b"OK" or rows[-1] or not all(row.startswith(_ITEM) for row in rows[:-2]):
        return None
    return {row[len(_ITEM) :] for row in rows[:-2]}


async def ask(talk: Talk) -> MpdFacts | None:
    """Ask what may be asked: with a password set, reading and playing are not among it."""
    greeting = await talk.read_until(b"\n")
    if not greeting.startswith(_GREETING):
        return None
    await talk.send(COMMANDS)
    allowed = parse_commands(await talk.read_until(b"OK\n"))
    if allowed is None:
        return None
    version = clean(greeting[len(_GREETING) :].strip(), 20)
    access = Access.REFUSED
    if allowed & _CONTROL:
        access = Access.CONTROL
    elif allowed & _READ:
        access = Access.METADATA
    return MpdFacts(
        access=access,
        product="Music Player Daemon",
        version=version,
        evidence={"commands": len(allowed)},
        proof=(Exchange("commands", f"{counted(len(allowed), 'command')} for this address"),),
    )


def _controls(facts: MpdFacts) -> str | None:
    return "MPD lets this address play, add and delete." if facts.access >= Access.CONTROL else None


_PAGES = ("https://mpd.readthedocs.io/en/latest/user.html#permissions-and-passwords",)

PROBE = Probe(
    id="mpd",
    title="Music Player Daemon",
    ports=tcp(6600),
    sends=(line(COMMANDS, why="lists the commands that are allowed to this client"),),
    ask=ask,
    no_moods="playing, idle or without music it allows the same commands",
    greetings=(Greeting(start=_GREETING),),
    listens_first=True,
    references=_PAGES,
    rules=(
        Rule(
            id="mpd-no-password",
            title="MPD obeys anybody",
            why="Anybody plays what he likes at any volume, and has it fetch addresses of its network.",
            controls=Controls.DEVICE,
            holds=_controls,
            remedy=(
                "# mpd.conf: this machine alone, or a password and nothing without it",
                'bind_to_address "127.0.0.1"',
                'password "<password>@read,add,control,admin"',
                'default_permissions ""',
            ),
            cwe=(306, 1188, 668),
            attack=("T1190",),
            references=_PAGES,
        ),
    ),
)
