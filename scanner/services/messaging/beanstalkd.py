"""beanstalkd: a work queue without any login, whose jobs workers usually carry out as they come.

Specification: https://github.com/beanstalkd/beanstalkd/blob/master/doc/protocol.txt
"""

import re
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

STATS = b"stats\r\n"
LIST_TUBES = b"list-tubes\r\n"
QUIT = b"quit\r\n"
_OK = re.compile(rb"OK (\d{1,6})\r\n")
_MOST_BYTES = 65_536
_MOST_TUBES = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class BeanstalkdFacts(Facts):
    """What a queue told of itself."""

    jobs: int = 0
    """Jobs in any state."""
    tubes: int = 0


def parse_length(reply: bytes) -> int:
    """Return the number of bytes that an `OK` line announces; raises Malformed for another reply."""
    found = _OK.fullmatch(reply)
    length = None if found is None else parse_number(found[1], most=_MOST_BYTES)
    if length is None:
        raise Malformed("no OK with a length")
    return length


def parse_stats(body: bytes) -> dict[str, str]:
    """Return the fields of the YAML mapping that `stats` sends; raises Malformed when it is not beanstalkd's."""
    lines = body.decode("utf-8", "replace").split("\n")
    pairs = (one.partition(": ") for one in lines[1:])
    fields = {name: value.strip().strip('"') for name, colon, value in pairs if colon}
    if lines[0] != "---" or not {"cmd-put", "current-jobs-ready", "current-tubes", "version"} <= fields.keys():
        raise Malformed("no statistics of beanstalkd")
    return fields


def parse_tubes(body: bytes) -> tuple[str, ...]:
    """Return the items of the YAML list that `list-tubes` sends; raises Malformed."""
    lines = body.decode("utf-8", "replace").split("\n")
    if lines[0] != "---":
        raise Malformed("no YAML list")
    return tuple(clean(one[2:], 200) for one in lines[1:] if one.startswith("- "))


async def ask(talk: Talk) -> BeanstalkdFacts | None:
    """Read the statistics and the names of the tubes; there is no login that could refuse."""
    stats = parse_stats(await _body(talk, STATS))
    tubes = parse_tubes(await _body(talk, LIST_TUBES))
    await talk.send(QUIT)
    states = ("ready", "reserved", "delayed", "buried")
    jobs = sum(_number(stats.get(f"current-jobs-{state}")) for state in states)
    return BeanstalkdFacts(
        access=Access.CONTROL,
        product="beanstalkd",
        version=stats["version"],
        evidence={
            "jobs": jobs,
            "jobs_ever": _number(stats.get("total-jobs")),
            "tubes": list(tubes[:_MOST_TUBES]),
            "connections": _number(stats.get("current-connections")),
            "host": stats.get("hostname"),
            "platform": stats.get("platform"),
        },
        proof=(
            Exchange("stats", f"OK, version {stats['version']}, {counted(jobs, 'job')}"),
            Exchange("list-tubes", f"OK, {counted(len(tubes), 'tube')}"),
        ),
        traces={"name": tubes},
        jobs=jobs,
        tubes=len(tubes),
    )


async def _body(talk: Talk, command: bytes) -> bytes:
    await talk.send(command)
    length = parse_length(await talk.read_until(b"\r\n", 64))
    return (await talk.read_exactly(length + 2))[:-2]


def _number(text: str | None) -> int:
    return parse_number(text or "") or 0


def _open(facts: BeanstalkdFacts) -> str | None:
    if facts.access < Access.CONTROL:
        return None
    return f"beanstalkd takes commands from anybody: {counted(facts.tubes, 'tube')} with {counted(facts.jobs, 'job')}."


_PAGES = (
    "https://github.com/beanstalkd/beanstalkd/blob/master/doc/protocol.txt",
    "https://beanstalkd.github.io/faq.html",
)

PROBE = Probe(
    id="beanstalkd",
    title="beanstalkd",
    ports=tcp(11300),
    sends=(line(STATS), line(LIST_TUBES), line(QUIT)),
    ask=ask,
    no_moods="it has no login; a draining one refuses jobs and answers reads as ever",
    references=_PAGES,
    rules=(
        Rule(
            id="beanstalkd-open",
            title="beanstalkd takes commands from anybody",
            why="Anybody reads, deletes and adds jobs; what workers make of an added job is often code of his choice.",
            controls=Controls.DATA,
            holds=_open,
            remedy=(
                "# the protocol has no login: /etc/default/beanstalkd, this machine alone",
                "BEANSTALKD_LISTEN_ADDR=127.0.0.1",
                "# firewall: the workers and nobody else",
                close_to_strangers("tcp dport 11300"),
            ),
            cwe=(306, 1188, 200),
            attack=("T1190", "T1213"),
            references=_PAGES,
        ),
    ),
)

LINT = (
    Image(
        names=("schickling/beanstalkd", "rayyounghong/beanstalkd", "ghcr.io/beanstalkd/beanstalkd"),
        ports=(11300,),
        rule="beanstalkd-open",
        signs=("closed: -l=127.0.0.1",),
        why="the protocol has no login",
        source="https://github.com/beanstalkd/beanstalkd/blob/master/doc/protocol.txt",
    ),
)
