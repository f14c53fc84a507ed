"""A tap keeps the beginning of both directions, how the stream ended, and whether an answer came unasked."""

import pytest

from scanner.core.errors import ClosedEarly, Reset, TimedOut
from scanner.probes.tap import TappedStream


class Scripted:
    """A stream that returns or raises what it was given, in order."""

    def __init__(self, *steps, unread=False):
        self.steps = list(steps)
        self.unread = unread
        self.sent = []

    async def send(self, data):
        self.sent.append(data)

    async def read_some(self, _limit=65_536):
        step = self.steps.pop(0)
        if isinstance(step, Exception):
            raise step
        return step

    async def read_exactly(self, _count):
        return await self.read_some()


async def test_both_directions_are_kept_up_to_a_limit():
    tap = TappedStream(Scripted(b"x" * 2_000))
    await tap.send(b"PING\r\n")
    assert await tap.read_some() == b"x" * 2_000
    assert (bytes(tap.sent), len(tap.got)) == (b"PING\r\n", 1_024)
    assert not tap.ahead


async def test_an_answer_that_waits_before_the_first_question_is_noticed():
    tap = TappedStream(Scripted(b"220 hello", unread=True))
    await tap.read_some()
    await tap.send(b"USER")
    assert tap.ahead


@pytest.mark.parametrize(
    ("error", "closed", "kept"),
    [(ClosedEarly("", b"part"), True, b"part"), (TimedOut("", b"part"), False, b"part"), (Reset(""), True, b"")],
)
async def test_the_end_of_a_stream_is_noted_and_passed_on(error, closed, kept):
    tap = TappedStream(Scripted(error))
    with pytest.raises(type(error)):
        await tap.read_exactly(9)
    assert (tap.closed, bytes(tap.got)) == (closed, kept)


async def test_an_orderly_close_is_noted():
    tap = TappedStream(Scripted(b""))
    assert await tap.read_some() == b""
    assert tap.closed
