"""Probing processes: the same answers, the same scope, and a death is a gap for those whom it was asking."""

import asyncio
import os
import signal
import socket
import threading
from dataclasses import replace
from ipaddress import IPv4Address
from pathlib import Path

import pytest

from scanner.core.endpoint import Endpoint
from scanner.core.errors import ScopeError
from scanner.core.observation import Observation
from scanner.core.problem import ProblemKind
from scanner.core.unheard import Unheard
from scanner.probes import probing_processes as module
from scanner.probes.probing_processes import ProbingProcesses, fitting_processes
from scanner.probes.runner import Runner
from tests.support.look import LOOPBACK
from tests.support.probes import serve_toy, toy
from tests.support.servers import serving

HERE = IPv4Address("127.0.0.1")


def question(port):
    return Endpoint(HERE, port), True, None, 1.0


async def started(identify, count=2, prepare=lambda: None):
    return await ProbingProcesses.start(identify, prepare, (toy(),), count)


async def test_they_learn_what_this_process_learns():
    async with serving(serve_toy) as port:
        alone, spread = Runner((toy(),), LOOPBACK), Runner((toy(),), LOOPBACK)
        spread.probes = alone.probes
        await spread.spread(2)
        try:
            mine = await alone.observe(Endpoint(HERE, port))
            theirs = [await spread.observe(Endpoint(HERE, port)) for _ in range(3)]
        finally:
            await spread.gather()
    assert mine.probe.id == "toy"
    assert [replace(one, probe=mine.probe) for one in theirs] == [mine] * 3
    assert all(one.probe is spread.probes[0] for one in theirs)
    assert spread.processes is None


async def test_the_scope_holds_in_them():
    runner = Runner((toy(),), LOOPBACK)
    await runner.spread(1)
    try:
        with pytest.raises(ScopeError):
            await runner.observe(Endpoint(IPv4Address("192.0.2.1"), 80))
    finally:
        await runner.gather()


async def test_a_death_is_a_gap_for_those_whom_it_was_asking_and_the_others_go_on_then_this_process():
    async def identify(asked):
        if asked[0].port == 1:
            os.kill(os.getpid(), signal.SIGKILL)
        return Observation(endpoint=asked[0], note="asked")

    runner = Runner((toy(),), LOOPBACK)
    runner.processes = await started(identify)
    try:
        lost = await runner.observe(Endpoint(HERE, 1))
        told = [await runner.observe(Endpoint(IPv4Address(f"127.0.0.{port}"), port)) for port in range(2, 6)]
        last = await runner.observe(Endpoint(IPv4Address("127.0.0.9"), 1))
        here = await runner.observe(Endpoint(IPv4Address("127.0.0.10"), 7))
        suspect = await runner.observe(Endpoint(HERE, 1))
    finally:
        await runner.gather()
    assert [(one.unheard, one.problems[0].kind) for one in (lost, last, suspect)] == [
        (Unheard.LOCAL_FAULT, ProblemKind.PROBE_CRASHED)
    ] * 3
    assert [one.note for one in (*told, here)] == ["asked"] * 5


async def test_each_prepares_itself_and_this_process_need_not():
    prepared = threading.Event()

    async def identify(asked):
        await asyncio.to_thread(prepared.wait)
        return Observation(endpoint=asked[0], note="asked")

    crew = await started(identify, prepare=prepared.set)
    try:
        async with asyncio.TaskGroup() as group:
            asking = [group.create_task(crew.identify(question(port))) for port in (1, 2, 3)]
    finally:
        await crew.close()
    assert {one.result().note for one in asking} == {"asked"}
    assert not prepared.is_set()


async def test_what_is_raised_in_them_is_told():
    async def identify(asked):
        raise ValueError("nobody foresaw it")

    runner = Runner((toy(),), LOOPBACK)
    runner.processes = await started(identify, 1)
    try:
        seen = await runner.observe(Endpoint(HERE, 1))
    finally:
        await runner.gather()
    assert "nobody foresaw it" in seen.problems[0].detail


async def test_who_is_cancelled_here_is_cancelled_there(tmp_path):
    begun = tmp_path / "begun"
    os.mkfifo(begun)

    async def identify(asked):
        if asked[0].port == 2:
            return Observation(endpoint=asked[0], note=str((tmp_path / "cancelled").exists()))
        begun.write_text("now")
        try:
            await asyncio.Event().wait()
        finally:
            (tmp_path / "cancelled").touch()

    crew = await started(identify, 1)
    try:
        async with asyncio.TaskGroup() as group:
            asking = group.create_task(crew.identify(question(1)))
            assert await asyncio.to_thread(begun.read_text) == "now"
            asking.cancel()
        assert asking.cancelled()
        assert (await crew.identify(question(2))).note == "True"
    finally:
        await crew.close()


async def test_they_hold_nothing_of_the_process_that_they_were_forked_from():
    with socket.socket() as mine:
        place = os.fstat(mine.fileno())

        async def identify(asked):
            held = [os.fstat(int(one.name)).st_ino for one in _open_ones()]
            return Observation(endpoint=asked[0], note=str(place.st_ino in held))

        crew = await started(identify, 1)
        try:
            assert (await crew.identify(question(1))).note == "False"
        finally:
            await crew.close()


def _open_ones():
    found = list(Path("/proc/self/fd").iterdir())
    return [one for one in found if one.exists()]


@pytest.mark.parametrize(
    ("endpoints", "processors", "audited", "platform", "count"),
    [
        (module.ENOUGH, 4, False, "linux", 4),
        (module.ENOUGH - 1, 4, False, "linux", 0),
        (module.ENOUGH, 1, False, "linux", 0),
        (module.ENOUGH, 4, True, "linux", 0),
        (module.ENOUGH, 4, False, "darwin", 0),
    ],
)
def test_there_are_as_many_as_processors_where_there_is_enough_to_ask(
    monkeypatch, endpoints, processors, audited, platform, count
):
    monkeypatch.setattr(module.os, "sched_getaffinity", lambda _: set(range(processors)), raising=False)
    monkeypatch.setattr(module.sys, "platform", platform)
    assert fitting_processes(endpoints, audited=audited) == count


async def test_without_room_for_any_this_process_asks(monkeypatch):
    def full():
        raise BlockingIOError

    monkeypatch.setattr(module.os, "fork", full)
    assert await started(None) is None
