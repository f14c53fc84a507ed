from ipaddress import IPv4Address
from types import SimpleNamespace

import pytest

from scanner.core.endpoint import Endpoint
from scanner.core.errors import NotAllowed, TimedOut
from scanner.core.quirk import Cut
from scanner.core.sends import get
from scanner.core.talk import HttpAnswer
from scanner.core.unheard import Unheard
from scanner.net.guard import Guard
from scanner.probes.noted_view import NotedView

HERE = Endpoint(IPv4Address("127.0.0.1"), 80)


def view(outcome):
    async def fetch(_request):
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    exchanges = SimpleNamespace(endpoint=HERE, fetch=fetch, asker="")
    return NotedView(exchanges, Guard("toy", (get("/"),), HERE))


async def test_a_whole_answer_leaves_nothing_missing():
    whole = view(HttpAnswer(status=200))
    await whole.get("/")
    assert whole.missing is None


async def test_a_cut_answer_and_a_missing_one_are_noted():
    cut = view(HttpAnswer(status=200, cut=Cut.CLOSED))
    await cut.get("/")
    assert cut.missing is Unheard.CUT_OFF
    silent = view(TimedOut("x"))
    with pytest.raises(TimedOut):
        await silent.get("/")
    assert silent.missing is Unheard.TIMED_OUT


async def test_a_question_of_ours_that_is_not_permitted_is_not_the_peers_silence():
    ours = view(HttpAnswer(status=200))
    with pytest.raises(NotAllowed):
        await ours.get("/other")
    assert ours.missing is None
