"""Redis, Valkey and relatives: without a password all data is readable, and CONFIG SET writes files on the host.

Protocol: https://redis.io/docs/latest/develop/reference/protocol-spec/
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from scanner.core.facts import Access, Exchange, Facts
from scanner.core.firewall import close_to_strangers
from scanner.core.guard import Guard
from scanner.core.image import Image
from scanner.core.jsontext import Json
from scanner.core.probe import DefaultPort, Greeting, Probe
from scanner.core.rule import Controls, Rule
from scanner.core.sends import line
from scanner.core.talk import Talk
from scanner.wire.redis_info import is_sentinel, key_counts, parse_info, product_of
from scanner.wire.resp import ErrorReply, Reply, read_replies

PING = b"PING\r\n"
INFO = b"INFO\r\n"
SENTINEL_PORT = 26379
_WORM_KEYS = ("backup1", "backup2", "backup3", "backup4", "crackit")
_SETTINGS = ("dir", "dbfilename", "protected-mode")
_DETAILS = (
    *(f"CONFIG GET {name}" for name in _SETTINGS),
    "MODULE LIST",
    "ACL WHOAMI",
    "DBSIZE",
    *(f"EXISTS {key}" for key in _WORM_KEYS),
)
_DETAIL_BYTES = b"".join(f"{command}\r\n".encode() for command in _DETAILS)
_RESTRICTED = ("DBSIZE", "SCAN 0 COUNT 10")
_RESTRICTED_BYTES = b"".join(f"{command}\r\n".encode() for command in _RESTRICTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class RedisFacts(Facts):
    """What a Redis server showed."""

    keys: int | None = None
    """Keys in all databases; None when that was refused."""
    restricted: bool = False
    """Whether the default user needs no password and may not do everything."""


async def ask(talk: Talk) -> RedisFacts | None:
    """PING, then INFO, then what tells how far a stranger gets; only the first is sent to what is no Redis."""
    await talk.send(PING)
    (first,) = await read_replies(talk, 1)
    refusal = refusal_of(first)
    if refusal:
        return None if talk.endpoint.port == SENTINEL_PORT else _refused("PING", refusal)
    if first != "PONG" and not _starts(first, "NOPERM", "LOADING"):
        return None
    await talk.send(INFO)
    (answer,) = await read_replies(talk, 1)
    refusal = refusal_of(answer)
    if refusal:
        return _refused("INFO", refusal)
    if _starts(answer, "NOPERM"):
        await talk.send(_RESTRICTED_BYTES)
        return _restricted(str(answer), await read_replies(talk, len(_RESTRICTED)))
    info = parse_info(answer) if isinstance(answer, bytes) else {}
    named = product_of(info)
    if named is None or is_sentinel(info):
        return None
    await talk.send(_DETAIL_BYTES)
    return _open(named, info, await read_replies(talk, len(_DETAILS)))


def refusal_of(reply: Reply) -> str | None:
    """Return the error by which a server turns strangers away, in its own words; None for any other reply."""
    if _starts(reply, "NOAUTH"):
        return str(reply)
    protected = isinstance(reply, ErrorReply) and reply.text.startswith("DENIED Redis is running in protected mode")
    return "DENIED, it runs in protected mode and serves its own machine only" if protected else None


def _starts(reply: Reply, *words: str) -> bool:
    return isinstance(reply, ErrorReply) and reply.text.startswith(words)


def _refused(sent: str, refusal: str) -> RedisFacts:
    return RedisFacts(access=Access.REFUSED, product="Redis", proof=(Exchange(sent, refusal),))


def _restricted(refusal: str, replies: Sequence[Reply]) -> RedisFacts:
    """Judge a default user that needs no password but may not ask INFO."""
    size, scan = [*replies, None, None][:2]
    proof = [Exchange("INFO", refusal)]
    access = Access.REFUSED
    if isinstance(size, int):
        access = Access.METADATA
        proof.append(Exchange("DBSIZE", f"{size} keys"))
    if isinstance(scan, list):
        access = Access.DATA
        proof.append(Exchange("SCAN 0 COUNT 10", "names of keys"))
    keys = size if isinstance(size, int) else None
    return RedisFacts(
        access=access,
        product="Redis",
        evidence={} if keys is None else {"keys": keys},
        proof=tuple(proof),
        keys=keys,
        restricted=True,
    )


def _open(named: tuple[str, str], info: Mapping[str, str], replies: Sequence[Reply]) -> RedisFacts:
    details = dict(zip(_DETAILS, replies, strict=False))
    settings = {name: value for name in _SETTINGS if (value := _setting(details.get(f"CONFIG GET {name}"))) is not None}
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
        evidence=_evidence(info, settings, details),
        proof=tuple(proof),
        traces=_traces(info, settings, details),
        keys=sum(counts.values()),
    )


def _setting(reply: Reply) -> str | None:
    """Return the value of a CONFIG GET answer: an array of name and value."""
    if isinstance(reply, list) and len(reply) >= 2 and isinstance(reply[1], bytes):
        return reply[1].decode("utf-8", "replace")
    return None


def _modules(reply: Reply) -> list[str]:
    """Return `name path` of each module of a MODULE LIST answer (path since Redis 7)."""
    found = []
    for module in reply if isinstance(reply, list) else []:
        fields = module if isinstance(module, list) else []
        named = {fields[i]: fields[i + 1] for i in range(0, len(fields) - 1, 2) if isinstance(fields[i], bytes)}
        texts = [
            value.decode("utf-8", "replace") for key in (b"name", b"path") if isinstance(value := named.get(key), bytes)
        ]
        found.append(" ".join(texts))
    return [text for text in found if text]


def _evidence(info: Mapping[str, str], settings: Mapping[str, str], details: Mapping[str, Reply]) -> dict[str, Json]:
    named = (
        "redis_mode",
        "os",
        "executable",
        "config_file",
        "role",
        "master_host",
        "connected_slaves",
        "uptime_in_days",
    )
    evidence: dict[str, Json] = {name: info[name] for name in named if info.get(name)}
    counts = key_counts(info)
    evidence |= {"keys": sum(counts.values()), "databases": dict(counts)}
    evidence |= {name.replace("-", "_"): value for name, value in settings.items()}
    modules = _modules(details.get("MODULE LIST"))
    if modules:
        evidence["modules"] = list(modules)
    user = details.get("ACL WHOAMI")
    if isinstance(user, bytes):
        evidence["user"] = user.decode("utf-8", "replace")
    return evidence


def _traces(
    info: Mapping[str, str], settings: Mapping[str, str], details: Mapping[str, Reply]
) -> dict[str, tuple[str, ...]]:
    link = f"{info['master_host']}:{info.get('master_port', '')}" if info.get("master_host") else ""
    return {
        "config": tuple(f"{name} {settings[name]}" for name in ("dir", "dbfilename") if name in settings),
        "key": tuple(key for key in _WORM_KEYS if details.get(f"EXISTS {key}") == 1),
        "module": tuple(_modules(details.get("MODULE LIST"))),
        "link": (link,) if link else (),
    }


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

PROBE = Probe(
    id="redis",
    title="Redis",
    ports=(DefaultPort(6379), DefaultPort(6380, tls=True)),
    sends=(
        line(PING),
        line(INFO),
        line(_DETAIL_BYTES, why="CONFIG GET, MODULE LIST, ACL WHOAMI, DBSIZE and EXISTS read and change nothing"),
        line(_RESTRICTED_BYTES, why="DBSIZE and SCAN read and change nothing"),
    ),
    ask=ask,
    greetings=(Greeting(start=b"-DENIED Redis is running in protected mode"),),
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
