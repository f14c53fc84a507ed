"""Redis Sentinel: an open one names the masters and can be told to fail over to a server of the attacker's.

Protocol: https://redis.io/docs/latest/operate/oss_and_stack/management/sentinel/
"""

from dataclasses import dataclass

from scanner.core.count import counted
from scanner.core.facts import Access, Exchange, Facts
from scanner.core.firewall import close_to_strangers
from scanner.core.jsontext import Json
from scanner.core.mood import Mood
from scanner.core.probe import Probe, tcp
from scanner.core.rule import Controls, Rule
from scanner.core.sends import line
from scanner.core.talk import Talk
from scanner.core.unheard import Unheard
from scanner.services.datastores.redis import INFO, PING, SENTINEL_PORT
from scanner.wire.redis_errors import Meaning, meaning_of, refusal_of, speaks_redis
from scanner.wire.redis_info import is_sentinel, parse_info, product_of
from scanner.wire.resp import ErrorReply, Reply, read_replies

_MASTERS = b"SENTINEL MASTERS\r\n"
_SCRIPTS = ("notification-script", "client-reconfig-script")


@dataclass(frozen=True, slots=True, kw_only=True)
class SentinelFacts(Facts):
    """What a Sentinel showed."""

    masters: int = 0


async def ask(talk: Talk) -> SentinelFacts | None:
    """PING and INFO tell a Sentinel from a Redis; SENTINEL MASTERS is what a protected one refuses."""
    await talk.send(PING)
    (first,) = await read_replies(talk, 1)
    refusal = refusal_of(first)
    if refusal:
        return _refused("PING", refusal) if talk.endpoint.port == SENTINEL_PORT else None
    if meaning_of(first) is Meaning.LATER and talk.endpoint.port == SENTINEL_PORT:
        note = "it has no connection left, and does not say whether it wants a password"
        proof = (Exchange("PING", str(first)),)
        return SentinelFacts(product="Redis Sentinel", proof=proof, note=note, unheard=Unheard.REFUSED_LATER)
    if first != "PONG" and not (speaks_redis(first) and talk.endpoint.port == SENTINEL_PORT):
        return None
    await talk.send(INFO)
    (answer,) = await read_replies(talk, 1)
    info = parse_info(answer) if isinstance(answer, bytes) else {}
    named = product_of(info)
    if isinstance(answer, ErrorReply) and talk.endpoint.port == SENTINEL_PORT:
        # A user of few rights, or a command that was renamed: the masters are asked for all the same.
        named = ("Redis", "")
    elif named is None or not is_sentinel(info):
        return None
    await talk.send(_MASTERS)
    (reply,) = await read_replies(talk, 1)
    if not isinstance(reply, list):
        refused = meaning_of(reply) in {Meaning.REFUSED, Meaning.RESTRICTED}
        return SentinelFacts(
            access=Access.REFUSED if refused else Access.UNKNOWN,
            product=f"{named[0]} Sentinel",
            version=named[1] or None,
            proof=(Exchange("SENTINEL MASTERS", str(reply)),),
            note=None if refused else "it neither named its masters nor refused",
            unheard=None if refused else Unheard.REFUSED_LATER,
        )
    masters = [fields for item in reply if (fields := parse_master(item))]
    scripts = [value for fields in masters for name in _SCRIPTS if (value := fields.get(name))]
    return SentinelFacts(
        access=Access.CONTROL,
        product=f"{named[0]} Sentinel",
        version=named[1] or None,
        evidence={"masters": [_describe(fields) for fields in masters], "scripts": [*scripts]},
        proof=(
            Exchange("INFO", "redis_mode:sentinel"),
            Exchange("SENTINEL MASTERS", counted(len(masters), "master")),
        ),
        traces={"command": tuple(scripts)},
        masters=len(masters),
    )


def parse_master(item: Reply) -> dict[str, str]:
    """Return the fields of one master: an array of names and values in turn."""
    flat = (
        [part.decode("utf-8", "replace") for part in item if isinstance(part, bytes)] if isinstance(item, list) else []
    )
    return dict(zip(flat[::2], flat[1::2], strict=False))


def _describe(fields: dict[str, str]) -> Json:
    wanted = {"name": "name", "ip": "address", "port": "port", "num-slaves": "replicas", "quorum": "quorum"}
    return {label: fields[key] for key, label in wanted.items() if key in fields}


def _refused(sent: str, refusal: str) -> SentinelFacts:
    return SentinelFacts(
        access=Access.REFUSED,
        product="Redis Sentinel",
        proof=(Exchange(sent, refusal),),
        note="named by its port: a Redis that demands a password answers alike",
    )


def _open(facts: SentinelFacts) -> str | None:
    if facts.access < Access.CONTROL:
        return None
    return (
        f"The Sentinel tells anybody about its {counted(facts.masters, 'master')} and takes orders without a password."
    )


_PAGES = ("https://redis.io/docs/latest/operate/oss_and_stack/management/sentinel/",)

# On another port a Redis says the same.
AT_HOME_ALONE = (
    Mood(name="password", otherwise=b"-NOAUTH Authentication required.\r\n", access=Access.REFUSED),
    Mood(
        name="full",
        says={b"": b"-ERR max number of clients reached\r\n"},
        hangs_up=True,
        unheard=Unheard.REFUSED_LATER,
    ),
)

PROBE = Probe(
    id="redis-sentinel",
    title="Redis Sentinel",
    ports=tcp(SENTINEL_PORT),
    sends=(line(PING), line(INFO), line(_MASTERS, why="lists what the Sentinel watches and changes nothing")),
    ask=ask,
    moods=AT_HOME_ALONE,
    references=_PAGES,
    rules=(
        Rule(
            id="redis-sentinel-no-password",
            title="Redis Sentinel answers without a password",
            why="An attacker learns where the masters are, and SENTINEL SET or FAILOVER redirects all clients.",
            controls=Controls.CONFIG,
            holds=_open,
            remedy=(
                "# sentinel.conf",
                "requirepass <64 random characters>",
                "protected-mode yes",
                "bind 127.0.0.1 10.0.0.5",
                "sentinel deny-scripts-reconfig yes",
                close_to_strangers("tcp dport 26379"),
            ),
            cwe=(306, 1188, 668),
            attack=("T1190", "T1018", "T1557"),
            references=_PAGES,
        ),
    ),
)
