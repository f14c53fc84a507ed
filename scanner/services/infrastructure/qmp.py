"""QEMU's machine protocol: whoever connects runs the virtual machine and reads the files of its host.

Specification: https://www.qemu.org/docs/master/interop/qmp-spec.html. The greeting alone is read.
"""

from dataclasses import dataclass

from scanner.core.errors import Malformed
from scanner.core.facts import Access, Exchange, Facts
from scanner.core.jsontext import as_object, parse_json
from scanner.core.probe import Greeting, Probe, tcp
from scanner.core.rule import Controls, Rule, reads
from scanner.core.talk import Talk

GREETING = b'{"QMP": {"version": '
_MOST_BYTES = 4_096


@dataclass(frozen=True, slots=True, kw_only=True)
class QmpFacts(Facts):
    """What a machine greeted with."""


def parse_greeting(data: bytes) -> str:
    """Return the version of QEMU; raises Malformed for another greeting."""
    version = as_object(as_object(as_object(as_object(parse_json(data)).get("QMP")).get("version")).get("qemu"))
    numbers = [version.get(name) for name in ("major", "minor", "micro")]
    if not all(isinstance(number, int) and 0 <= number < 1_000 for number in numbers):
        raise Malformed("no greeting of QMP")
    return ".".join(map(str, numbers))


async def ask(talk: Talk) -> QmpFacts:
    """Read the greeting; whoever is greeted may give orders."""
    version = parse_greeting(await talk.read_until(b"\n", _MOST_BYTES))
    return QmpFacts(
        access=Access.CONTROL,
        product="QEMU",
        version=version,
        proof=(Exchange("connecting", f"the greeting of QEMU {version}, which asks for no login"),),
    )


_PAGES = ("https://www.qemu.org/docs/master/system/security.html#monitor-console-qmp-and-hmp",)

PROBE = Probe(
    id="qmp",
    title="QEMU machine protocol",
    ports=tcp(4444),
    sends=(),
    ask=ask,
    greetings=(Greeting(start=GREETING),),
    listens_first=True,
    no_moods="it greets alike whether the machine runs, waits or has stopped",
    references=_PAGES,
    rules=(
        Rule(
            id="qmp-open",
            title="QEMU's machine protocol takes orders from the network",
            why="Anybody stops the machine, reads its memory and disks, and opens files of the host through it.",
            controls=Controls.HOST,
            holds=reads(Access.CONTROL, "The machine greets this address and asks for no login."),
            remedy=(
                "# a socket of the file system, or TLS with a client certificate",
                "-qmp unix:/run/qemu/vm.sock,server=on,wait=off",
            ),
            cwe=(306, 749, 668),
            attack=("T1190", "T1059", "T1005"),
            references=_PAGES,
        ),
    ),
)
