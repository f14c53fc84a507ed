"""The connect sweep: what any user may do, at the speed of the kernel."""

import asyncio
from collections import deque
from collections.abc import Callable

from scanner.core.event import PortState
from scanner.core.intervals import Intervals
from scanner.core.ports import LAST_PORT
from scanner.sweep import budget
from scanner.sweep.engine import Sweep
from scanner.sweep.flight import Flight
from scanner.sweep.order import Order, Permutation, Spot, Straight
from scanner.sweep.pace import Bucket
from scanner.sweep.record import Record
from scanner.sweep.selector import Watch, make_watch
from scanner.sweep.states import Fault

PATIENCE_S = 3.5
"""Room for the kernel's SYNs at 0, 1 and 3 s (RFC 6298 section 2) and half a second for the last answer."""
DEFAULT_RATE = 3_000.0
_TURN = 512
"""Attempts between two turns of the event loop: a few milliseconds."""
_LOOK_S = 0.1
"""How often the sweep looks whether it was asked to stop."""
_DRAIN_S = 1.5
"""How long a stopped sweep still listens for answers."""
_MOST_TRIES = 20


class ConnectEngine:
    """Completes TCP connections, and closes them without sending a byte."""

    name = "connect"

    def __init__(
        self,
        permute: Callable[[int, int], Permutation] = lambda _size, _seed: Straight(),
        make_watch: Callable[[], Watch] = make_watch,
    ) -> None:
        """Take how to shuffle (size, seed) and how to watch sockets."""
        self._permute = permute
        self._make_watch = make_watch

    async def sweep(self, job: Sweep) -> None:
        """Look at every planned endpoint of the shard (scanner.sweep.engine.Engine.sweep)."""
        plan = job.plan
        order = Order(plan.space, self._permute(plan.space.size, plan.seed), plan.shard)
        watch = self._make_watch()
        try:
            await _Run(job, order, watch).drive()
        finally:
            watch.close()


class _Run:
    def __init__(self, job: Sweep, order: Order, watch: Watch) -> None:
        self._job = job
        self._order = order
        self._watch = watch
        self._record = Record(job)
        pace = job.plan.pace
        self._clock = job.clock.now_s
        self._bucket = Bucket(pace.rate or DEFAULT_RATE, self._clock())
        self._most = budget.flight_size(pace.max_in_flight, budget.descriptors())
        self._patience_s = pace.timeout_s or PATIENCE_S
        self._flight = Flight(watch, self._landed)
        self._cursor = 0
        self._again: deque[Spot] = deque()
        self._tries: dict[int, int] = {}
        self._paused_until_s = 0.0
        self._wake: asyncio.Future[None] | None = None
        self._span = (0, -1)
        job.tally.planned = order.size

    async def drive(self) -> None:
        loop = asyncio.get_running_loop()
        fd = self._watch.fileno()
        if fd is not None:
            loop.add_reader(fd, self._stir)
        try:
            while self._cursor < self._order.size or self._again or len(self._flight):
                if self._job.stop.is_set():
                    await self._drain()
                    break
                more = self._look()
                sent = self._send()
                await self._rest(0.0 if more or sent >= _TURN else _LOOK_S)
        finally:
            if fd is not None:
                loop.remove_reader(fd)
            for spot in self._flight.abandon():
                self._record.give_up(spot, "was asked, and the run ended before the answer")
            self._record.close()

    def _look(self) -> bool:
        now_s = self._clock()
        more = self._flight.harvest(now_s)
        if not more:
            self._flight.expire(now_s)
        self._record.flush()
        return more

    def _send(self) -> int:
        now_s = self._clock()
        if self._job.events.crowded or now_s < self._paused_until_s:
            return 0
        count = min(_TURN, self._most - len(self._flight), self._bucket.available(now_s))
        if count <= 0:
            return 0
        self._bucket.take(count)
        launch = self._flight.launch
        patience_s = self._patience_s
        for spot in self._next(count):
            if not self._permitted(spot.address):
                continue
            if spot.key > LAST_PORT:
                self._record.give_up(spot, "udp is not swept")
                continue
            fault = launch(spot, now_s, patience_s)
            if fault is not None:
                self._failed(spot, fault)
        return count

    def _next(self, count: int) -> list[Spot]:
        found = [self._again.popleft() for _ in range(min(count, len(self._again)))]
        fresh = self._order.draw(self._cursor, count - len(found))
        self._cursor += len(fresh)
        return found + fresh

    def _permitted(self, address: int) -> bool:
        first, last = self._span
        if first <= address <= last:
            return True
        self._span = _span_around(self._job.plan.scope.numbers, address)
        return self._span[0] <= address

    def _landed(self, spot: Spot, outcome: PortState | Fault, took_s: float) -> None:
        if isinstance(outcome, Fault):
            self._failed(spot, outcome)
            return
        if outcome is PortState.OPEN or outcome is PortState.CLOSED:
            self._record.alive(spot.address)
            self._record.settle(spot, outcome, took_s)
        else:
            self._record.settle(spot, outcome)

    def _failed(self, spot: Spot, fault: Fault) -> None:
        if fault is Fault.CROWDED:
            self._most = max(8, len(self._flight) * 3 // 4)
        self._paused_until_s = self._clock() + 0.05
        tries = self._tries[spot.position] = self._tries.get(spot.position, 0) + 1
        if tries < _MOST_TRIES:
            self._again.append(spot)
            return
        del self._tries[spot.position]
        self._record.give_up(spot, "could not be tried from this machine")
        self._record.problem("local-error", "sweep", f"{fault.name.lower().replace('_', ' ')}")

    async def _rest(self, seconds: float) -> None:
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        now_s = self._clock()
        deadline_s = self._flight.next_deadline_s()
        if deadline_s is not None:
            seconds = min(seconds, max(0.0, deadline_s - now_s))
        if self._cursor < self._order.size or self._again:
            seconds = min(seconds, max(0.001, self._bucket.wait_s()))
        if self._watch.fileno() is None:
            seconds = min(seconds, 0.005)
        loop = asyncio.get_running_loop()
        self._wake = loop.create_future()
        timer = loop.call_later(seconds, self._stir)
        try:
            await self._wake
        finally:
            timer.cancel()
            self._wake = None

    def _stir(self) -> None:
        if self._wake is not None and not self._wake.done():
            self._wake.set_result(None)

    async def _drain(self) -> None:
        end_s = self._clock() + _DRAIN_S
        while len(self._flight) and self._clock() < end_s:
            self._look()
            await self._rest(_LOOK_S)
        self._look()


def _span_around(numbers: Intervals, address: int) -> tuple[int, int]:
    for first, last in numbers.spans:
        if first <= address <= last:
            return first, last
    return address + 1, address
