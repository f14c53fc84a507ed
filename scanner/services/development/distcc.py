"""distccd, which compiles for others: a command on its job port runs on the machine; its statistics name it.

Specification: https://www.distcc.org/man/distccd_1.html
"""

from dataclasses import dataclass

from scanner.core.count import counted
from scanner.core.errors import Malformed, TimedOut
from scanner.core.facts import Exchange, Facts
from scanner.core.jsontext import Json
from scanner.core.number import parse_number
from scanner.core.probe import Greeting, Probe, tcp
from scanner.core.talk import Talk
from scanner.core.unheard import Unheard

_JOBS = 3632
_NAMES = ("dcc_tcp_accept", "dcc_rej_bad_req", "dcc_rej_overload", "dcc_compile_ok", "dcc_num_kids", "dcc_max_kids")


@dataclass(frozen=True, slots=True, kw_only=True)
class DistccFacts(Facts):
    """What a compile server showed."""


def parse_statistics(page: bytes) -> dict[str, int]:
    """Return the counters of the statistics page; raises Malformed for any other page."""
    start, end = page.find(b"<distccstats>\n"), page.find(b"</distccstats>")
    if start < 0 or end < start:
        raise Malformed("not the statistics of distccd")
    rows = [row.split() for row in page[start:end].split(b"\n")]
    found = {row[0].decode("ascii", "replace"): row[1] for row in rows if len(row) == 2}
    counters = {name: count for name in _NAMES if (count := parse_number(found.get(name, b""))) is not None}
    if "dcc_tcp_accept" not in counters:
        raise Malformed("statistics without a count of connections")
    return counters


async def ask(talk: Talk) -> DistccFacts | None:
    """Listen to the statistics, which come unasked; on the job port nothing is sent, as every question is a job."""
    if talk.endpoint.port == _JOBS:
        return await _jobs(talk)
    counters = parse_statistics(await talk.read_until(b"</distccstats>", 8_192))
    evidence: dict[str, Json] = dict(counters)
    return DistccFacts(
        product="distccd",
        evidence=evidence,
        proof=(Exchange("nothing", f"the statistics of distccd, {counted(len(counters), 'counter')}"),),
        note="whether its job port (3632) takes jobs from strangers can't be told without running one",
    )


async def _jobs(talk: Talk) -> DistccFacts | None:
    """Listen: distccd closes at once on whom it does not allow, and waits for the job of everybody else."""
    try:
        await talk.read_some()
    except TimedOut:
        return DistccFacts(
            product="distccd",
            proof=(Exchange("nothing", "it stays open, as for a job"),),
            note="named by its port; it may run jobs of this address as its own user, which is not tried",
            unheard=Unheard.NOT_ASKED,
        )
    return None


PROBE = Probe(
    id="distcc",
    title="distccd",
    ports=tcp(3633, _JOBS),
    sends=(),
    ask=ask,
    no_moods="the statistics come unasked and alike in every state",
    listens_first=True,
    greetings=(Greeting(start=b"argv /distccd\n<distccstats>", offset=60),),
    references=("https://www.distcc.org/security.html",),
)
