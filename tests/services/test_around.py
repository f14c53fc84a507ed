"""Every stand-in, looked at through what may stand around it, and proof that every TCP service is looked at so."""

import asyncio
import importlib
import inspect
import os
import pkgutil

import pytest

import tests.services
from scanner.core.facts import Access
from scanner.core.ports import Transport
from scanner.probes.choose_probes import speaks
from scanner.standins.start import load
from tests.fleet.around import look_around
from tests.fleet.owed import owes
from tests.fleet.verdict import look
from tests.support.look import ALL, REGISTRY
from tests.support.servers import listening

AT_ONCE = 12
FIRST_FREE_PORT = 0 if os.geteuid() == 0 else 1024
HEADER_ALONE = {"webdis"}
"""Known on a foreign port by its Server header alone (403 without a body at its root), which nginx replaces."""
PLAYED = [
    one for one in load() if one.serve is not None and one.case != "look-alike" and one.service not in HEADER_ALONE
]


def name(one):
    return f"{one.service}-{one.case}"


async def play(one, turn, seen):
    probe = ALL.find(one.service).probe
    async with turn:
        async with listening(one.serve, one.port) as place:
            direct = await look(*place, (probe,))
        seen[one] = direct, await look_around(one.serve, one.port, probe, direct)


@pytest.fixture(scope="module")
def seen(module_server):
    """What is said of each stand-in; they are looked at at the same time, as most of it is waiting."""
    module_server.need("nginx-light", "nginx")
    seen = {}

    async def everything():
        turn = asyncio.Semaphore(AT_ONCE)
        async with asyncio.TaskGroup() as group:
            for one in (one for one in PLAYED if one.port >= FIRST_FREE_PORT):
                group.create_task(play(one, turn, seen))

    asyncio.run(everything())
    return seen


@pytest.mark.timeout(240)
@pytest.mark.xdist_group("stand-ins")
@pytest.mark.parametrize(
    "one",
    [pytest.param(one, id=name(one), marks=pytest.mark.fleet(one.service, "around", standin=True)) for one in PLAYED],
)
def test_port_wrapper_and_name_change_nothing(one, seen):
    if one not in seen:
        pytest.skip("only root listens below 1024")
    direct, around = seen[one]
    assert around.unlike == {}
    assert direct.service == one.service
    access = direct.facts.access
    assert access <= Access.REFUSED if one.case == "protected" else access >= Access.METADATA


def marks():
    """Return every `fleet` marker of every test of a service, those of parameters too."""
    for info in pkgutil.walk_packages(tests.services.__path__, "tests.services."):
        functions = filter(inspect.isfunction, vars(importlib.import_module(info.name)).values())
        for function in functions:
            for mark in getattr(function, "pytestmark", ()):
                rows = mark.args[1] if mark.name == "parametrize" else ()
                yield from [mark, *(inner for row in rows for inner in getattr(row, "marks", ()))]


def test_every_tcp_service_is_looked_at_so():
    wanted = {probe.id for probe in ALL.probes if speaks(probe, Transport.TCP)}
    real = {mark.args[0] for mark in marks() if mark.name == "fleet" and owes(mark)}
    assert wanted - real - {one.service for one in PLAYED} == HEADER_ALONE


def test_every_web_service_can_be_found_by_its_front_page():
    asked_at_home_only = [
        p.id for p in REGISTRY.probes if p.ask_http and not p.only_default_ports and not p.fingerprints
    ]
    assert not asked_at_home_only
