"""distccd, which compiles for others: a command on its job port runs on the machine; its statistics name it.

Specification: https://www.distcc.org/man/distccd_1.html
"""

from dataclasses import dataclass

from scanner.core.errors import Malformed
from scanner.core.facts import Exchange, Facts
from scanner.core.jsontext import Json
from scanner.core.number import parse_number
from scanner.core.probe import Greeting, Probe, tcp
from scanner.core.talk import Talk

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
    """Listen to the statistics, which come unasked; the job port is left alone, as every question there is a job."""
    counters = parse_statistics(await talk.read_until(b"</distccstats>", 8_192))
    evidence: dict[str, Json] = dict(counters)
    return DistccFacts(
        product="distccd",
        evidence=evidence,
        proof=(Exchange("nothing", f"the statistics of distccd, {len(counters)} counters"),),
        note="whether its job port (3632) takes jobs from strangers can't be told without running one",
    )


PROBE = Probe(
    id="distcc",
    title="distccd",
    ports=tcp(3633),
    sends=(),
    ask=ask,
    no_moods="the statistics come unasked and alike in every state",
    listens_first=True,
    greetings=(Greeting(start=b"argv /distccd\n<distccstats>", offset=60),),
    references=("https://www.distcc.org/security.html",),
)
