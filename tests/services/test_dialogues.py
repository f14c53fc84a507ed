"""Every mood that a service's file documents, as a dialogue with a server that says just that, gets its verdict."""

import asyncio
import os

import pytest

from scanner.core.ports import Transport
from tests.fleet.verdict import look
from tests.support.dialogue import play
from tests.support.jumping import run
from tests.support.look import ALL
from tests.support.servers import listening

# One worker asks for all tests of this file: every other one would hold all conversations once more.
pytestmark = [pytest.mark.timeout(240), pytest.mark.xdist_group("dialogues")]

AT_ONCE = 12
DIALOGUES = [(probe, mood) for probe in ALL.probes for mood in probe.moods]


def at_home_alone(probe):
    """A Sentinel that asks for a password is named by its port: on another one it is a Redis."""
    return probe.only_default_ports or probe.id == "redis-sentinel"


def at_home_only(probe, mood):
    """A web product on a port of nobody is known by its front page, which is what its stand-in shows."""
    return at_home_alone(probe) or bool(mood.pages)


def home(probe):
    ports = [port for port in probe.ports if port.transport is Transport.TCP]
    return next((port for port in ports if not port.tls), ports[0]).port


def case(probe, mood, *marks):
    return pytest.param(probe, mood, id=f"{probe.id}-{mood.name}", marks=marks)


def low(probe):
    return [pytest.mark.low_port] if home(probe) < 1024 else []


def counted(probe):
    """The accuracy table counts each mood once."""
    return pytest.mark.fleet(probe.id, "moods", standin=True)


AT_HOME = [case(probe, mood, counted(probe), *low(probe)) for probe, mood in DIALOGUES]
NAMED = [case(probe, mood, *low(probe)) for probe, mood in DIALOGUES if mood.product]
WITH_NOBODY = [case(probe, mood) for probe, mood in DIALOGUES if not at_home_only(probe, mood)]


@pytest.fixture(scope="module")
def seen():
    """What everybody together says of each mood, at home and on a port of nobody; most of it is waiting."""
    verdicts = {}

    async def one(probe, mood, turn):
        ports = {home(probe)} if home(probe) >= 1024 or os.geteuid() == 0 else set()
        ports |= set() if at_home_only(probe, mood) else {0}
        async with turn:
            for port in ports:
                async with listening(play(mood), port) as place:
                    verdicts[probe.id, mood.name, port] = await look(*place, ALL.probes)

    async def everything():
        turn = asyncio.Semaphore(AT_ONCE)
        async with asyncio.TaskGroup() as group:
            for probe, mood in DIALOGUES:
                group.create_task(one(probe, mood, turn))

    run(everything())
    return verdicts


@pytest.mark.parametrize(("probe", "mood"), AT_HOME)
def test_a_mood_gets_its_verdict_at_home(probe, mood, seen):
    assert told(seen[probe.id, mood.name, home(probe)]) == wanted(probe, mood)


@pytest.mark.parametrize(("probe", "mood"), WITH_NOBODY)
def test_a_mood_on_a_port_of_nobody_is_never_clean(probe, mood, seen):
    verdict = seen[probe.id, mood.name, 0]
    assert told(verdict) == wanted(probe, mood)


def told(verdict):
    row = verdict.row
    return verdict.service, verdict.facts and verdict.facts.access, row.reason


def wanted(probe, mood):
    return (None, None, mood.unheard) if mood.nameless else (probe.id, mood.access, mood.unheard)


@pytest.mark.parametrize(("probe", "mood"), NAMED)
def test_a_mood_names_the_product(probe, mood, seen):
    assert seen[probe.id, mood.name, home(probe)].row.product == mood.product


def test_every_service_documents_its_moods_or_why_it_has_none():
    assert [probe.id for probe in ALL.probes if not probe.moods and not probe.no_moods] == []
    assert [probe.id for probe in ALL.probes if probe.moods and probe.no_moods] == []


def test_moods_of_a_service_have_names_of_their_own():
    names = [(probe.id, mood.name) for probe, mood in DIALOGUES]
    assert len(names) == len(set(names)) > 30
