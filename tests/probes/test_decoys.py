"""What looks open and is not: never exposed, whatever the port; flagged where it gives itself away."""

import asyncio

import pytest

from scanner.core.finding import Status
from scanner.findings.judge import judge_one
from tests.findings.samples import plan
from tests.fleet.decoys import ALL, FAST, Decoy
from tests.fleet.server import new_address
from tests.support.look import look_at

pytestmark = pytest.mark.slow

ANYWHERE = 0
PORTS = (ANYWHERE, 2375, 2376, 6379)
FLAGGED = {
    "same page for every path": "catch-all",
    "page that repeats the path": "catch-all",
    "empty 200": "catch-all",
    "OK for every path": "catch-all",
    "empty list for every path": "catch-all",
    "empty object for every path": "catch-all",
    "null ApiVersion": "catch-all",
    "status ok JSON": "catch-all",
    "echo": "echo",
    "endless stream": "before it is asked",
    "slow drip": "tarpit",
}


def judged(look):
    return judge_one(look, plan())


async def look_at_all(port):
    decoys = {name: Decoy(serve, new_address(), port) for name, serve in ALL.items()}
    try:
        async with asyncio.TaskGroup() as group:
            tasks = {name: group.create_task(look_at(decoy.address, decoy.port)) for name, decoy in decoys.items()}
        return {name: task.result() for name, task in tasks.items()}
    finally:
        for decoy in decoys.values():
            await asyncio.to_thread(decoy.close)


@pytest.mark.parametrize("port", PORTS)
async def test_no_decoy_is_exposed(port):
    looks = await look_at_all(port)
    assert len(looks) >= 20
    for name, look in looks.items():
        row, findings = judged(look)
        assert row.status is not Status.EXPOSED, name
        assert findings == (), name
        assert look.note or look.decoy or look.service, f"{name}: nothing is said about it"
        assert look.connections <= 45, f"{name}: {look.connections} connections"
    if port == ANYWHERE:
        assert_flagged(looks)


def assert_flagged(looks):
    for name, word in FLAGGED.items():
        assert word in (looks[name].decoy or ""), (name, looks[name])
    for name in ("SSH banner", "404 for every path", "silence", "hangs up at once", "redirect to a login page"):
        assert looks[name].decoy is None, name
    assert looks["login page"].locked
    assert looks["login page"].decoy is None


@pytest.mark.parametrize("port", [ANYWHERE, 6379, 2376])
async def test_a_silent_port_costs_at_most_three_connections(port):
    accepted = []

    def count_and_say_nothing(conn, stop):
        accepted.append(1)
        while not stop.is_set() and conn.recv(65_536):
            pass

    decoy = Decoy(count_and_say_nothing, new_address(), port)
    try:
        look = await look_at(decoy.address, decoy.port)
    finally:
        await asyncio.to_thread(decoy.close)
    assert len(accepted) <= 3
    assert look.probe is None
    assert "says nothing" in look.note


async def test_ten_looks_say_the_same():
    # Each of them lets every question wait for the rest of its answer.
    slow = ("random bytes", "-ERR to everything", "+OK to everything", "200 OK line to everything")
    names = [name for name in FAST if name not in slow]
    # Most of a look is waiting: five looks at once, each at decoys of its own.
    sets = [[Decoy(FAST[name], new_address()) for name in names] for _ in range(5)]
    try:
        runs = []
        for _ in range(2):
            async with asyncio.TaskGroup() as group:
                looks = [[group.create_task(look_at(decoy.address, decoy.port)) for decoy in decoys] for decoys in sets]
            for tasks in looks:
                rows = [judged(task.result())[0] for task in tasks]
                runs.append([(row.status, row.service, row.decoy, row.note) for row in rows])
    finally:
        for decoy in (one for decoys in sets for one in decoys):
            await asyncio.to_thread(decoy.close)
    assert runs == [runs[0]] * 10
