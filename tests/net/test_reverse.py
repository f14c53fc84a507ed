import asyncio
import threading
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.net.reverse import MOST_ADDRESSES, MOST_IN_FLIGHT, PATIENCE_S, ReverseNames
from scanner.targets.special import Reach
from tests.tickets.stage import JumpingClock

BOTH = (Reach.PRIVATE, Reach.PUBLIC)


class Never(JumpingClock):
    """A clock on which the end of a wait does not come before the answers do."""

    async def sleep(self, seconds):
        await asyncio.Event().wait()


def hosts(count):
    first = ip_address("10.0.0.0")
    return [first + number for number in range(count)]


async def names_of(ask, addresses, clock=None, reaches=(Reach.PRIVATE,)):
    names = ReverseNames(reaches, ask)
    for address in addresses:
        names.want(address)
    async with asyncio.timeout(20):
        return await names.settle(clock or Never())


async def test_each_address_is_asked_once_and_has_its_name():
    asked = []

    def ask(address):
        asked.append(address)
        return f"Host-{int(address) & 255}.Example."

    found = await names_of(ask, hosts(50) * 3)
    assert found == {address: f"host-{int(address) & 255}.example" for address in hosts(50)}
    assert sorted(asked) == hosts(50)


async def test_an_address_without_a_name_is_missing():
    def ask(address):
        if int(address) % 2:
            raise OSError("no name")
        return "even.example"

    assert set(await names_of(ask, hosts(10))) == set(hosts(10)[::2])


async def test_a_dead_resolver_costs_one_deadline_whatever_the_number_of_hosts():
    until = threading.Event()
    busy = threading.Semaphore(MOST_IN_FLIGHT)
    crowd = []

    def ask(address):
        crowd.append(busy.acquire(blocking=False))
        until.wait(20)
        raise OSError("timed out")

    clock = JumpingClock()
    try:
        assert await names_of(ask, hosts(200), clock) == {}
    finally:
        until.set()
    assert clock.slept == [PATIENCE_S]
    assert all(crowd), "more questions at once than permitted"


async def test_what_was_answered_before_the_deadline_is_kept():
    heard, until = asyncio.Event(), threading.Event()

    class UntilTheFirst(JumpingClock):
        async def sleep(self, seconds):
            await heard.wait()

    class Noting(ReverseNames):
        def _take(self, address, name):
            super()._take(address, name)
            heard.set()

    def ask(address):
        if address != ip_address("10.0.0.0"):
            until.wait(20)
        return "quick.example"

    names = Noting((Reach.PRIVATE,), ask)
    for address in hosts(2):
        names.want(address)
    try:
        async with asyncio.timeout(20):
            assert await names.settle(UntilTheFirst()) == {ip_address("10.0.0.0"): "quick.example"}
    finally:
        until.set()


@pytest.mark.parametrize("name", ["127.0.0.1", "127.3.4.5", "::1", "fe80::1", "fe80::1%nowhere", "169.254.1.1"])
async def test_what_only_this_machine_or_its_neighbours_could_name_is_not_asked(name):
    clock = JumpingClock()
    assert await names_of(_never, [ip_address(name)], clock, BOTH) == {}
    assert clock.slept == []


async def test_public_addresses_are_asked_about_only_on_request():
    addresses = [ip_address("8.8.8.8"), ip_address("2001:4860:4860::8888"), ip_address("fd00::1")]
    assert set(await names_of(lambda _: "a.example", addresses)) == set(addresses[2:])
    assert set(await names_of(lambda _: "a.example", addresses, reaches=BOTH)) == set(addresses)
    assert await names_of(_never, addresses, reaches=()) == {}


async def test_a_run_asks_about_so_many_addresses_at_most():
    asked = []
    await names_of(lambda address: asked.append(address) or "a.example", hosts(MOST_ADDRESSES + 100))
    assert len(asked) == MOST_ADDRESSES


@given(
    st.text(max_size=300) | st.sampled_from([UnicodeDecodeError("utf-8", b"\xff", 0, 1, "x"), OSError(), ValueError()])
)
def test_whatever_the_resolver_says_is_a_host_name_or_nothing(said):
    def ask(address):
        if isinstance(said, Exception):
            raise said
        return said

    found = asyncio.run(names_of(ask, hosts(1)))
    for name in found.values():
        assert name.isascii()
        assert name.isprintable()
        assert not set(name) & set(" <>\"'=+@|`[]()\\/%*")


def _never(address):
    raise AssertionError(f"{address} was asked about")
