"""What the errors of Redis and its relatives mean: the words differ by release and by fork.

Redis: src/server.c (processCommand asks for a login before all else but the command's name) and src/networking.c.
"""

from enum import Enum

from scanner.wire.resp import ErrorReply, Reply


class Meaning(Enum):
    """What an error says of the server and of whoever asks."""

    REFUSED = "it turns strangers away"
    LATER = "it has no connection left"
    LET_IN = "strangers may ask, but not now"
    RESTRICTED = "strangers may ask some things"
    NO_SUCH_COMMAND = "the command is not known, or was renamed"


# Redis since 2.8 and most forks; Redis before; SSDB and Pika; Alibaba Cloud; protected mode of Redis, Valkey, KeyDB
# and Dragonfly, which put their own names before these words.
_REFUSALS = ("noauth", "operation not permitted", "authentication required", "illegal address", "in protected mode")
_LATER = ("err max number of clients",)
_LET_IN = ("misconf", "masterdown", "busy", "loading", "readonly", "noreplicas", "oom", "clusterdown", "tryagain")
_UNKNOWN = ("err unknown command", "unknown command", "err unsupported command", "unsupported command")


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


def refusal_of(reply: Reply) -> str | None:
    """Return the error by which a server turns strangers away, in its own words; None for any other reply."""
    if meaning_of(reply) is not Meaning.REFUSED:
        return None
    protected = "protected mode" in str(reply).lower()
    return "DENIED, it runs in protected mode and serves its own machine only" if protected else str(reply)
