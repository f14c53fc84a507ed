"""What the errors of Redis and its relatives mean: the words differ by release and by fork.

Redis: src/server.c (processCommand asks for a login before all else but the command's name) and src/networking.c.
"""

import re
from enum import Enum

from scanner.wire.resp import ErrorReply, Reply


class Meaning(Enum):
    """What an error says of the server and of whoever asks."""

    REFUSED = "it turns strangers away"
    LATER = "it has no connection left"
    LET_IN = "strangers may ask, but not now"
    RESTRICTED = "strangers may ask some things"
    NO_SUCH_COMMAND = "the command is not known, or was renamed"


# Redis since 2.8 and most forks; Redis before; SSDB and Pika; clouds that ask for a token; lists of addresses that
# Alibaba Cloud and Tencent Cloud keep; Predixy; protected mode of Redis, Valkey, KeyDB and Dragonfly, which put their
# own names before these words.
_REFUSALS = (
    "noauth",
    "operation not permitted",
    "authentication required",
    "wrongpass",
    "illegal address",
    "whitelist",
    "white list",
    "auth permission deny",
    "in protected mode",
    "invalid password",
    "invalid username-password",
    "err unauthenticated",
)
_LATER = ("err max number of clients", "err max clients")
_LET_IN = (
    *("misconf", "masterdown", "busy", "loading", "readonly", "noreplicas", "oom", "clusterdown", "tryagain"),
    *("moved", "ask", "crossslot", "unstable"),
)
_UNKNOWN = ("err unknown command", "unknown command", "err unsupported command", "unsupported command")
_NOT_UNDERSTOOD = ("protocol error", "invalid request")
_OF_A_KEY = re.compile("access (?:one of the|a) keys?")
_CODE = re.compile(r"[A-Z]{2,20}\b")
# Envoy's redis_proxy (source/extensions/filters/network/redis_proxy) has no code before its words.
_OF_ENVOY = ("no upstream host", "upstream failure", "upstream protocol error", "invalid request", "downstream")


def meaning_of(reply: Reply) -> Meaning | None:
    """Return what an error means; None for any other reply, and for errors of nobody that is known."""
    if not isinstance(reply, ErrorReply):
        return None
    text = reply.text.lower()
    if any(words in text for words in _REFUSALS):
        return Meaning.REFUSED
    if text.startswith("noperm"):
        return Meaning.RESTRICTED
    for words, meaning in ((_LATER, Meaning.LATER), (_LET_IN, Meaning.LET_IN), (_UNKNOWN, Meaning.NO_SUCH_COMMAND)):
        if text.startswith(words):
            return meaning
    return None


def wants_arrays(reply: Reply) -> bool:
    """Tell whether an error says that a command in one line was not understood: some proxies know arrays alone."""
    return isinstance(reply, ErrorReply) and any(words in reply.text.lower() for words in _NOT_UNDERSTOOD)


def speaks_redis(reply: Reply) -> bool:
    """Tell whether an error of nobody that is known is one of this protocol: a code in capitals, or Envoy's words."""
    if not isinstance(reply, ErrorReply):
        return False
    return bool(_CODE.match(reply.text)) or reply.text.startswith(_OF_ENVOY)


def lets_read_some_keys(reply: Reply) -> bool:
    """Tell whether a user may run the command that was asked, and is kept from this one key alone."""
    return meaning_of(reply) is Meaning.RESTRICTED and bool(_OF_A_KEY.search(str(reply).lower()))


def refusal_of(reply: Reply) -> str | None:
    """Return the error by which a server turns strangers away, in its own words; None for any other reply."""
    if meaning_of(reply) is not Meaning.REFUSED:
        return None
    protected = "protected mode" in str(reply).lower()
    return "DENIED, it runs in protected mode and serves its own machine only" if protected else str(reply)
