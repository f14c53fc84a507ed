"""Every web service that a stand-in plays gives the same verdict behind what the field puts in front of it."""

import asyncio
import selectors
import time

import pytest

from scanner.standins.start import load
from tests.fleet.verdict import look
from tests.support.intermediaries import INTERMEDIARIES, below_prefix, proxy, whole
from tests.support.look import ALL
from tests.support.servers import listening
from tests.support.virtual_net import Loop, Selector

pytestmark = pytest.mark.slow

PLAYED = [one for one in load() if one.serve is not None and ALL.find(one.service).probe.ask_http is not None]
AT_ONCE = 8
OTHERWISE = {
    ("schema-registry", "protected", "no-type-no-server"): "its refusal is known by its media type alone",
    ("webdis", "protected", "no-type-no-server"): "its refusal is known by its Server header alone",
}


async def verdicts(front_of, now=time.monotonic):
    turn = asyncio.Semaphore(AT_ONCE)
    seen = {}

    async def play(number, one):
        probes = (ALL.find(one.service).probe,)
        async with turn, listening(one.serve, one.port) as place:
            direct = await look(*place, probes)
            async with listening(front_of(*place), one.port) as front:
                behind = await look(*front, probes, now=now)
        seen[number, one.service, one.case] = told(direct), told(behind)

    async with asyncio.TaskGroup() as group:
        for number, one in enumerate(PLAYED):
            group.create_task(play(number, one))
    return seen


def told(verdict):
    return verdict.status, verdict.service, sorted(verdict.rules), verdict.facts and verdict.facts.access


@pytest.mark.parametrize("name", INTERMEDIARIES)
def test_the_verdict_is_the_same_as_without_the_proxy(name):
    seen = asyncio.run(verdicts(lambda *place: proxy(*place, INTERMEDIARIES[name])))
    assert len(seen) == len(PLAYED) > 30
    wrong = {
        case: (direct, behind)
        for case, (direct, behind) in seen.items()
        if direct != behind and (*case[1:], name) not in OTHERWISE
    }
    assert not wrong


_NOTHING_THERE = "it has no front page: nothing leads to what answers 404"
_WORDS_OF_MANY = "its front page is the 404 of a library, whose words name many"
NO_FRONT_PAGE = {
    "chroma-v1": _NOTHING_THERE,
    "docker-api": _NOTHING_THERE,
    "influxdb": _NOTHING_THERE,
    "kibana": "its stand-in answers 404 at the root; a real one leads to a page of its own",
    "kubelet": _WORDS_OF_MANY,
    "loki": _WORDS_OF_MANY,
    "nacos": _NOTHING_THERE,
    "nsq": _NOTHING_THERE,
    "openai-compatible": _WORDS_OF_MANY,
}


def test_the_verdict_is_the_same_below_a_prefix_that_the_front_page_leads_to():
    seen = asyncio.run(verdicts(below_prefix))
    exposed = {name: pair for name, pair in seen.items() if pair[0][0] == "exposed"}
    wrong = {name: pair for name, pair in exposed.items() if pair[0] != pair[1] and name[1] not in NO_FRONT_PAGE}
    assert not wrong


class PatientSelector(Selector):
    """Moves the time on when nothing comes: what a busy kernel still carries on loopback comes within a moment."""

    def select(self, timeout=None):
        return selectors.DefaultSelector.select(self, min(timeout, 0.005) if timeout else timeout) or super().select(
            timeout
        )


class PatientLoop(Loop):
    def __init__(self):
        self.virtual = PatientSelector()
        asyncio.SelectorEventLoop.__init__(self, self.virtual)


def test_the_verdict_is_the_same_with_each_answer_two_seconds_late():
    with asyncio.Runner(loop_factory=PatientLoop) as runner:
        loop = runner.get_loop()
        late = verdicts(lambda *place: proxy(*place, whole, late_s=2.0), now=loop.time)
        seen = runner.run(late)
    wrong = {name: (direct, behind) for name, (direct, behind) in seen.items() if direct != behind}
    assert not wrong
