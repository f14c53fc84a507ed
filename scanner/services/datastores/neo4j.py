"""Neo4j (and Memgraph) over Bolt: with authentication off anybody reads and rewrites the graph.

Protocol: https://neo4j.com/docs/bolt/current/bolt/handshake/ and .../message/
"""

from dataclasses import dataclass

from scanner.core.errors import Malformed
from scanner.core.facts import Access, Exchange, Facts
from scanner.core.firewall import close_to_strangers
from scanner.core.guard import Guard
from scanner.core.image import Image
from scanner.core.mood import Mood
from scanner.core.probe import Fingerprint, Probe, tcp
from scanner.core.rule import Controls, Rule
from scanner.core.sends import line
from scanner.core.talk import Talk
from scanner.core.unheard import Unheard
from scanner.wire.packstream import Structure, chunked, encode, parse, read_message

# Magic, then four proposals, the best first: 5.0, 4.4 down to 4.2, 4.1, 3.0.
_HANDSHAKE = bytes.fromhex("6060b017 00000005 00020404 00000104 00000003")
_OFFERED = {(5, 0), (4, 4), (4, 3), (4, 2), (4, 1), (3, 0)}
_HELLO, _SUCCESS, _FAILURE = 0x01, 0x70, 0x7F
# HELLO with the scheme `none`: no name, no password.
_LOGIN = chunked(b"\xb1\x01" + encode({"user_agent": "exposure-scanner", "scheme": "none"}))
_GOODBYE = chunked(b"\xb0\x02")
_UNAUTHORIZED = ("Neo.ClientError.Security.", "Memgraph.ClientError.Security.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Neo4jFacts(Facts):
    """What a Bolt server showed."""


async def ask(talk: Talk) -> Neo4jFacts | None:
    """Agree on a version, say HELLO without credentials, and say good-bye."""
    await talk.send(_HANDSHAKE)
    chosen = await talk.read_exactly(4)
    if chosen[:2] != b"\0\0" or (chosen[3], chosen[2]) not in _OFFERED:
        return None
    await talk.send(_LOGIN)
    answer, _ = parse(await read_message(talk))
    if not isinstance(answer, Structure) or not answer.fields or not isinstance(answer.fields[0], dict):
        raise Malformed("not a message of Bolt")
    details = answer.fields[0]
    bolt = f"{chosen[3]}.{chosen[2]}"
    if answer.tag == _SUCCESS:
        server = str(details.get("server") or "")
        await talk.send(_GOODBYE)
        product = "Memgraph" if "Memgraph" in server else "Neo4j"
        return Neo4jFacts(
            access=Access.CONTROL,
            product=product,
            version=server.removeprefix("Neo4j/").removeprefix("v").split(" ")[0] or None,
            evidence={"server": server, "bolt": bolt},
            proof=(Exchange("HELLO without credentials", f"SUCCESS, {server}"),),
        )
    if answer.tag != _FAILURE:
        return None
    code = str(details.get("code") or "")
    refused = code.startswith(_UNAUTHORIZED)
    return Neo4jFacts(
        access=Access.REFUSED if refused else Access.UNKNOWN,
        product="Neo4j",
        evidence={"bolt": bolt},
        proof=(Exchange("HELLO without credentials", f"FAILURE, {code}"),),
        note=None if refused else "it neither let a stranger in nor asked for a login",
        unheard=None if refused else Unheard.REFUSED_LATER,
    )


def _open(facts: Neo4jFacts) -> str | None:
    if facts.access < Access.CONTROL:
        return None
    return f"{facts.product} opens sessions for anybody without credentials."


def _failure(name: str, code: str, access: Access = Access.UNKNOWN, chosen: bytes = b"\0\0\4\4") -> Mood:
    failure = chunked(b"\xb1\x7f" + encode({"code": code, "message": "no"}))
    unheard = Unheard.REFUSED_LATER if access is Access.UNKNOWN else None
    return Mood(name=name, says={_HANDSHAKE: chosen, _LOGIN: failure}, access=access, unheard=unheard)


MOODS = (
    _failure("login-4.4", "Neo.ClientError.Security.Unauthorized", Access.REFUSED),
    _failure("login-5", "Neo.ClientError.Security.Unauthorized", Access.REFUSED, b"\0\0\0\5"),
    _failure("login-3", "Neo.ClientError.Security.Unauthorized", Access.REFUSED, b"\0\0\0\3"),
    _failure("login-memgraph", "Memgraph.ClientError.Security.Unauthenticated", Access.REFUSED),
    _failure("database-starting", "Neo.TransientError.General.DatabaseUnavailable"),
    _failure("no-memory-left", "Neo.TransientError.General.OutOfMemoryError"),
    _failure("other-refusal", "Neo.ClientError.Request.Invalid"),
)

_PAGES = ("https://neo4j.com/docs/operations-manual/current/authentication-authorization/",)
REMEDY = (
    "# neo4j.conf",
    "dbms.security.auth_enabled=true",
    "server.default_listen_address=127.0.0.1",
    "server.bolt.tls_level=REQUIRED",
    "# a first password, before the start",
    "neo4j-admin dbms set-initial-password '<long random>'",
    close_to_strangers("tcp dport { 7473, 7474, 7687 }"),
)

PROBE = Probe(
    id="neo4j",
    title="Neo4j",
    ports=tcp(7687),
    sends=(line(_HANDSHAKE), line(_LOGIN, why="opens a session without credentials, runs nothing"), line(_GOODBYE)),
    ask=ask,
    moods=MOODS,
    # The Bolt port answers plain HTTP with a discovery document.
    fingerprints=(
        Fingerprint(json_key="neo4j_version"),
        Fingerprint(json_key="bolt_routing"),
        # Or, up to 4.4, with an empty one.
        Fingerprint(status=200, header=("content-type", "application/json"), body=""),
    ),
    references=_PAGES,
    rules=(
        Rule(
            id="neo4j-no-auth",
            title="Neo4j answers without authentication",
            why="The whole graph can be read and rewritten; LOAD CSV and procedures reach files and other hosts.",
            controls=Controls.DATA,
            holds=_open,
            remedy=REMEDY,
            cwe=(306, 1188, 200),
            attack=("T1190", "T1213.006"),
            references=_PAGES,
        ),
    ),
)

LINT = (
    Image(
        names=("neo4j",),
        ports=(7687,),
        rule="neo4j-no-auth",
        defaults=(("", Guard.CLOSED),),
        signs=(
            "open: NEO4J_AUTH=none",
            "open: NEO4J_dbms_security_auth__enabled=false",
        ),
        why="the image asks for a password",
        source="https://neo4j.com/docs/operations-manual/current/docker/introduction/",
    ),
)
