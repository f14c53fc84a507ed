"""What Redis, its forks and its proxies say in place of their usual answers."""

from scanner.core.facts import Access
from scanner.core.mood import Mood
from scanner.core.unheard import Unheard

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
    _refuses("wrong-password-of-a-proxy", b"-ERR invalid password\r\n"),
    _refuses("token-upstash", b"-WRONGPASS invalid or missing auth token\r\n"),
    _refuses("user-of-nothing-predixy", b"-ERR auth permission deny\r\n"),
    _refuses("narrow-user", b"-NOPERM User default has no permissions to run the 'ping' command\r\n"),
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
    *(
        Mood(name=name, otherwise=words, product="Redis-compatible server", unheard=Unheard.REFUSED_LATER)
        for name, words in {
            "proxy-without-a-server-envoy": b"-no upstream host\r\n",
            "proxy-whose-server-fails-envoy": b"-upstream failure\r\n",
            "proxy-without-a-server-predixy": b"-ERR no server connection avaliable\r\n",
            "proxy-without-a-server-twemproxy": b"-ERR Connection refused\r\n",
        }.items()
    ),
    Mood(
        name="reads-arrays-alone-envoy",
        says={b"*1\r\n$4\r\nPING": b"+PONG\r\n", b"*2\r\n$6\r\nEXISTS": b":0\r\n$-1\r\n"},
        otherwise=b"-downstream protocol error\r\n",
        hangs_up=False,
        product="Redis-compatible server",
        access=Access.DATA,
    ),
    Mood(
        name="user-who-may-get-some-keys",
        says={
            b"GET": b"-NOPERM No permissions to access a key\r\n",
        },
        otherwise=b"-NOPERM User default has no permissions to run the 'x' command\r\n",
        access=Access.METADATA,
    ),
    Mood(
        name="user-who-may-get",
        says={b"PING": b"+PONG\r\n", b"GET": b"$-1\r\n"},
        otherwise=b"-NOPERM this user has no permissions to run the 'info' command or its subcommand\r\n",
        access=Access.DATA,
    ),
    Mood(
        name="info-in-resp3",
        says=_OPEN | {b"INFO": b"=32\r\ntxt:" + _INFO[5:]},
        access=Access.CONTROL,
    ),
    Mood(
        name="info-breaks-off",
        says=_OPEN | {b"INFO": b"$5000" + _INFO[3:]},
        otherwise=_UNKNOWN,
        access=Access.CONTROL,
    ),
    Mood(
        name="proxy-that-hangs-up-at-info",
        says={b"PING": b"+PONG\r\n"},
        product="Redis-compatible server",
        unheard=Unheard.CUT_OFF,
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
