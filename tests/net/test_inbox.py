import asyncio

import pytest

from scanner.core.errors import TooLarge
from scanner.net.budget import Budget
from scanner.net.inbox import Inbox


class Line(asyncio.Transport):
    """A transport that only remembers whether it was cut."""

    cut = False

    def abort(self):
        self.cut = True


def inbox(bytes_left=10):
    box = Inbox(Budget(deadline_s=1.0, bytes_left=bytes_left, now=lambda: 0.0))
    box.connection_made(Line())
    return box


def test_what_arrives_is_kept_and_taken_in_order():
    box = inbox()
    assert not box.heard
    box.data_received(b"abc")
    box.data_received(b"def")
    assert (box.take(4), box.take(9), box.heard, box.ended) == (b"abcd", b"ef", True, False)


def test_a_flood_is_cut_off_and_what_was_affordable_is_kept():
    box = inbox(bytes_left=4)
    box.data_received(b"abc")
    box.data_received(b"defg")
    assert bytes(box.buffer) == b"abcd"
    assert isinstance(box.failure, TooLarge)
    assert box.ended
    assert box.transport.cut


def test_after_the_flood_nothing_more_is_kept():
    box = inbox(bytes_left=1)
    for _ in range(3):
        box.data_received(b"xx")
    assert bytes(box.buffer) == b"x"


@pytest.mark.parametrize("error", [None, ConnectionResetError()])
def test_how_the_stream_ended_is_known(error):
    box = inbox()
    box.connection_lost(error)
    assert box.ended
    assert box.failure is error


def test_the_first_reason_is_the_one_that_counts():
    box = inbox(bytes_left=0)
    box.data_received(b"x")
    box.connection_lost(ConnectionResetError())
    assert isinstance(box.failure, TooLarge)


@pytest.mark.parametrize(
    "happens",
    [lambda box: box.data_received(b"x"), lambda box: box.eof_received(), lambda box: box.connection_lost(None)],
)
async def test_who_waits_is_woken_by_bytes_and_by_the_end(happens):
    box = inbox()
    async with asyncio.timeout(10), asyncio.TaskGroup() as group:
        waiting = group.create_task(box.wait(0))
        asyncio.get_running_loop().call_soon(happens, box)
    assert waiting.done()


async def test_nobody_waits_for_what_is_there_already():
    box = inbox()
    box.data_received(b"x")
    async with asyncio.timeout(10):
        await box.wait(0)
