"""How far a stranger gets at a Redis that keeps INFO to itself: renamed commands, a narrow user, a proxy."""

from collections.abc import Sequence
from dataclasses import replace

from scanner.core.errors import ClosedEarly, Reset, TimedOut
from scanner.core.facts import Access, Exchange
from scanner.core.talk import Talk
from scanner.core.unheard import Unheard
from scanner.services.datastores.redis_details import RedisFacts, setting
from scanner.wire.redis_errors import Meaning, meaning_of
from scanner.wire.resp import ErrorReply, Reply, read_replies

_NARROW = ("DBSIZE", "SCAN 0 COUNT 10")
NARROW_BYTES = b"".join(f"{command}\r\n".encode() for command in _NARROW)
_CONFIG = "CONFIG GET dir"
CONFIG_BYTES = f"{_CONFIG}\r\n".encode()
_EXISTS = "EXISTS crackit"
EXISTS_BYTES = f"{_EXISTS}\r\n".encode()


async def without_info(talk: Talk, first: Reply, refusal: ErrorReply) -> RedisFacts | None:
    """Judge a server that keeps INFO from strangers by what else it answers: hiding INFO closes nothing."""
    restricted = Meaning.RESTRICTED in {meaning_of(first), meaning_of(refusal)}
    replies = await _few(talk, NARROW_BYTES, len(_NARROW))
    if replies and not restricted:
        replies += [*[None] * (len(_NARROW) - len(replies)), *await _few(talk, CONFIG_BYTES, 1)]
    # A proxy passes reads of keys on and hangs up at everything else.
    shown = _read((*_NARROW, _CONFIG), replies)
    if shown is None and not restricted:
        shown = _read((_EXISTS,), await _exists(talk))
    info = Exchange("INFO", str(refusal))
    asked = (info,) if restricted else (Exchange("PING", str(first)), info)
    if shown is not None:
        return replace(shown, proof=(*asked, *shown.proof), restricted=restricted)
    if restricted:
        return RedisFacts(access=Access.REFUSED, product="Redis", proof=asked, restricted=True)
    if Meaning.LET_IN in {meaning_of(first), meaning_of(refusal)}:
        note = "it asks for no password and answers nothing now: it loads its data, runs a script, or lost its master"
        return RedisFacts(product="Redis", proof=asked, note=note, unheard=Unheard.REFUSED_LATER)
    if first != "PONG":
        return None
    note = "it speaks Redis' protocol to anybody, and shows nothing of its own: a proxy, or renamed commands"
    return RedisFacts(product="Redis-compatible server", proof=asked, note=note)


async def _exists(talk: Talk) -> list[Reply]:
    await talk.reopen()
    return await _few(talk, EXISTS_BYTES, 1)


async def _few(talk: Talk, question: bytes, count: int) -> list[Reply]:
    """Return the replies to a pipeline; those that came, where the server stopped in between."""
    try:
        await talk.send(question)
        return await read_replies(talk, count)
    except (ClosedEarly, Reset, TimedOut):
        return []


def _read(questions: Sequence[str], answers: Sequence[Reply]) -> RedisFacts | None:
    """Return what a stranger read without INFO, None for nothing."""
    replies = dict(zip(questions, answers, strict=False))
    size, names, folder = replies.get("DBSIZE"), replies.get("SCAN 0 COUNT 10"), replies.get("CONFIG GET dir")
    access = Access.UNKNOWN
    proof = []
    if isinstance(replies.get(_EXISTS), int):
        access = Access.DATA
        proof.append(Exchange(_EXISTS, "an answer: keys can be read"))
    if isinstance(size, int):
        access = max(access, Access.METADATA)
        proof.append(Exchange("DBSIZE", f"{size} keys"))
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
