"""Caddy's administration interface: whoever reaches it replaces the configuration of the web server.

Specification: https://caddyserver.com/docs/api. The whole configuration may hold keys and is never read; an object
that cannot exist is asked for by its id, which names the product and says whether a stranger is answered.
"""

from scanner.core.count import counted
from scanner.core.facts import Access, Exchange, Facts
from scanner.core.guard import Guard
from scanner.core.image import Image
from scanner.core.jsontext import as_text
from scanner.core.mood import Mood, said
from scanner.core.probe import Fingerprint, Probe, tcp
from scanner.core.rule import Controls, Rule, reads
from scanner.core.sends import get
from scanner.core.talk import HttpAnswer, HttpTalk
from scanner.core.unheard import Unheard
from scanner.wire.reading import denied, object_of, undecided_in, unproven

OBJECT = "/id/k3v9t1x7q5m2c8h4"
UPSTREAMS = "/reverse_proxy/upstreams"
# The guard against DNS rebinding looks at the Host header alone, which a stranger writes himself.
HOST = "localhost:2019"
_UNKNOWN = "unknown object ID"
_GUARD = "host not allowed"


async def ask(talk: HttpTalk) -> Facts | None:
    """Ask for an object that is not there, by the name of this machine where another one is not allowed."""
    host = None
    answer = await talk.get(OBJECT)
    if answer.status == 403 and _error(answer, 403).startswith(_GUARD):
        host = HOST
        answer = await talk.get(OBJECT, host=host)
    if _GUARD in _error(answer, 403):
        return Facts(
            product="Caddy",
            proof=(Exchange(f"GET {OBJECT}", "403, host not allowed"),),
            note="it answers to one name or address alone, which whoever knows it may write: no login was shown",
            unheard=Unheard.UNDECIDED,
        )
    if not _error(answer, 404).startswith(_UNKNOWN):
        return None
    identity = Exchange(f"GET {OBJECT}", "404, unknown object ID")
    listing = await talk.get(UPSTREAMS, host=host)
    upstreams = listing.json_or_none() if listing.status == 200 else None
    if isinstance(upstreams, list):
        return Facts(
            access=Access.CONTROL,
            product="Caddy",
            evidence={"upstreams": len(upstreams)},
            proof=(identity, Exchange(f"GET {UPSTREAMS}", f"200, {counted(len(upstreams), 'upstream')}")),
        )
    refused = denied(listing)
    return Facts(
        access=Access.REFUSED if refused else Access.UNKNOWN,
        product="Caddy",
        proof=(identity, Exchange(f"GET {UPSTREAMS}", str(listing.status))),
        note=None if refused else unproven(listing, "its upstreams"),
        unheard=undecided_in(listing),
    )


def _error(answer: HttpAnswer, status: int) -> str:
    return as_text(object_of(answer, status).get("error")) or ""


_PAGES = ("https://caddyserver.com/docs/api", "https://caddyserver.com/docs/caddyfile/options#admin")
_UNKNOWN_ID = said('{"error":"unknown object ID \'k3v9t1x7q5m2c8h4\'"}\n', 404, content_type="application/json")

MOODS = (
    # Releases before 2.4 have no list of upstreams, and the path is one of nobody.
    Mood(
        name="2.3",
        pages={OBJECT: _UNKNOWN_ID, "*": said("404 page not found\n", 404, content_type="text/plain; charset=utf-8")},
        unheard=Unheard.UNDECIDED,
    ),
)

PROBE = Probe(
    id="caddy-admin",
    moods=MOODS,
    title="Caddy administration",
    ports=tcp(2019),
    sends=(get(OBJECT), get(UPSTREAMS)),
    ask_http=ask,
    fingerprints=(Fingerprint(status=403, json_key="error", body='"error":"host not allowed: '),),
    references=_PAGES,
    rules=(
        Rule(
            id="caddy-admin-open",
            title="Caddy's administration interface is reachable",
            why="Anybody reads its configuration and keys, and replaces it: what it serves and to whom.",
            controls=Controls.CONFIG,
            holds=reads(Access.CONTROL, "Caddy's administration interface answers without a login."),
            remedy=(
                "# Caddyfile, first block: off, or a socket of this machine (localhost:2019 is the default)",
                "{",
                "    admin unix//run/caddy/admin.sock",
                "}",
                "# and no CADDY_ADMIN=0.0.0.0:2019 in the container's environment",
            ),
            cwe=(306, 668),
            attack=("T1190", "T1565.001", "T1552.001"),
            references=_PAGES,
        ),
    ),
)

LINT = (
    Image(
        names=("caddy",),
        ports=(2019,),
        rule="caddy-admin-open",
        defaults=(("", Guard.CLOSED),),
        signs=("open: CADDY_ADMIN=0.0.0.0:*|:*|[[]::[]]:*",),
        access=Access.CONTROL,
        why="it listens on localhost:2019 unless CADDY_ADMIN says otherwise",
        source="https://caddyserver.com/docs/conventions#environment-variables",
    ),
)
