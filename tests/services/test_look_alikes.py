"""Every service meets every decoy, on its own default port: none may be called exposed or protected."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

import pytest

from scanner.core.ports import Transport
from scanner.core.probe import Probe
from scanner.probes.registry import load_registry
from tests.fleet.decoys import DATAGRAM, FAST, SLOW, DatagramDecoy, Decoy
from tests.fleet.server import new_address
from tests.fleet.verdict import Verdict, look

pytestmark = pytest.mark.slow

PROBES = load_registry().probes
LOOK_ALIKES = [pytest.param(probe, id=probe.id, marks=pytest.mark.fleet(probe.id, "look-alike")) for probe in PROBES]
SERVICES_AT_ONCE = 12

Met = dict[tuple[str, str], Verdict]


def default_port(probe: Probe, transport: Transport) -> int | None:
    return next((port.port for port in probe.ports if port.transport is transport), None)


def listen(make: Callable[..., Decoy | DatagramDecoy], play: object, port: int) -> Decoy | DatagramDecoy:
    with suppress(PermissionError):
        return make(play, new_address(), port)
    return make(play, new_address(), 0)


async def meet(probe: Probe, decoys: dict[str, Decoy | DatagramDecoy], transport: Transport, met: Met) -> None:
    """Look at each decoy, all at the same time, and close them."""

    async def one(name: str, decoy: Decoy | DatagramDecoy) -> None:
        met[probe.id, f"{name}, {transport}"] = await look(decoy.address, decoy.port, (probe,), transport=transport)

    async with asyncio.TaskGroup() as group:
        for name, decoy in decoys.items():
            group.create_task(one(name, decoy))
    for decoy in decoys.values():
        await asyncio.to_thread(decoy.close)


async def meet_fast(probe: Probe, turn: asyncio.Semaphore, met: Met) -> None:
    async with turn:
        port = default_port(probe, Transport.TCP)
        if port is not None:
            decoys = {name: listen(Decoy, serve, port) for name, serve in FAST.items()}
            await meet(probe, decoys, Transport.TCP, met)
        port = default_port(probe, Transport.UDP)
        if port is not None:
            replies = {name: listen(DatagramDecoy, reply, port) for name, reply in DATAGRAM.items()}
            await meet(probe, replies, Transport.UDP, met)


async def meet_slow(probe: Probe, turn: asyncio.Semaphore, met: Met) -> None:
    async with turn:
        if default_port(probe, Transport.TCP) is not None:
            decoys = {name: Decoy(serve, new_address(), 0) for name, serve in SLOW.items()}
            await meet(probe, decoys, Transport.TCP, met)


def meet_all(one: Callable[..., object], at_once: int) -> Met:
    met: Met = {}

    async def everything() -> None:
        turn = asyncio.Semaphore(at_once)
        async with asyncio.TaskGroup() as group:
            for probe in PROBES:
                group.create_task(one(probe, turn, met))

    asyncio.run(everything())
    return met


def wrong(met: Met) -> dict[tuple[str, str], str]:
    return {
        pair: verdict.status
        for pair, verdict in met.items()
        # A login on every page is one, whoever it belongs to.
        if verdict.status == "exposed" or (verdict.status == "protected" and verdict.service) or verdict.findings
    }


@pytest.fixture(scope="module")
def met() -> Met:
    return meet_all(meet_fast, SERVICES_AT_ONCE)


@pytest.mark.timeout(240)
@pytest.mark.parametrize("probe", LOOK_ALIKES)
def test_no_decoy_is_taken_for_the_service(probe, met):
    own = {pair: verdict for pair, verdict in met.items() if pair[0] == probe.id}
    assert own
    assert wrong(own) == {}


@pytest.mark.timeout(240)
def test_no_service_is_seen_in_a_peer_that_wastes_time():
    met = meet_all(meet_slow, at_once=len(PROBES))
    assert len(met) >= len(SLOW)
    assert wrong(met) == {}
