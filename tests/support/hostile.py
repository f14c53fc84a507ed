"""Conversations with a peer that says anything, in any pieces: a probe may only return facts or raise a TalkError."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from hypothesis import strategies as st

from scanner.core.endpoint import Endpoint
from scanner.core.errors import ClosedEarly, TalkError, TimedOut
from scanner.core.facts import Facts
from scanner.core.probe import Probe
from scanner.core.sends import Send, Verb
from scanner.core.talk import TlsFacts
from scanner.net.guard import Guard
from tests.fuzz.lag import watched
from tests.support.buffered import Buffered
from tests.support.talks import HERE


@st.composite
def pieces(draw: st.DrawFn, *examples: bytes) -> list[bytes]:
    """Bytes of any kind, or one of the examples cut, extended or changed in a place, in any pieces."""
    whole = draw(st.one_of(st.binary(max_size=300), *(_changed(example) for example in examples)))
    cuts = sorted(draw(st.lists(st.integers(0, len(whole)), max_size=6)))
    edges = [0, *cuts, len(whole)]
    return [whole[start:end] for start, end in pairwise(edges) if end > start]


def _changed(example: bytes) -> st.SearchStrategy[bytes]:
    place = st.integers(0, max(0, len(example) - 1))
    cut = place.map(lambda at: example[:at])
    longer = st.binary(max_size=40).map(lambda more: example + more)
    spoilt = st.tuples(place, st.binary(min_size=1, max_size=2)).map(
        lambda change: example[: change[0]] + change[1] + example[change[0] + 1 :]
    )
    return st.one_of(st.just(example), cut, longer, spoilt)


@dataclass
class RawTalk(Buffered):
    """core.talk.Talk whose peer says the pieces one after the other, whatever it is asked."""

    left: list[bytes]
    sends: Sequence[Send]
    closes: bool = True
    endpoint: Endpoint = HERE
    tls: TlsFacts | None = None
    _buffer: bytearray = field(default_factory=bytearray)

    async def send(self, data: bytes) -> None:
        Guard("hostile", self.sends, self.endpoint).demand(Verb.BYTES, data)

    async def start_tls(self) -> TlsFacts:
        raise ClosedEarly("hostile")

    async def reopen(self) -> None:
        self._buffer.clear()

    def hear(self) -> None:
        if not self.left:
            kind = ClosedEarly if self.closes else TimedOut
            raise kind("hostile", bytes(self._buffer))
        self._buffer += self.left.pop(0)


def survives(probe: Probe, said: Sequence[bytes], *, closes: bool = True) -> Facts | None:
    """Return what a stream probe makes of it; anything but a TalkError goes through and fails the test."""
    assert probe.ask is not None
    try:
        with watched(f"{probe.id} reads {said!r:.200}"):
            return asyncio.run(probe.ask(RawTalk(list(said), probe.sends, closes)))
    except TalkError:
        return None
