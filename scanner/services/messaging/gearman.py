"""Gearman job server: a stranger submits jobs to every worker, or shuts the server down.

Specification: http://gearman.org/protocol/, section Administrative Protocol
"""

from dataclasses import dataclass

from scanner.core.count import counted
from scanner.core.errors import Malformed
from scanner.core.facts import Access, Exchange, Facts
from scanner.core.firewall import close_to_strangers
from scanner.core.image import Image
from scanner.core.number import parse_number
from scanner.core.probe import Probe, tcp
from scanner.core.rule import Controls, Rule
from scanner.core.sends import line
from scanner.core.talk import Talk
from scanner.core.text import clean

VERSION = b"version\n"
STATUS = b"status\n"
_MOST_FUNCTIONS = 50
_MOST_LINES = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class GearmanFacts(Facts):
    """What a job server told of itself."""

    functions: int = 0
    jobs: int = 0
    """Jobs queued or running."""


def parse_version(reply: bytes) -> str:
    """Return the version of an `OK` line; raises Malformed for anything that is not `OK` and a number."""
    text = reply.rstrip(b"\r\n")
    number = text[3:]
    if not text.startswith(b"OK ") or not number[:1].isdigit() or b"." not in number or len(number) > 64:
        raise Malformed("no version")
    return clean(number, 64)


def parse_status(lines: list[bytes]) -> list[tuple[str, int, int, int]]:
    """Return (function, jobs, running, workers) of each line of the status table; raises Malformed."""
    rows = []
    for raw in lines:
        parts = raw.split(b"\t")
        counts = [count for part in parts[1:] if (count := parse_number(part)) is not None]
        if len(parts) != 4 or len(counts) != 3:
            raise Malformed("no status table")
        rows.append((clean(parts[0], 200), counts[0], counts[1], counts[2]))
    return rows


async def ask(talk: Talk) -> GearmanFacts | None:
    """Read the version and the table of functions; there is no login that could refuse."""
    await talk.send(VERSION)
    reply = await talk.read_until(b"\n", 256)
    version = parse_version(reply)
    await talk.send(STATUS)
    rows = parse_status(await _table(talk))
    jobs = sum(row[1] for row in rows)
    workers = max((row[3] for row in rows), default=0)
    names = tuple(row[0] for row in rows)
    return GearmanFacts(
        access=Access.CONTROL,
        product="Gearman job server",
        version=version,
        evidence={"functions": list(names[:_MOST_FUNCTIONS]), "jobs": jobs, "workers": workers},
        proof=(
            Exchange("version", f"OK {version}"),
            Exchange("status", f"a table of {counted(len(rows), 'function')}"),
        ),
        traces={"name": names},
        functions=len(rows),
        jobs=jobs,
    )


async def _table(talk: Talk) -> list[bytes]:
    """Read lines up to the one that is a full stop."""
    lines: list[bytes] = []
    while len(lines) < _MOST_LINES:
        one = (await talk.read_until(b"\n", 4_096)).rstrip(b"\r\n")
        if one == b".":
            return lines
        lines.append(one)
    raise Malformed("a status table without an end")


def _open(facts: GearmanFacts) -> str | None:
    if facts.access < Access.CONTROL:
        return None
    return (
        f"gearmand takes commands from anybody: {counted(facts.functions, 'function')}, {counted(facts.jobs, 'job')}."
    )


_PAGES = ("http://gearman.org/protocol/", "http://gearman.org/manual/job_server/")

PROBE = Probe(
    id="gearman",
    title="Gearman job server",
    ports=tcp(4730),
    sends=(line(VERSION), line(STATUS)),
    ask=ask,
    no_moods="it has no login and no state but running",
    references=_PAGES,
    rules=(
        Rule(
            id="gearman-open",
            title="gearmand takes jobs and commands from anybody",
            why="Anybody hands jobs to every worker, registers as a worker to read others' jobs, or shuts it down.",
            controls=Controls.DATA,
            holds=_open,
            remedy=(
                "# /etc/default/gearman-job-server: this machine alone",
                'PARAMS="--listen=localhost"',
                "# or TLS with client certificates (gearmand 1.1.12 and later)",
                'PARAMS="--ssl --ssl-ca-file=/etc/gearman/ca.pem --ssl-certificate=/etc/gearman/cert.pem'
                ' --ssl-key=/etc/gearman/key.pem"',
                "# firewall: the workers and nobody else",
                close_to_strangers("tcp dport 4730"),
            ),
            cwe=(306, 1188, 200),
            attack=("T1190",),
            references=_PAGES,
        ),
    ),
)

LINT = (
    Image(
        names=("artefactual/gearmand", "pataquets/gearmand"),
        ports=(4730,),
        rule="gearman-open",
        why="the protocol has no login",
        source="http://gearman.org/protocol/",
    ),
)
