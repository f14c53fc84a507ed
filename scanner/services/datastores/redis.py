"""Redis, Valkey and relatives: without a password all data is readable, and CONFIG SET writes files on the host.

Protocol: https://redis.io/docs/latest/develop/reference/protocol-spec/
"""

from collections.abc import Mapping, Sequence

from scanner.core.count import counted
from scanner.core.errors import ClosedEarly, Malformed, Reset, TimedOut
from scanner.core.facts import Access, Exchange
from scanner.core.firewall import close_to_strangers
from scanner.core.guard import Guard
from scanner.core.image import Image
from scanner.core.probe import DefaultPort, Greeting, Probe
from scanner.core.rule import Controls, Rule
from scanner.core.sends import line
from scanner.core.talk import Talk
from scanner.core.unheard import Unheard
from scanner.services.datastores.redis_details import WORM_KEYS, RedisFacts, evidence_of, setting, traces_of
from scanner.services.datastores.redis_moods import MOODS
from scanner.services.datastores.redis_narrow import (
    CONFIG_BYTES,
    HUNG_UP,
    NARROW_BYTES,
    ONE_KEY_BYTES,
    Form,
    few,
    without_info,
)
from scanner.wire.redis_errors import Meaning, meaning_of, refusal_of, speaks_redis, wants_arrays
from scanner.wire.redis_info import is_sentinel, key_counts, parse_info, product_of
from scanner.wire.resp import ErrorReply, Reply, as_arrays, beginning_of_bulk, read_replies

PING = b"PING\r\n"
INFO = b"INFO\r\n"
SENTINEL_PORT = 26379
_HOME = {6379, 6380, SENTINEL_PORT}
_SETTINGS = ("dir", "dbfilename", "protected-mode")
_DETAILS = (
    *(f"CONFIG GET {name}" for name in _SETTINGS),
    "MODULE LIST",
    "ACL WHOAMI",
    "DBSIZE",
    *(f"EXISTS {key}" for key in WORM_KEYS),
)
_DETAIL_BYTES = b"".join(f"{command}\r\n".encode() for command in _DETAILS)


async def ask(talk: Talk) -> RedisFacts | None:
    """PING, then INFO, then what tells how far a stranger gets; only the first is sent to what is no Redis."""
    first, form = await _first(talk)
    meaning = meaning_of(first)
    if meaning in {Meaning.REFUSED, Meaning.LATER}:
        return None if talk.endpoint.port == SENTINEL_PORT else turned_away("PING", first)
    return await _let_in(talk, first, form) if first == "PONG" or meaning or speaks_redis(first) else None


async def _first(talk: Talk) -> tuple[Reply, Form]:
    """Ask PING, in a line as everybody can read it, then in an array as some proxies want it."""
    await talk.send(PING)
    try:
        (first,) = await read_replies(talk, 1)
    except (ClosedEarly, Reset):
        if talk.endpoint.port not in _HOME:
            raise
        first = None
    if first is not None and not wants_arrays(first):
        return first, bytes
    await talk.reopen()
    await talk.send(as_arrays(PING))
    (first,) = await read_replies(talk, 1)
    return first, as_arrays


async def _let_in(talk: Talk, first: Reply, form: Form) -> RedisFacts | None:
    answer = await _info(talk, form)
    if meaning_of(answer) in {Meaning.REFUSED, Meaning.LATER}:
        return turned_away("INFO", answer)
    info = parse_info(answer) if isinstance(answer, bytes) else {}
    named = product_of(info)
    relative = isinstance(answer, list) or any(name.endswith("_version") for name in info)
    if named is None and answer and not isinstance(answer, ErrorReply) and not relative:
        return None
    if named is None:
        unknown = ErrorReply("an answer of its own" if answer else "an empty answer")
        refusal = answer if isinstance(answer, ErrorReply) else unknown
        return await without_info(talk, first, refusal, form)
    if is_sentinel(info):
        return None
    return _open(named, info, await few(talk, form(_DETAIL_BYTES), len(_DETAILS)))


async def _info(talk: Talk, form: Form) -> Reply:
    """Ask INFO; a proxy that knows no INFO may hang up instead of saying so, and an answer may break off."""
    await talk.send(form(INFO))
    try:
        (answer,) = await read_replies(talk, 1)
    except (ClosedEarly, Reset, TimedOut, Malformed) as error:
        await talk.reopen()
        begun = beginning_of_bulk(error.got) if isinstance(error, ClosedEarly | TimedOut) else None
        return begun or HUNG_UP
    return answer


def turned_away(sent: str, reply: Reply, product: str = "Redis") -> RedisFacts:
    """Judge a server that says no to everybody: for want of a password, or because it has no connection left."""
    if (refusal := refusal_of(reply)) is not None:
        return RedisFacts(access=Access.REFUSED, product=product, proof=(Exchange(sent, refusal),))
    return RedisFacts(
        product=product,
        proof=(Exchange(sent, str(reply)),),
        note="it has no connection left, and does not say whether it wants a password",
        unheard=Unheard.REFUSED_LATER,
    )


