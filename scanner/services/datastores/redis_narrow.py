"""How far a stranger gets at a Redis that keeps INFO to itself: renamed commands, a narrow user, a proxy."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeAlias

from scanner.core.count import counted
from scanner.core.errors import ClosedEarly, Malformed, Reset, TimedOut
from scanner.core.facts import Access, Exchange
from scanner.core.talk import Talk
from scanner.core.text import clean
from scanner.core.unheard import Unheard
from scanner.services.datastores.redis_details import RedisFacts, setting
from scanner.wire.redis_errors import Meaning, lets_read_some_keys, meaning_of, speaks_redis
from scanner.wire.resp import ErrorReply, Reply, read_replies

Form: TypeAlias = Callable[[bytes], bytes]
"""How commands are written: as lines, or as arrays (scanner.wire.resp.as_arrays)."""
HUNG_UP = ErrorReply("it hangs up")
"""Stands for the reply of a server that closed, or wrote what is no reply, in its place."""
_NARROW = ("DBSIZE", "SCAN 0 COUNT 10")
NARROW_BYTES = b"".join(f"{command}\r\n".encode() for command in _NARROW)
_CONFIG = "CONFIG GET dir"
CONFIG_BYTES = f"{_CONFIG}\r\n".encode()
_ONE_KEY = ("EXISTS crackit", "GET exposure-scanner:nobody")
ONE_KEY_BYTES = b"".join(f"{command}\r\n".encode() for command in _ONE_KEY)


async def without_info(talk: Talk, first: Reply, refusal: ErrorReply, form: Form) -> RedisFacts | None:
    """Judge a server that keeps INFO from strangers by what else it answers: hiding INFO closes nothing."""
    restricted = Meaning.RESTRICTED in {meaning_of(first), meaning_of(refusal)}
    replies = await few(talk, form(NARROW_BYTES), len(_NARROW))
    if replies and not restricted:
        replies += [*[None] * (len(_NARROW) - len(replies)), *await few(talk, form(CONFIG_BYTES), 1)]
    # A proxy passes reads of keys on and hangs up at everything else; a narrow user may read keys and list none.
    shown = _read((*_NARROW, _CONFIG), replies)
    if shown is None:
        await talk.reopen()
        shown = _read(_ONE_KEY, await few(talk, form(ONE_KEY_BYTES), len(_ONE_KEY)))
    info = Exchange("INFO", str(refusal))
    asked = (info,) if restricted else (Exchange("PING", str(first)), info)
    if shown is not None:
        return replace(shown, proof=(*asked, *shown.proof), restricted=restricted)
    if restricted:
        return RedisFacts(access=Access.REFUSED, product="Redis", proof=asked, restricted=True)
    if Meaning.LET_IN in {meaning_of(first), meaning_of(refusal)}:
        note = "it asks for no password and answers nothing now: it loads its data, runs a script, or lost its master"
        return RedisFacts(product="Redis", proof=asked, note=note, unheard=Unheard.REFUSED_LATER)
    return _tells_nothing(first, refusal, asked)


def _tells_nothing(first: Reply, refusal: ErrorReply, asked: tuple[Exchange, ...]) -> RedisFacts | None:
    """Judge what speaks the protocol and shows nothing: only one that knew no question was heard out."""
    if first != "PONG" and not speaks_redis(first):
        return None
    note = "it speaks Redis' protocol to anybody, and shows nothing of its own: a proxy, or renamed commands"
    unheard = Unheard.REFUSED_LATER
    if refusal is HUNG_UP:
        unheard = Unheard.CUT_OFF
    elif first != "PONG":
        note = f"it answers with an error of Redis' protocol that says neither yes nor no: {clean(str(first), 100)}"
    facts = RedisFacts(product="Redis-compatible server", proof=asked, note=note, unheard=unheard)
    heard = first == "PONG" and meaning_of(refusal) is Meaning.NO_SUCH_COMMAND
    return replace(facts, unheard=None) if heard else facts


async def few(talk: Talk, question: bytes, count: int) -> list[Reply]:
    """Return the replies to a pipeline; those that came, where the server stopped in between."""
    try:
        await talk.send(question)
        return await read_replies(talk, count)
    except (ClosedEarly, Reset, TimedOut, Malformed):
        return []


def _is_answer(question: str, reply: Reply) -> bool:
    """Tell whether a reply is of the kind that a question about a key gets: one who recites has another."""
    return isinstance(reply, int) if question.startswith("EXISTS") else reply is None or isinstance(reply, bytes)


def _read(questions: Sequence[str], answers: Sequence[Reply]) -> RedisFacts | None:
    """Return what a stranger read without INFO, None for nothing."""
    replies = dict(zip(questions, answers, strict=False))
    size, names, folder = replies.get("DBSIZE"), replies.get("SCAN 0 COUNT 10"), replies.get("CONFIG GET dir")
    access = Access.UNKNOWN
    proof = []
    for question in _ONE_KEY:
        if question in replies and _is_answer(question, replies[question]):
            access = Access.DATA
            proof.append(Exchange(question, "an answer: keys can be read"))
        elif lets_read_some_keys(replies.get(question)):
            access = max(access, Access.METADATA)
            proof.append(Exchange(question, "not this key: others can be read"))
    if isinstance(size, int):
        access = max(access, Access.METADATA)
        proof.append(Exchange("DBSIZE", counted(size, "key")))
    if isinstance(names, list):
        access = Access.DATA
        proof.append(Exchange("SCAN 0 COUNT 10", "names of keys"))
    if setting(folder) is not None:
        access = Access.CONTROL
        proof.append(Exchange("CONFIG GET dir", "its data directory: CONFIG is open"))
    if access is Access.UNKNOWN:
        return None
    keys = size if isinstance(size, int) else None
    return RedisFacts(
        access=access,
        product="Redis" if keys is not None else "Redis-compatible server",
        evidence={} if keys is None else {"keys": keys},
        proof=tuple(proof),
        keys=keys,
    )
