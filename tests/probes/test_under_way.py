import asyncio
from ipaddress import ip_address

import pytest

from scanner.core.endpoint import Endpoint
from scanner.core.errors import StoreError
from scanner.core.event import PortEvent, PortState
from scanner.core.ports import Transport
from scanner.core.problem import ProblemKind
from scanner.core.unheard import Unheard
from scanner.probes.under_way import ENDS, SUSPECTS, UnderWay


class Marks:
    """A store that notes what is marked."""

    def __init__(self, ends=(), error=None):
        self.written, self.known, self.error = [], dict(ends), error

    def mark(self, begun, over):
        if self.error:
            raise self.error
        self.written.append(([event.port for event in begun], [event.port for event in over]))

    def ends(self):
        return self.known


def event(port):
    return PortEvent(1, port, Transport.TCP, PortState.OPEN, None)


def ended(port, times):
    return (1, port, Transport.TCP), times


async def together(ask, count):
    async with asyncio.TaskGroup() as group:
        for number in range(count):
            group.create_task(ask(number))


async def test_an_endpoint_is_marked_before_it_is_asked_and_cleared_later():
    marks = Marks()
    under_way = UnderWay(marks)
    async with under_way.asking(event(80)):
        assert marks.written == [([80], [])]
    await under_way.write()
    await under_way.write()
    assert marks.written == [([80], []), ([], [80])]


async def test_all_who_wait_share_one_write():
    marks = Marks()
    under_way = UnderWay(marks)
    begun = []

    async def ask(port):
        async with under_way.asking(event(port)):
            begun.append(port)
            assert any(port in written for written, _ in marks.written)

    await together(ask, 20)
    await under_way.write()
    assert sorted(begun) == list(range(20))
    assert sorted(port for written, _ in marks.written for port in written) == list(range(20))
    assert sorted(port for _, over in marks.written for port in over) == list(range(20))
    assert len(marks.written) <= 4


async def test_two_questions_to_one_port_share_its_mark():
    marks = Marks()
    under_way = UnderWay(marks)
    async with under_way.asking(event(80)):
        async with under_way.asking(event(80)):
            pass
        await under_way.write()
        assert all(not over for _, over in marks.written)
    await under_way.write()
    assert marks.written[-1] == ([], [80])


async def test_a_question_that_is_cut_off_leaves_its_mark():
    marks = Marks()
    under_way = UnderWay(marks)
    with pytest.raises(KeyboardInterrupt):
        async with under_way.asking(event(80)):
            raise KeyboardInterrupt
    await under_way.write()
    assert marks.written == [([80], [])]


@pytest.mark.parametrize(("suspects", "at_once"), [(20, SUSPECTS), (320, 10)])
async def test_of_many_suspects_a_few_more_are_asked_at_once_and_again_as_freely_as_others(suspects, at_once):
    under_way = UnderWay(Marks(ended(port, 1) for port in range(suspects)))
    now, most, crowd = 0, 0, asyncio.Event()

    async def ask(port):
        nonlocal now, most
        async with under_way.asking(event(port)):
            now += 1
            most = max(most, now)
            await asyncio.sleep(0)
            now -= 1

    async def ask_again(port):
        nonlocal now
        async with under_way.asking(event(port)):
            now += 1
            if now > at_once:
                crowd.set()
            async with asyncio.timeout(20):
                await crowd.wait()

    await together(ask, suspects)
    assert most <= at_once
    await together(ask_again, suspects)


async def test_suspects_are_asked_few_at_once_and_others_freely():
    under_way = UnderWay(Marks([ended(port, 1) for port in range(6)]))
    now, most = 0, 0

    async def ask(port):
        nonlocal now, most
        async with under_way.asking(event(port)):
            now += 1
            most = max(most, now)
            await asyncio.sleep(0)
            now -= 1

    await together(ask, 6)
    assert most <= SUSPECTS
    async with under_way.asking(event(90)), under_way.asking(event(91)), under_way.asking(event(92)):
        pass


@pytest.mark.parametrize(("times", "aside"), [(0, False), (ENDS - 1, False), (ENDS, True), (ENDS + 1, True)])
def test_who_ended_the_process_too_often_is_set_aside_and_is_no_clean_endpoint(times, aside):
    seen = UnderWay(Marks([ended(80, times)])).set_aside(event(80), Endpoint(ip_address("127.0.0.1"), 80))
    if not aside:
        assert seen is None
        return
    assert (seen.unheard, seen.problems[0].kind) == (Unheard.NOT_ASKED, ProblemKind.ENDPOINT_SET_ASIDE)
    assert "--resume" in seen.note


async def test_without_marks_nothing_is_noted_and_nobody_set_aside():
    under_way = UnderWay(None)
    async with under_way.asking(event(80)):
        pass
    await under_way.write()
    assert under_way.set_aside(event(80), Endpoint(ip_address("127.0.0.1"), 80)) is None


async def test_who_can_not_be_marked_is_not_asked():
    under_way = UnderWay(Marks(error=StoreError("the disk is full")))
    with pytest.raises(StoreError):
        async with under_way.asking(event(80)):
            pytest.fail("asked without a mark")


async def test_nobody_who_waits_behind_a_mark_that_failed_is_asked():
    asked, failed = [], []
    under_way = UnderWay(Marks(error=StoreError("the disk is full")))

    async def ask(port):
        try:
            async with under_way.asking(event(port)):
                asked.append(port)
        except StoreError:
            failed.append(port)

    await together(ask, 3)
    assert (asked, failed) == ([], [0, 1, 2])
