"""What a test on a real server owes: each of its TCP services, looked at again through what may stand around it."""

import asyncio
from collections.abc import Iterable, Mapping

import pytest

from scanner.core.ports import Transport
from scanner.probes.choose_probes import speaks
from tests.fleet.around import WAYS, Around, look_around
from tests.fleet.verdict import Verdict
from tests.support.look import ALL
from tests.support.servers import forwarder

Reasons = Mapping[str, str]


def owes(mark: pytest.Mark) -> bool:
    """Tell whether a `fleet` marker is of a real server over TCP."""
    service, case = mark.args
    real = not mark.kwargs.get("standin", False) and case in {"open", "protected"}
    return real and mark.kwargs.get("transport") != "udp" and speaks(ALL.find(service).probe, Transport.TCP)


class Owed:
    """The account of one test."""

    def __init__(self, marks: Iterable[pytest.Mark]) -> None:
        self._reasons: dict[str, Reasons] = {
            mark.args[0]: mark.kwargs.get("unlike", {}) for mark in marks if owes(mark)
        }
        self._seen: set[tuple[object, ...]] = set()
        self._settled: set[str] = set()
        self._excused: set[tuple[str, str]] = set()

    def wants(self, service: str | None, *place: object) -> bool:
        """Tell whether a service has to be looked at around a place, and note that it is."""
        new = (service, *place) not in self._seen
        self._seen.add((service, *place))
        return new and service in self._reasons

    def excused(self, service: str) -> set[str]:
        """Return the ways in which the verdict on a service may be another one."""
        return {way for ways in self._reasons[service] for way in WAYS[ways]}

    def settle(self, service: str, around: Around) -> None:
        """Fail the test for a verdict that depends on the way and has no reason to."""
        self._settled.add(service)
        wrong = around.unlike
        for ways in self._reasons[service]:
            excused = [way for way in WAYS[ways] if wrong.pop(way, None)]
            self._excused |= {(service, ways)} if excused else set()
        assert not wrong, f"{service} is judged by the way that leads to it (wanted -> found): {wrong}"

    def check(self) -> None:
        """Fail the test for a service that was not looked at, and for a reason that nothing needs."""
        left = set(self._reasons) - self._settled
        assert not left, f"see(server, service) and cable.see(port, service) look around a server; nobody did: {left}"
        given = {(service, ways) for service, reasons in self._reasons.items() for ways in reasons}
        assert given <= self._excused, f"judged alike, so `unlike` is wrong: {given - self._excused}"


def look_again(owed: Owed, address: str, port: int, services: tuple[str, ...], direct: Verdict) -> None:
    """Look around a server that was just looked at, if the test owes that."""
    known = {probe.id for probe in ALL.probes}
    service = services[0] if len(services) == 1 and services[0] in known else direct.service
    if owed.wants(service, address, port) and service is not None:
        probe = ALL.find(service).probe
        looking = look_around(forwarder(address, port), port, probe, direct, excused=owed.excused(service))
        owed.settle(service, asyncio.run(looking))
