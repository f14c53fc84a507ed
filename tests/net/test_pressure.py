import errno
import resource
import time

import pytest

from scanner.core.errors import Crowded, Refused
from scanner.net import pressure
from scanner.net.budget import Budget
from scanner.net.classify import classify
from scanner.net.pressure import LONGEST_S, fitting_workers, when_there_is_room


@pytest.fixture(autouse=True)
def slept(monkeypatch):
    pauses = []

    async def sleep(seconds):
        pauses.append(seconds)

    monkeypatch.setattr(pressure.asyncio, "sleep", sleep)
    return pauses


class Attempt:
    def __init__(self, *errors):
        self.errors = list(errors)

    async def __call__(self):
        if self.errors:
            raise self.errors.pop(0)
        return "done"


@pytest.mark.parametrize("code", [errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.EADDRNOTAVAIL])
async def test_a_crowded_machine_waits_and_the_peer_does_not_pay_for_it(code, slept):
    budget = Budget(time.monotonic() + 5, 10)
    before_s = budget.deadline_s
    assert await when_there_is_room(Attempt(*[classify(OSError(code, "x"))] * 4), budget) == "done"
    assert len(slept) == 4
    assert budget.deadline_s - before_s == pytest.approx(sum(slept))


async def test_it_waits_for_half_a_minute_and_no_longer(slept):
    with pytest.raises(Crowded):
        await when_there_is_room(Attempt(*[Crowded("x")] * 10_000), Budget(0, 10))
    assert LONGEST_S <= sum(slept) < LONGEST_S + 1


async def test_what_the_peer_says_is_not_asked_again(slept):
    with pytest.raises(Refused):
        await when_there_is_room(Attempt(Refused("x")), Budget(0, 10))
    assert not slept


@pytest.mark.parametrize(("hard", "workers"), [(64, 8), (100, 12), (200, 25), (1024, 128), (1 << 20, 200), (8, 4)])
def test_workers_fit_the_descriptor_limit(monkeypatch, hard, workers):
    monkeypatch.setattr(pressure.resource, "getrlimit", lambda _: (hard, hard))
    assert fitting_workers(200) == workers


def test_no_limit_is_no_limit(monkeypatch):
    monkeypatch.setattr(pressure.resource, "getrlimit", lambda _: (1024, resource.RLIM_INFINITY))
    assert fitting_workers(200) == 200
