"""CouchDB: in `admin party` every visitor is an administrator; public databases give their documents away.

https://docs.couchdb.org/en/stable/intro/security.html
"""

from dataclasses import dataclass

from scanner.core.count import counted
from scanner.core.facts import Access, Exchange, Facts
from scanner.core.firewall import close_to_strangers
from scanner.core.guard import Guard
from scanner.core.image import Image
from scanner.core.jsontext import Json, as_list, as_object, as_text
from scanner.core.mood import Mood, said
from scanner.core.probe import Fingerprint, Probe, tcp
from scanner.core.rule import Controls, Rule
from scanner.core.sends import get
from scanner.core.talk import HttpAnswer, HttpTalk
from scanner.core.unheard import Unheard
from scanner.wire.reading import denied, get_or_none, object_of, undecided_in, unproven

_ALL = "/_all_dbs"
_SESSION = "/_session"


@dataclass(frozen=True, slots=True, kw_only=True)
class CouchFacts(Facts):
    """What a CouchDB server showed."""

    databases: int = 0


def identify(root: HttpAnswer) -> tuple[str, str | None] | None:
    """Return (product, version), None when the welcome is none of CouchDB or PouchDB Server."""
    document = object_of(root)
    if document.get("couchdb") == "Welcome":
        return "CouchDB", as_text(document.get("version"))
    if document.get("express-pouchdb") == "Welcome!":
        return "PouchDB Server", as_text(document.get("version"))
    server = root.header("server")
    if root.status == 401 and server.startswith("CouchDB/"):
        return "CouchDB", server.removeprefix("CouchDB/").split(" ")[0]
    return None


def parse_names(answer: HttpAnswer | None) -> list[str] | None:
    """Return the databases of a listing, None when the answer is none."""
    value = answer.json_or_none() if answer is not None and answer.status == 200 else None
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        return None
    return [str(name) for name in value]


async def ask(talk: HttpTalk) -> CouchFacts | None:
    """The welcome is public; the session tells an administrator, the list of databases a reader."""
    root = await talk.get("/")
    named = identify(root)
    if named is None:
        return None
    product, version = named
    identity = Exchange("GET /", f"{root.status}, {product} {version or ''}".rstrip())
    context = as_object(object_of(await get_or_none(talk, _SESSION)).get("userCtx"))
    admin = context.get("name") is None and "_admin" in as_list(context.get("roles"))
    listing = await get_or_none(talk, _ALL)
    names = parse_names(listing)
    if names is None and not admin:
        refused = root.refused or denied(listing)
        return CouchFacts(
            access=Access.REFUSED if refused else Access.UNKNOWN,
            product=product,
            version=version,
            proof=(identity, Exchange(f"GET {_ALL}", str(listing.status) if listing else "no answer")),
            note=None if refused else unproven(listing, "its databases"),
            unheard=undecided_in(listing),
        )
    proof = [identity]
    if names is not None:
        proof.append(Exchange(f"GET {_ALL}", f"200, {counted(len(names), 'database')}"))
    if admin:
        proof.append(Exchange(f"GET {_SESSION}", "200, a stranger holds the role _admin"))
    shown: list[Json] = [*(names or [])[:20]]
    return CouchFacts(
        access=Access.CONTROL if admin else Access.METADATA,
        product=product,
        version=version,
        evidence={"databases": len(names or []), "names": shown, "admin_party": admin},
        proof=tuple(proof),
        traces={"name": tuple(names or ())},
        databases=len(names or []),
    )


def _party(facts: CouchFacts) -> str | None:
    if facts.access < Access.CONTROL:
        return None
    return f"{facts.product} makes every visitor an administrator of its {counted(facts.databases, 'database')}."


def _names(facts: CouchFacts) -> str | None:
    if facts.access is not Access.METADATA:
        return None
    return f"{facts.product} lists its {counted(facts.databases, 'database')} to anybody."


_PAGES = (
    "https://docs.couchdb.org/en/stable/intro/security.html",
    "https://docs.couchdb.org/en/stable/config/auth.html",
)

MOODS = (
    Mood(
        name="1.6-admin-party",
        pages={
            "/": said(
                '{"couchdb":"Welcome","uuid":"u","version":"1.6.1","vendor":{"name":"Ubuntu","version":"16.04"}}',
                content_type="application/json",
            ),
            "/_all_dbs": said('["_replicator","_users"]', content_type="application/json"),
        },
        access=Access.METADATA,
    ),
    Mood(
        name="starting",
        pages={"*": said('{"error":"not_found","reason":"system starting"}', 503, content_type="application/json")},
        nameless=True,
        unheard=Unheard.REFUSED_LATER,
    ),
    Mood(
        name="3-locked",
        pages={
            "/": said(
                '{"couchdb":"Welcome","version":"3.3.3","git_sha":"x","uuid":"u","featu'
                'res":[],"vendor":{"name":"The Apache Software Foundation"}}',
                content_type="application/json",
            ),
            "*": said(
                '{"error":"unauthorized","reason":"You are not a server admin."}', 401, content_type="application/json"
            ),
        },
        access=Access.REFUSED,
    ),
    Mood(
        name="require-valid-user",
        pages={
            "*": said(
                '{"error":"unauthorized","reason":"Authentication required."}',
                401,
                content_type="application/json",
                server="CouchDB/3.3.3 (Erlang OTP/24)",
                www_authenticate='Basic realm="server"',
            )
        },
        access=Access.REFUSED,
    ),
)

PROBE = Probe(
    id="couchdb",
    moods=MOODS,
    title="CouchDB",
    ports=(*tcp(5984, 5986), *tcp(6984, tls=True)),
    sends=(get("/"), get(_SESSION), get(_ALL)),
    ask_http=ask,
    fingerprints=(
        Fingerprint(header=("server", "CouchDB/")),
        Fingerprint(json_key="couchdb"),
        Fingerprint(json_key="express-pouchdb"),
    ),
    references=_PAGES,
    rules=(
        Rule(
            id="couchdb-admin-party",
            title="CouchDB makes every visitor an administrator",
            why="Every database can be read and changed, and the configuration has led to commands on the host before.",
            controls=Controls.DATA,
            holds=_party,
            remedy=(
                "; local.ini: an administrator ends the party",
                "[admins]",
                "admin = <long random password>",
                "[chttpd]",
                "bind_address = 127.0.0.1",
                "require_valid_user = true",
                "# firewall",
                close_to_strangers("tcp dport { 5984, 6984 }"),
            ),
            cwe=(306, 1188, 200),
            attack=("T1190", "T1213.006", "T1485"),
            references=_PAGES,
        ),
        Rule(
            id="couchdb-lists-databases",
            title="CouchDB lists its databases to anybody",
            why="Names show what is there; databases without members of their own give their documents away too.",
            controls=Controls.DATA,
            holds=_names,
            remedy=("; local.ini", "[chttpd]", "require_valid_user = true", "admin_only_all_dbs = true"),
            cwe=(306, 200),
            attack=("T1190", "T1213.006"),
            references=_PAGES,
        ),
    ),
)

LINT = (
    Image(
        names=("couchdb", "apache/couchdb"),
        ports=(5984,),
        rule="couchdb-admin-party",
        defaults=(
            ("1.0", Guard.OPEN),
            ("3.0", Guard.CLOSED),
        ),
        signs=("unknown: COUCHDB_USER & <3",),
        files=("/opt/couchdb/etc/local.*",),
        access=Access.CONTROL,
        why="the image demands an administrator since 3.0 and none before",
        source="https://docs.couchdb.org/en/stable/whatsnew/3.0.html",
    ),
)
