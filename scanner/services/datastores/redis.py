"""Redis, Valkey and relatives: without a password all data is readable, and CONFIG SET writes files on the host.

Protocol: https://redis.io/docs/latest/develop/reference/protocol-spec/
"""

from collections.abc import Mapping, Sequence

from scanner.core.errors import ClosedEarly, Reset
from scanner.core.facts import Access, Exchange
from scanner.core.firewall import close_to_strangers
from scanner.core.guard import Guard
from scanner.core.image import Image
from scanner.core.mood import Mood
from scanner.core.probe import DefaultPort, Greeting, Probe
from scanner.core.rule import Controls, Rule
from scanner.core.sends import line
from scanner.core.talk import Talk
from scanner.core.unheard import Unheard
from scanner.services.datastores.redis_details import WORM_KEYS, RedisFacts, evidence_of, setting, traces_of
from scanner.services.datastores.redis_narrow import CONFIG_BYTES, EXISTS_BYTES, NARROW_BYTES, without_info
from scanner.wire.redis_errors import Meaning, meaning_of, refusal_of
from scanner.wire.redis_info import is_sentinel, key_counts, parse_info, product_of
from scanner.wire.resp import ErrorReply, Reply, read_replies

PING = b"PING\r\n"
INFO = b"INFO\r\n"
SENTINEL_PORT = 26379
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
    await talk.send(PING)
    (first,) = await read_replies(talk, 1)
    meaning = meaning_of(first)
    if meaning in {Meaning.REFUSED, Meaning.LATER}:
        return None if talk.endpoint.port == SENTINEL_PORT else turned_away("PING", first)
    return None if first != "PONG" and meaning is None else await _let_in(talk, first)


async def _let_in(talk: Talk, first: Reply) -> RedisFacts | None:
    answer = await _info(talk)
    if meaning_of(answer) in {Meaning.REFUSED, Meaning.LATER}:
        return turned_away("INFO", answer)
    if isinstance(answer, ErrorReply):
        return await without_info(talk, first, answer)
    info = parse_info(answer) if isinstance(answer, bytes) else {}
    named = product_of(info)
    if named is None or is_sentinel(info):
        return None
    await talk.send(_DETAIL_BYTES)
    return _open(named, info, await read_replies(talk, len(_DETAILS)))


async def _info(talk: Talk) -> Reply:
    """Ask INFO; a proxy that knows no INFO may hang up instead of saying so."""
    await talk.send(INFO)
    try:
        (answer,) = await read_replies(talk, 1)
    except (ClosedEarly, Reset):
        await talk.reopen()
        return ErrorReply("it hangs up")
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
    proof = [Exchange("INFO", f"{named[0]} {named[1]}, {len(counts)} databases")]
    access = Access.METADATA
    if isinstance(size, int):
        access = Access.DATA
        proof.append(Exchange("DBSIZE", f"{size} keys"))
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
    keys = "an unknown number of" if facts.keys is None else facts.keys
    return f"{facts.product} answers anybody without a password: {keys} keys, and {reach}."


def _restricted_user(facts: RedisFacts) -> str | None:
    if not facts.restricted or facts.access < Access.METADATA:
        return None
    what = "read names of keys" if facts.access >= Access.DATA else "count keys"
    return f"The default user of this Redis needs no password; its ACL is narrow, yet strangers {what}."


_PAGES = (
    "https://redis.io/docs/latest/operate/oss_and_stack/management/security/",
    "https://redis.io/docs/latest/operate/oss_and_stack/management/security/acl/",
)

_INFO = b"$28\r\nredis_version:7.0.15\r\nrole:x\r\n"
_DENIED = b" in protected mode because protected mode is enabled and no password is set for the default user.\r\n"
_UNKNOWN = b"-ERR unknown command, with args beginning with: \r\n"
_OPEN = {
    b"PING": b"+PONG\r\n",
    b"INFO": _INFO,
    b"CONFIG GET dir": b"*2\r\n$3\r\ndir\r\n$2\r\n/d\r\n",
    b"DBSIZE": b":3\r\n",
}


