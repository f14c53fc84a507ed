"""HAProxy's statistics page: names, addresses and state of everything behind a load balancer, sometimes its switches.

Specification: https://docs.haproxy.org/2.6/configuration.html#stats%20enable and management.txt, section 9.1 (CSV)
"""

import re
from dataclasses import dataclass

from scanner.core.count import counted
from scanner.core.facts import Access, Exchange, Facts
from scanner.core.jsontext import Json
from scanner.core.probe import Fingerprint, Probe, tcp
from scanner.core.rule import Controls, Rule
from scanner.core.sends import get
from scanner.core.talk import HttpAnswer, HttpTalk
from scanner.core.text import clean
from scanner.wire.reading import get_or_none

PLACES = ("/stats", "/haproxy?stats", "/", "/haproxy_stats")
"""Where the page usually is; `;csv` after it gives the table."""
_HEAD = b"# pxname,svname,qcur,qmax,scur,"
_REALM = 'realm="HAProxy Statistics"'
_VERSION = re.compile(rb"HAProxy version (\d[0-9A-Za-z.+~-]{1,60})")
_MOST_NAMES = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class HaproxyFacts(Facts):
    """What a statistics page showed."""

    admin: bool = False
    """Whether the page has switches (stats admin)."""
    proxies: int = 0
    servers: int = 0


def parse_table(answer: HttpAnswer | None) -> list[tuple[str, str]] | None:
    """Return (proxy, server) of each row of the CSV table, None for another answer."""
    if answer is None or answer.status != 200 or not answer.body.startswith(_HEAD):
        return None
    rows = (line.split(b",", 2) for line in answer.body.splitlines()[1:])
    return [(clean(row[0], 120), clean(row[1], 120)) for row in rows if len(row) == 3]


async def ask(talk: HttpTalk) -> HaproxyFacts | None:
    """Look for the table in the usual places; a login realm of its own gives the product away."""
    for place in PLACES:
        table = await talk.get(f"{place};csv")
        rows = parse_table(table)
        if rows is not None:
            return await _open(talk, place, rows)
        if table.status == 401 and _REALM in table.header("www-authenticate"):
            return HaproxyFacts(
                access=Access.REFUSED,
                product="HAProxy",
                proof=(Exchange(f"GET {place};csv", "401, HAProxy Statistics"),),
            )
    return None


async def _open(talk: HttpTalk, place: str, rows: list[tuple[str, str]]) -> HaproxyFacts:
    page = await get_or_none(talk, place)
    body = page.body if page is not None and page.status == 200 else b""
    version = _VERSION.search(body)
    admin = b'<form method="post">' in body and b"<select name=action>" in body
    proxies = tuple(dict.fromkeys(proxy for proxy, _ in rows))
    servers: list[Json] = [f"{proxy}/{server}" for proxy, server in rows if server not in {"FRONTEND", "BACKEND"}]
    proof = [Exchange(f"GET {place};csv", f"200, {counted(len(proxies), 'proxy')}, {counted(len(servers), 'server')}")]
    if admin:
        proof.append(Exchange(f"GET {place}", "200, with a form that changes the state of servers"))
    return HaproxyFacts(
        access=Access.CONTROL if admin else Access.METADATA,
        product="HAProxy",
        version=clean(version[1]) if version else None,
        evidence={"proxies": list(proxies[:_MOST_NAMES]), "servers": servers[:_MOST_NAMES], "admin": admin},
        proof=tuple(proof),
        admin=admin,
        proxies=len(proxies),
        servers=len(servers),
    )


def _readable(facts: HaproxyFacts) -> str | None:
    if facts.access < Access.METADATA:
        return None
    return f"HAProxy shows its {counted(facts.proxies, 'proxy')} and {counted(facts.servers, 'server')} to anybody."


def _switches(facts: HaproxyFacts) -> str | None:
    able = facts.access >= Access.CONTROL and facts.admin
    return "HAProxy's statistics page lets anybody take servers out of service." if able else None


_PAGES = ("https://docs.haproxy.org/2.6/configuration.html#4.2-stats%20auth",)

PROBE = Probe(
    id="haproxy-stats",
    one_refusal_protects=True,
    no_moods="the process makes its page itself, whatever its backends do",
    title="HAProxy statistics",
    ports=tcp(8404, 1936),
    sends=tuple(get(path) for place in PLACES for path in (f"{place};csv", place)),
    ask_http=ask,
    fingerprints=(
        Fingerprint(title="Statistics Report for HAProxy"),
        Fingerprint(header=("www-authenticate", _REALM)),
        # Its own page where no server is left: the statistics are below another path.
        Fingerprint(status=503, body="No server is available to handle this request."),
    ),
    references=_PAGES,
    rules=(
        Rule(
            id="haproxy-stats-open",
            title="HAProxy shows its statistics to anybody",
            why="Names and health of everything behind the load balancer show an attacker where to go next.",
            controls=Controls.TELEMETRY,
            holds=_readable,
            remedy=(
                "# haproxy.cfg, beside `stats enable`",
                "stats auth admin:<a password>",
                "stats hide-version",
                "# or this machine alone",
                "bind 127.0.0.1:8404",
            ),
            cwe=(200, 497, 668),
            attack=("T1190", "T1018"),
            references=_PAGES,
        ),
        Rule(
            id="haproxy-stats-admin-open",
            title="HAProxy's statistics page lets anybody switch servers off",
            why="Anybody takes a site off the network, or sends all traffic to the one server that he holds.",
            controls=Controls.CONFIG,
            holds=_switches,
            remedy=("# haproxy.cfg", "stats admin if LOCALHOST"),
            cwe=(306, 749),
            attack=("T1190", "T1489"),
            references=("https://docs.haproxy.org/2.6/configuration.html#4.2-stats%20admin",),
        ),
    ),
)