def _open(named: tuple[str, str], info: Mapping[str, str], replies: Sequence[Reply]) -> RedisFacts:
    details = dict(zip(_DETAILS, replies, strict=False))
    settings = {name: value for name in _SETTINGS if (value := setting(details.get(f"CONFIG GET {name}"))) is not None}
    counts = key_counts(info)
    size = details.get("DBSIZE")
    proof = [Exchange("INFO", f"{named[0]} {named[1]}, {counted(len(counts), 'database')}")]
    access = Access.METADATA
    if isinstance(size, int):
        access = Access.DATA
        proof.append(Exchange("DBSIZE", counted(size, "key")))
    if "dir" in settings:
        access = Access.CONTROL
        proof.append(Exchange("CONFIG GET dir", "its data directory: CONFIG is open"))
    return RedisFacts(
        access=access,
        product=named[0],
        version=named[1],
        evidence=evidence_of(info, settings, details),
        proof=tuple(proof),
        traces=traces_of(info, settings, details),
        keys=sum(counts.values()),
    )


def _no_password(facts: RedisFacts) -> str | None:
    if facts.restricted or facts.access < Access.METADATA:
        return None
    reach = "its configuration may be changed too" if facts.access is Access.CONTROL else "CONFIG is closed"
    return f"{facts.product} answers anybody without a password: {counted(facts.keys, 'key')}, and {reach}."


def _restricted_user(facts: RedisFacts) -> str | None:
    if not facts.restricted or facts.access < Access.METADATA:
        return None
    what = "read names of keys" if facts.access >= Access.DATA else "count keys"
    return f"The default user of this Redis needs no password; its ACL is narrow, yet strangers {what}."


_PAGES = (
    "https://redis.io/docs/latest/operate/oss_and_stack/management/security/",
    "https://redis.io/docs/latest/operate/oss_and_stack/management/security/acl/",
)

_QUESTIONS = {
    PING: "",
    INFO: "",
    _DETAIL_BYTES: "CONFIG GET, MODULE LIST, ACL WHOAMI, DBSIZE and EXISTS read and change nothing",
    NARROW_BYTES: "DBSIZE and SCAN read and change nothing",
    CONFIG_BYTES: "CONFIG GET reads and changes nothing",
    ONE_KEY_BYTES: "EXISTS and GET read and change nothing",
}
"""What is asked, in lines and as arrays, and why it does no harm."""

PROBE = Probe(
    id="redis",
    title="Redis",
    ports=(DefaultPort(6379), DefaultPort(6380, tls=True)),
    sends=tuple(line(form(question), why=why) for question, why in _QUESTIONS.items() for form in (bytes, as_arrays)),
    ask=ask,
    greetings=(Greeting(start=b"-DENIED "), Greeting(start=b"-ERR max number of clients")),
    moods=MOODS,
    references=_PAGES,
    rules=(
        Rule(
            id="redis-no-password",
            title="Redis answers without a password",
            why="All data can be read, changed and wiped; CONFIG SET and replication plant files and code on the host.",
            controls=Controls.DATA,
            holds=_no_password,
            remedy=(
                "# redis.conf: listen where the application is, and nowhere else",
                "bind 127.0.0.1 -::1",
                "protected-mode yes",
                "# a long random password (or ACL users; then: user default off)",
                "requirepass <64 random characters>",
                "# close what turns data into code",
                "enable-module-command no",
                "enable-protected-configs no",
                "# encrypt, and let only clients with a certificate in",
                "port 0",
                "tls-port 6379",
                "tls-auth-clients yes",
                "# firewall: let the application's network in and nobody else",
                close_to_strangers("tcp dport 6379"),
                "# last resort: another port hides it from the simplest bots and protects from nobody else",
            ),
            cwe=(306, 1188, 668),
            attack=("T1190", "T1213.006", "T1098.004", "T1053.003", "T1496.001", "T1485"),
            references=_PAGES,
        ),
        Rule(
            id="redis-default-user-no-password",
            title="Redis lets strangers in as a restricted default user",
            why="What the default user may read is public: names of keys, and values where its ACL allows GET.",
            controls=Controls.DATA,
            holds=_restricted_user,
            remedy=(
                "# users.acl: give the application a name and a password, and switch the default user off",
                "user app on >SECRET ~app:* +@read +@write -@dangerous",
                "user default off",
            ),
            cwe=(306, 284),
            attack=("T1190", "T1213.006"),
            references=_PAGES,
        ),
    ),
)


def _image(names: tuple[str, ...], source: str, *signs: str) -> Image:
    return Image(
        names=names,
        ports=(6379,),
        rule="redis-no-password",
        signs=(
            "closed: --requirepass",
            *signs,
            "closed: --protected-mode=yes",
            "closed: --bind=@loopback",
            "unknown: --aclfile",
            "unknown: --user",
        ),
        named_files=("*.conf",),
        why="the image switches protected mode off and sets no password",
        source=source,
    )


LINT = (
    _image(("redis",), "https://hub.docker.com/_/redis", "unknown: REDIS_ARGS=*--requirepass* & >=8"),
    _image(
        ("redis/redis-stack", "redis/redis-stack-server"),
        "https://hub.docker.com/r/redis/redis-stack",
        "closed: REDIS_ARGS=*--requirepass*",
    ),
    _image(("valkey/valkey",), "https://hub.docker.com/r/valkey/valkey", "closed: VALKEY_EXTRA_FLAGS=*--requirepass*"),
    Image(
        names=("bitnami*/redis*", "bitnami*/valkey*"),
        ports=(6379,),
        rule="redis-no-password",
        defaults=(("", Guard.CLOSED),),
        signs=("closed: REDIS_PASSWORD*", "closed: VALKEY_PASSWORD*", "open: ALLOW_EMPTY_PASSWORD=yes|true|1"),
        files=("*/etc/*.conf",),
        why="the image does not start without a password",
        source="https://hub.docker.com/r/bitnami/redis",
    ),
)