def _refuses(name: str, reply: bytes) -> Mood:
    return Mood(name=name, otherwise=reply, access=Access.REFUSED)


MOODS = (
    _refuses("password", b"-NOAUTH Authentication required.\r\n"),
    _refuses("password-before-2.8", b"-ERR operation not permitted\r\n"),
    _refuses("password-pika", b"-ERR NOAUTH Authentication required.\r\n"),
    _refuses("password-ssdb", b"-noauth authentication required\r\n"),
    _refuses("not-in-white-list-tair", b"-ERR illegal address: 198.51.100.7:40000\r\n"),
    *(
        Mood(name=f"protected-{fork}", says={b"": words + _DENIED}, hangs_up=True, access=Access.REFUSED)
        for fork, words in {
            "redis": b"-DENIED Redis is running",
            "valkey": b"-DENIED Running",
            "keydb": b"-DENIED KeyDB is running",
            "dragonfly": b"-DENIED Dragonfly is running",
        }.items()
    ),
    *(
        Mood(name=name, says=_OPEN | {b"PING": reply, b"DBSIZE": reply}, otherwise=reply, access=Access.CONTROL)
        for name, reply in {
            "snapshot-failed": b"-MISCONF Redis is configured to save RDB snapshots\r\n",
            "replica-without-master": b"-MASTERDOWN Link with MASTER is down\r\n",
            "loading": b"-LOADING Redis is loading the dataset in memory\r\n",
            "loading-dragonfly": b"-LOADING Dragonfly is loading the dataset in memory\r\n",
            "read-only": b"-READONLY You can't write against a read only replica.\r\n",
            "too-few-replicas": b"-NOREPLICAS Not enough good replicas to write.\r\n",
            "ping-renamed": b"-ERR unknown command 'PING', with args beginning with: \r\n",
        }.items()
    ),
    Mood(
        name="busy-with-a-script",
        otherwise=b"-BUSY Redis is busy running a script. You can only call SCRIPT KILL.\r\n",
        unheard=Unheard.REFUSED_LATER,
    ),
    Mood(
        name="no-connection-left",
        says={b"": b"-ERR max number of clients reached\r\n"},
        hangs_up=True,
        unheard=Unheard.REFUSED_LATER,
    ),
    Mood(
        name="info-renamed",
        says={key: reply for key, reply in _OPEN.items() if key != b"INFO"},
        otherwise=_UNKNOWN,
        access=Access.CONTROL,
    ),
    Mood(
        name="proxy-of-one-key-commands",
        says={b"PING": b"+PONG\r\n", b"EXISTS": b":0\r\n"},
        otherwise=_UNKNOWN,
        product="Redis-compatible server",
        access=Access.DATA,
    ),
    Mood(
        name="proxy-that-tells-nothing",
        says={b"PING": b"+PONG\r\n"},
        otherwise=_UNKNOWN,
        product="Redis-compatible server",
    ),
)

PROBE = Probe(
    id="redis",
    title="Redis",
    ports=(DefaultPort(6379), DefaultPort(6380, tls=True)),
    sends=(
        line(PING),
        line(INFO),
        line(_DETAIL_BYTES, why="CONFIG GET, MODULE LIST, ACL WHOAMI, DBSIZE and EXISTS read and change nothing"),
        line(NARROW_BYTES, why="DBSIZE and SCAN read and change nothing"),
        line(CONFIG_BYTES, why="CONFIG GET reads and changes nothing"),
        line(EXISTS_BYTES, why="EXISTS reads and changes nothing"),
    ),
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

LINT = (
    Image(
        names=("redis", "valkey/valkey", "redis/redis-stack", "redis/redis-stack-server"),
        ports=(6379,),
        rule="redis-no-password",
        signs=(
            "closed: --requirepass",
            "closed: REDIS_ARGS=*--requirepass*",
            "closed: VALKEY_EXTRA_FLAGS=*--requirepass*",
            "closed: --protected-mode=yes",
            "closed: --bind=127.0.0.1*",
            "unknown: --aclfile",
        ),
        files=("*.conf",),
        why="the image switches protected mode off and sets no password",
        source="https://hub.docker.com/_/redis",
    ),
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
