"""StatsD's management port: counters and gauges to read, and with the same line protocol to delete.

Specification: https://github.com/statsd/statsd/blob/master/docs/admin_interface.md
"""

from dataclasses import dataclass

from scanner.core.count import counted
from scanner.core.errors import Malformed
from scanner.core.facts import Access, Exchange, Facts
from scanner.core.image import Image
from scanner.core.probe import Probe, tcp
from scanner.core.rule import Controls, Rule, reads
from scanner.core.sends import line
from scanner.core.talk import Talk
from scanner.core.text import clean

STATS = b"stats\n"
QUIT = b"quit\n"
_MOST_BYTES = 16_384


@dataclass(frozen=True, slots=True, kw_only=True)
class StatsdFacts(Facts):
    """What a daemon told."""


def parse_stats(reply: bytes) -> dict[str, str]:
    """Return the lines `name: value` of a reply up to END; raises Malformed when they are not StatsD's."""
    lines = reply.decode("utf-8", "replace").split("\n")
    pairs = (one.partition(": ") for one in lines if one and one != "END")
    stats = {clean(name, 120): clean(value, 40) for name, _, value in pairs}
    if not {"uptime", "messages.last_msg_seen", "messages.bad_lines_seen"} <= stats.keys():
        raise Malformed("no statistics of StatsD")
    return stats


async def ask(talk: Talk) -> StatsdFacts | None:
    """Read the statistics of the daemon itself; there is no login that could refuse."""
    await talk.send(STATS)
    stats = parse_stats(await talk.read_until(b"END\n", _MOST_BYTES))
    await talk.send(QUIT)
    backends = sorted({name.partition(".")[0] for name in stats if "." in name and not name.startswith("messages.")})
    return StatsdFacts(
        access=Access.CONTROL,
        product="StatsD",
        evidence={"uptime_s": stats["uptime"], "backends": list(backends)},
        proof=(Exchange("stats", f"uptime {stats['uptime']} s, {counted(len(stats), 'line')}"),),
    )


_PAGES = ("https://github.com/statsd/statsd/blob/master/docs/admin_interface.md",)

PROBE = Probe(
    id="statsd-admin",
    title="StatsD management",
    ports=tcp(8126),
    sends=(line(STATS), line(QUIT)),
    ask=ask,
    no_moods="it has no state but running",
    references=_PAGES,
    rules=(
        Rule(
            id="statsd-admin-open",
            title="StatsD's management port takes commands from anybody",
            why="Anybody reads and deletes counters and gauges, and tells load balancers that the daemon is down.",
            controls=Controls.TELEMETRY,
            holds=reads(Access.CONTROL, "StatsD's management port answers commands without a login."),
            remedy=("// config.js: this machine alone", 'mgmt_address: "127.0.0.1",', 'address: "127.0.0.1",'),
            cwe=(306, 668),
            attack=("T1565.001",),
            references=_PAGES,
        ),
    ),
)

LINT = (
    Image(
        names=("statsd/statsd", "graphiteapp/graphite-statsd"),
        ports=(8126,),
        rule="statsd-admin-open",
        access=Access.CONTROL,
        why="the management port asks for no login",
        source="https://github.com/statsd/statsd/blob/master/docs/admin_interface.md",
    ),
)
