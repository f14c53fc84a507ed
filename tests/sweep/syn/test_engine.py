import asyncio
import errno

import pytest

from scanner.core.errors import ScopeError, SetupError
from scanner.core.intervals import Intervals
from scanner.core.ports import PortSet
from scanner.core.space import Block, Space
from scanner.sweep.kernel import Route
from scanner.sweep.netlink import NetlinkError
from scanner.sweep.syn import engine as module
from scanner.sweep.syn.engine import SynEngine
from scanner.sweep.syn.routes import Piece, Routes
from tests.sweep.jobs import make_job, make_plan, numbers_of


class Rest:
    """The engine for what raw packets can't reach: notes what it is given."""

    name = "rest"

    def __init__(self):
        self.jobs = []

    async def sweep(self, job):
        self.jobs.append(job)
        job.events.close()


class Kernel:
    def __init__(self):
        self.closed = False

    def close(self):
        self.closed = True


def sweep(plan):
    rest, job = Rest(), make_job(plan)
    asyncio.run(SynEngine(rest).sweep(job))
    return rest, job


def test_nothing_is_sent_outside_the_scope():
    with pytest.raises(ScopeError, match="1 planned address is"):
        sweep(make_plan("10.0.0.0/31", [80], scope=["10.0.0.0/32"]))


def test_a_kernel_that_refuses_its_tables_is_an_error_that_names_the_remedy(monkeypatch):
    def refuse(*_):
        raise NetlinkError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(module.sys, "platform", "linux")
    monkeypatch.setattr(module, "Kernel", refuse)
    with pytest.raises(SetupError, match="not permitted; use --engine connect"):
        sweep(make_plan("10.0.0.0/31", [80]))
    kernel = Kernel()
    monkeypatch.setattr(module, "Kernel", lambda: kernel)
    monkeypatch.setattr(module, "find_routes", refuse)
    with pytest.raises(SetupError, match="not permitted; use --engine connect"):
        sweep(make_plan("10.0.0.0/31", [80]))
    assert kernel.closed


def test_own_addresses_and_udp_are_left_to_the_other_engine():
    numbers = numbers_of("10.0.0.0/30")
    first = numbers.at(0)
    routes = Routes([Piece(first, first + 1, Route(1, local=True)), Piece(first + 2, first + 3, Route(1))])
    own, rest = module._split(Space([Block(numbers, PortSet.of([80], [53]))]), routes)
    assert own.size == 2
    assert own.addresses == Intervals([(first + 2, first + 3)])
    assert sorted((place, key) for block in rest.blocks for place in block.addresses for key in block.ports.keys) == [
        (first, 80),
        (first, 65_536 + 53),
        (first + 1, 80),
        (first + 1, 65_536 + 53),
        (first + 2, 65_536 + 53),
        (first + 3, 65_536 + 53),
    ]


def test_a_plan_without_anything_for_raw_packets_goes_to_the_other_engine_whole(monkeypatch):
    plan = make_plan("127.0.0.0/30", [80])
    whole = plan.space.addresses.spans[0]
    monkeypatch.setattr(module, "Kernel", Kernel)
    monkeypatch.setattr(module, "find_routes", lambda *_: Routes([Piece(*whole, Route(1, local=True))]))
    rest, job = sweep(plan)
    assert rest.jobs == [job]


def test_a_plan_that_needs_too_much_memory_is_refused_before_anything_is_sent(monkeypatch):
    plan = make_plan("10.0.0.0/30", [80])
    monkeypatch.setattr(module, "Kernel", Kernel)
    monkeypatch.setattr(module, "find_routes", lambda *_: Routes([Piece(*plan.space.addresses.spans[0], Route(1))]))
    monkeypatch.setattr(module, "MOST_ENDPOINTS", 3)
    with pytest.raises(SetupError, match="4 endpoints"):
        sweep(plan)
