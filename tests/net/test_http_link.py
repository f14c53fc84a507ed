"""One connection and the requests on it; whole servers are in test_http."""

from ipaddress import IPv4Address

import pytest

from scanner.core.endpoint import Endpoint
from scanner.core.errors import (
    ClientCertificateWanted,
    ClosedEarly,
    LocalFault,
    Malformed,
    NotAllowed,
    Reset,
    TimedOut,
    TooLarge,
)
from scanner.core.quirk import Cut
from scanner.core.sends import Verb
from scanner.net.budget import Budget
from scanner.net.http_link import Checked, HttpLink

REQUEST = b"GET / HTTP/1.1\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\n"


class Scripted:
    """A stream (scanner.net.stream) from what it says: bytes, errors, and seconds that pass first."""

    def __init__(self, *says):
        self.says = list(says)
        self.sent, self.waits, self.now = [], [], 0.0
        self.endpoint = Endpoint(IPv4Address("127.0.0.1"), 80)
        self.ended = self.unread = self.closed = False
        self.budget = self.guard = self.wait_s = None

    def hand_over(self, guard, budget):
        self.guard, self.budget = guard, budget

    async def send(self, data):
        self.guard.demand(Verb.BYTES, data)
        self.sent.append(data)

    async def read_some(self):
        self.waits.append(self.wait_s)
        said = self.says.pop(0)
        if isinstance(said, float):
            self.now += said
            said = self.says.pop(0)
        if isinstance(said, Exception):
            raise said
        return said

    def close(self):
        self.closed = True


async def ask(*says, within_s=5.0, left_s=100.0, to_head=False):
    stream = Scripted(*says)
    link = HttpLink(stream)
    budget = Budget(left_s, 1 << 20, lambda: stream.now)
    return await link.ask(REQUEST, "test", budget, within_s=within_s, to_head=to_head), link


async def test_an_answer_in_pieces_leaves_a_link_for_the_next():
    answer, link = await ask(OK, b"Content-Length: 2\r\n\r\nh", b"i")
    assert (answer.status, answer.body, answer.cut) == (200, b"hi", None)
    assert (link.reusable, link.stale, link.unheard, link.stream.sent) == (True, False, False, [REQUEST])


async def test_the_answer_to_head_has_no_body():
    answer, link = await ask(OK + b"Content-Length: 9\r\n\r\n", to_head=True)
    assert (answer.body, answer.complete, link.reusable) == (b"", True, True)


@pytest.mark.parametrize(
    ("error", "cut"),
    [
        (TimedOut("x"), Cut.TIME),
        (ClosedEarly("x"), Cut.CLOSED),
        (Reset("x"), Cut.CLOSED),
        (TooLarge("x"), Cut.SIZE),
        (b"", Cut.CLOSED),
    ],
)
async def test_what_came_before_an_end_is_a_cut_answer(error, cut):
    answer, link = await ask(OK + b"Content-Length: 9\r\n\r\nhi", error)
    assert (answer.body, answer.cut, link.reusable, link.stale) == (b"hi", cut, False, True)


@pytest.mark.parametrize("error", [LocalFault("x"), ClientCertificateWanted("x"), Malformed("x")])
async def test_other_failures_are_no_answer_whatever_came(error):
    with pytest.raises(type(error)):
        await ask(OK + b"Content-Length: 9\r\n\r\nhi", error)


@pytest.mark.parametrize("error", [TimedOut("x"), ClosedEarly("x"), Reset("x"), TooLarge("x")])
async def test_an_end_within_the_head_is_no_answer(error):
    with pytest.raises(type(error)):
        await ask(OK, error)


async def test_a_head_and_then_silence_is_silence():
    with pytest.raises(TimedOut):
        await ask(OK + b"Content-Length: 9\r\n\r\n", TimedOut("x"))
    answer, _ = await ask(OK + b"Content-Length: 9\r\n\r\n", Reset("x"))
    assert answer.cut is Cut.CLOSED


@pytest.mark.parametrize(("within_s", "left_s"), [(3.0, 100.0), (100.0, 3.0)])
async def test_drops_end_with_the_time_of_the_whole_answer(within_s, left_s):
    drip = [said for _ in range(9) for said in (1.0, b"x")]
    stream = Scripted(OK + b"\r\nx", *drip)
    answer = await HttpLink(stream).ask(REQUEST, "test", Budget(left_s, 1 << 20, lambda: stream.now), within_s=within_s)
    assert (answer.cut, answer.body) == (Cut.TIME, b"xxxx")
    assert stream.waits == [3.0, 3.0, 2.0, 1.0]


async def test_what_is_no_http_is_malformed_and_was_heard():
    stream = Scripted(b"SSH-2.0-x\r\n")
    link = HttpLink(stream)
    with pytest.raises(Malformed):
        await link.ask(REQUEST, "test", Budget(9.0, 99, lambda: 0.0), within_s=1.0)
    assert (link.unheard, link.reusable) == (False, False)


async def test_whoever_says_nothing_was_not_heard():
    stream = Scripted(b"")
    link = HttpLink(stream)
    with pytest.raises(ClosedEarly):
        await link.ask(REQUEST, "test", Budget(9.0, 99, lambda: 0.0), within_s=1.0)
    assert (link.unheard, link.reusable) == (True, False)


@pytest.mark.parametrize("said", ["ended", "unread"])
def test_a_peer_that_ended_or_spoke_unasked_makes_a_link_stale(said):
    link = HttpLink(Scripted())
    assert not link.stale
    setattr(link.stream, said, True)
    assert link.stale


def test_a_closed_link_is_stale():
    link = HttpLink(Scripted())
    link.close()
    assert link.stale
    assert link.stream.closed


@pytest.mark.parametrize(
    ("verb", "what", "body"),
    [(Verb.BYTES, b"other", b""), (Verb.GET, REQUEST, b""), (Verb.BYTES, REQUEST, b"x"), (Verb.BYTES, b"", b"")],
)
def test_only_the_request_that_was_checked_passes(verb, what, body):
    Checked("test", REQUEST).demand(Verb.BYTES, REQUEST)
    with pytest.raises(NotAllowed, match=r"^test: "):
        Checked("test", REQUEST).demand(verb, what, body)
