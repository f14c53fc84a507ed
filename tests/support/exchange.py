"""The streams of a NATS server in memory, with its promises: one job a chunk, redelivery, outcomes in order.

What the real server does is tested in tests/cluster/test_exchange.py; this one is for what coordinator and worker make
of it, on a loop whose clock jumps.
"""

import asyncio
from dataclasses import dataclass, field
from types import SimpleNamespace

from scanner.cluster.connection import ServerLost
from scanner.cluster.parcel import pack, unpack
from scanner.core.errors import Malformed
from scanner.net.clock import Clock, loop_s


class LoopClock(Clock):
    """Goes by the clock of the loop, which jumps."""

    def now_s(self):
        return loop_s()


async def until(condition):
    """Return once something is so; whether it takes long decides nothing."""
    clock = Clock()
    while not condition():
        await clock.sleep(0.005)


class Said:
    """A subscription."""

    def __init__(self):
        self.queue = asyncio.Queue()

    @property
    async def messages(self):
        while True:
            yield await self.queue.get()

    async def unsubscribe(self):
        pass


@dataclass
class JobMessage:
    """A job as a worker holds it."""

    exchange: "MemoryExchange"
    subject: str
    data: bytes
    number: int
    handed_out: int = 1
    held: int = 0

    @property
    def metadata(self):
        return SimpleNamespace(num_delivered=self.handed_out, sequence=SimpleNamespace(stream=self.number))

    async def ack_sync(self, timeout=1.0):  # noqa: ASYNC109 - as the client of NATS calls it
        self.exchange.demand_up()
        self.exchange.jobs.pop(self.subject, None)

    async def nak(self):
        self.exchange.demand_up()
        self.exchange.free(self.subject)

    async def in_progress(self):
        self.exchange.demand_up()
        self.held += 1


@dataclass
class MemoryExchange:
    """What scanner.cluster.exchange.Exchange is, without a server."""

    up: bool = True
    connected: bool = True
    jobs: dict = field(default_factory=dict)
    """By subject: [text, number, how often it was handed out, whether somebody has it]."""
    outcomes: list = field(default_factory=list)
    parts: dict = field(default_factory=dict)
    opened: set = field(default_factory=set)
    records: dict = field(default_factory=dict)
    ears: list = field(default_factory=list)
    said: list = field(default_factory=list)
    forgotten: list = field(default_factory=list)
    _numbers: int = 0
    _ids: set = field(default_factory=set)
    _more: asyncio.Event = field(default_factory=asyncio.Event)

    def demand_up(self):
        if not self.up:
            raise ServerLost("the server is away")

    def free(self, subject):
        if subject in self.jobs:
            self.jobs[subject][3] = False
            self._more.set()

    async def check(self):
        self.demand_up()

    async def prepare(self, vantages, lease_s):
        self.demand_up()

    async def mend_queue(self, vantage, lease_s):
        self.demand_up()

    async def store(self, run, data):
        self.demand_up()
        parcel, parts = pack(data)
        self.parts[run, parcel.sha256] = parts
        return parcel

    async def load(self, run, parcel):
        self.demand_up()
        if (run, parcel.sha256) not in self.parts:
            raise Malformed("a part of what was announced is missing")
        return unpack(parcel, self.parts[run, parcel.sha256])

    async def open(self, run):
        self.demand_up()
        self.opened.add(run)

    async def is_open(self, run):
        self.demand_up()
        return run in self.opened

    async def offer(self, chunk, job):
        self.demand_up()
        if chunk.job not in self.jobs:
            self._numbers += 1
            self.jobs[chunk.job] = [job, self._numbers, 0, False]
            self._more.set()

    async def waiting(self, run):
        self.demand_up()
        return set(self.jobs)

    async def queue(self, vantage):
        self.demand_up()

        async def fetch(batch, timeout):  # noqa: ASYNC109 - as the client of NATS calls it
            self.demand_up()
            async with asyncio.timeout(timeout):
                while True:
                    for subject, held in self.jobs.items():
                        if not held[3] and subject.startswith(f"exposure.job.{vantage}."):
                            held[2], held[3] = held[2] + 1, True
                            return [JobMessage(self, subject, held[0], held[1], held[2])]
                    self._more.clear()
                    await self._more.wait()

        async def unsubscribe():
            pass

        return SimpleNamespace(fetch=fetch, unsubscribe=unsubscribe)

    async def tell_outcome(self, chunk, message, worker, outcome):
        self.demand_up()
        said = (chunk.outcome, message.number, worker)
        if said not in self._ids:
            self._ids.add(said)
            self.outcomes.append((chunk.outcome, outcome))
            await self.say(chunk.outcome, outcome)

    async def next_outcome(self, run, after):
        self.demand_up()
        for number, (subject, text) in enumerate(self.outcomes[after:], after + 1):
            if f".{run}." in subject:
                return number, subject, text
        return None

    async def hear(self, subject):
        self.demand_up()
        said = Said()
        self.ears.append((subject.split("*")[0], said))
        return said

    async def say(self, subject, data=b""):
        self.demand_up()
        self.said.append((subject, data))
        for begins, said in self.ears:
            if subject.startswith(begins):
                said.queue.put_nowait(SimpleNamespace(subject=subject, data=data))

    async def shares(self, run):
        self.demand_up()
        return self.records.get(run, (b"", 0))

    async def set_shares(self, run, record, revision):
        self.demand_up()
        if self.records.get(run, (b"", 0))[1] != revision:
            return False
        self.records[run] = (record, revision + 1)
        return True

    async def withdraw(self, run):
        self.demand_up()
        self.opened.discard(run)
        self.jobs = {subject: held for subject, held in self.jobs.items() if f".{run}." not in subject}
        await self.say(f"exposure.stop.{run}")

    async def forget(self, run):
        self.demand_up()
        self.forgotten.append(run)
