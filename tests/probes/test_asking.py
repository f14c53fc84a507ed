"""What a resumed run asks again, and what it does not ask a third time."""

from scanner.core.finding import Status
from scanner.core.ports import Transport
from scanner.core.report import RunStatus
from scanner.core.unheard import Unheard
from scanner.pipeline import scan
from tests.support.probes import serve_toy, toy
from tests.support.servers import serving
from tests.test_pipeline import HERE, Found, plan_for, runner


class Memory:
    """A memory that notes the marks, and what was kept."""

    ledger = None

    def __init__(self, ends=()):
        self._ends = dict(ends)
        self.marks = self
        self.under_way = []
        self.begun = []
        self.kept = []

    def mark(self, begun, over):
        for event in over:
            self.under_way.remove(event.port)
        self.under_way += [event.port for event in begun]
        self.begun += [event.port for event in begun]

    def ends(self):
        return self._ends

    def keep(self, seen):
        self.kept += [event.port for event, _, _ in seen]

    def earlier(self):
        return (), ()


async def test_an_endpoint_is_marked_before_it_is_asked_and_until_it_has_answered():
    memory, marked = Memory(), []

    async def look(reader, writer):
        marked.append(list(memory.under_way))
        await serve_toy(reader, writer)

    async with serving(look) as port:
        report = await scan(plan_for(port), Found(), runner(), memory=memory)
    assert report.run.status is RunStatus.COMPLETE
    assert set(map(tuple, marked)) == {(port,)}
    assert (memory.under_way, memory.kept) == ([], [port])


async def test_what_ended_the_process_twice_is_not_asked_a_third_time():
    called = []

    async def deadly(reader, writer):
        called.append(1)
        await serve_toy(reader, writer)

    async with serving(deadly) as bad, serving(serve_toy) as good:
        ends = {(HERE, bad, Transport.TCP): 2, (HERE, good, Transport.TCP): 1}
        memory = Memory(ends)
        report = await scan(plan_for(bad, good), Found(), runner(), memory=memory)
    rows = {row.endpoint.port: (row.status, row.reason) for row in report.endpoints}
    assert rows == {bad: (Status.INCONCLUSIVE, Unheard.NOT_ASKED), good: (Status.EXPOSED, None)}
    assert called == []
    assert (memory.begun, memory.kept) == ([good], [good])
    assert [(one.kind, one.where) for one in report.problems] == [("endpoint-set-aside", f"127.0.0.1:{bad}")]
    assert report.run.status is RunStatus.INCOMPLETE


async def test_who_was_not_heard_out_is_not_done():
    async def crash(talk):
        raise KeyError("x")

    memory = Memory()
    async with serving(serve_toy) as port:
        report = await scan(plan_for(port), Found(), runner(toy(crash)), memory=memory)
    assert [row.status for row in report.endpoints] == [Status.INCONCLUSIVE]
    assert memory.begun[0] == port
    assert memory.kept == []
