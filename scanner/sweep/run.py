"""One connect sweep under way: everything that happens between two turns of the event loop."""

import asyncio
import math
from collections import deque
from collections.abc import Mapping

from scanner.core.event import PortState
from scanner.core.plan import Pace
from scanner.core.ports import LAST_PORT
from scanner.sweep import budget
from scanner.sweep.course import Course, Spot
from scanner.sweep.doubt import CANARY_LOOK, CANARY_PATIENCE_S, Doubt, Held
from scanner.sweep.engine import Sweep
from scanner.sweep.flight import Flight
from scanner.sweep.loss import Loss
from scanner.sweep.marks import Marks
from scanner.sweep.neighbours import Neighbours
from scanner.sweep.pace import Bucket, Governor, HostBuckets
from scanner.sweep.permit import Permit, only_loopback
from scanner.sweep.record import Record
from scanner.sweep.rounds import Rounds
from scanner.sweep.rtt import PATIENCE_S, Hosts
from scanner.sweep.selector import MOST_AT_ONCE, Watch
from scanner.sweep.states import Fault
from scanner.sweep.trouble import Trouble, is_broadcast
from scanner.sweep.udp import Datagrams

DEFAULT_RATE = 3_000.0
FIRST_RATE = 500.0
BLIND_RATE = 1_000.0
"""The most while nothing has answered yet."""
HOST_RATE = 1_000.0
"""The most for one host, unless the user named a rate."""
TURN = 512
"""Attempts between two turns of the event loop: a few milliseconds."""
LOOK_S = 0.1
"""How often the sweep looks whether it was asked to stop."""
DRAIN_S = 1.5
"""How long a stopped sweep still listens for answers."""
STALL_S = 1.0
"""A gap between two turns after which silence is not believed."""
COMMIT_S = 0.25
COMMIT_AFTER = 500
"""Endpoints settled after which a checkpoint is due; a crash repeats them and what was in flight, no more."""
_HELD_BACK = 1_024


class Run:
    """Sends, listens and settles until every endpoint of the course has its state."""

    def __init__(
        self,
        job: Sweep,
        course: Course,
        watch: Watch,
        payloads: Mapping[int, bytes],
        neighbours: Neighbours | None,
    ) -> None:
        """Take the sweep and its parts; raises SetupError when there are too few descriptors."""
        self._job = job
        self._course = course
        self._watch = watch
        self._neighbours = neighbours
        self._now_s = job.clock.now_s
        now_s = self._now_s()
        plan = job.plan
        self._budget = self._most = budget.flight_size(plan.pace.max_in_flight, budget.descriptors())
        self._patience_s, self._looks = patience(plan.pace)
        local = only_loopback(plan.scope.numbers)
        self._governor = make_governor(plan.pace, now_s, local=local)
        self._bucket = Bucket(self._governor.rate if self._governor else math.inf, now_s)
        self._host_buckets = HostBuckets(HOST_RATE) if plan.pace.rate is None and not local else None
        self._permit = Permit(plan.scope.numbers)
        self._hosts = Hosts(plan.space.addresses.size, details=plan.space.ports.size > 1)
        self._loss = Loss()
        self._doubt = Doubt(now_s)
        self._trouble = Trouble()
        restored = job.ledger.restore() if job.ledger else None
        self._marks = Marks(course.size, restored.low_water, restored.pages) if restored else None
        self._record = Record(job, self._marks)
        self._restored = restored
        self._rounds = Rounds(
            course,
            self._hosts,
            looks=self._looks,
            seed=plan.seed,
            thorough=self._patience_s < 1.0,
            marks=self._marks,
            neighbours=neighbours,
            settle_silent=self._record.believe,
        )
        self._flight = Flight(watch, self._landed, self._patience_of, self._now_s)
        self._datagrams = Datagrams(watch, self._landed, self._patience_of, self._now_s, payloads)
        self._held_back: deque[tuple[int, Spot]] = deque()
        self._wake: asyncio.Future[None] | None = None
        self._turned_s = now_s
        self._rested_s = 0.0
        self._committed_s = now_s
        self._starved = False
        job.tally.planned = course.size

    async def drive(self) -> None:
        """Sweep until everything is settled, the run is stopped or the network is gone."""
        loop = asyncio.get_running_loop()
        fd = self._watch.fileno()
        if fd is not None:
            loop.add_reader(fd, self._stir)
        try:
            if self._restored is not None:
                self._record.replay(self._restored)
            while not self._over():
                if self._job.stop.is_set() or self._doubt.gone:
                    await self._drain()
                    break
                more = self._listen()
                sent = self._send()
                await self._commit_when_due()
                await self._rest(0.0 if more or sent >= TURN else LOOK_S)
        finally:
            if fd is not None:
                loop.remove_reader(fd)
            self._close()
        await self._commit()

    def _over(self) -> bool:
        return self._rounds.over and not (self._in_flight() or self._trouble or self._held_back or self._doubt.holding)

    def _in_flight(self) -> int:
        return len(self._flight) + len(self._datagrams)

    def _listen(self) -> bool:
        """Take in what has arrived; returns whether more may be waiting."""
        now_s = self._now_s()
        if now_s - self._turned_s > self._rested_s + STALL_S:
            self._doubt.stalled(self._turned_s, now_s)
        self._turned_s = now_s
        ready = self._watch.ready()
        if ready:
            self._datagrams.harvest(self._flight.harvest(ready))
        more = len(ready) >= MOST_AT_ONCE
        if not more:
            # Only now is it certain that an answer is not merely waiting to be read.
            self._flight.expire(now_s)
            self._datagrams.expire(now_s)
        self._decide()
        self._record.flush()
        self._job.tally.estimated_loss = self._loss.share
        return more

    def _decide(self) -> None:
        for held, believed in self._doubt.settle():
            if believed:
                self._believe(held)
            else:
                self._rounds.again(held.look, held.spot)
        if self._neighbours is None:
            return
        for address, exists in self._neighbours.decide(self._now_s()):
            for spot in self._rounds.resolved(address):
                if exists:
                    self._rounds.again(1, spot)
                else:
                    self._record.settle(1, spot, PortState.UNREACHABLE)

    def _send(self) -> int:
        """Start what may be started now; returns how many attempts that were."""
        now_s = self._now_s()
        self._adapt(now_s)
        room = min(TURN, self._most - self._in_flight(), self._bucket.available(now_s))
        if room <= 0:
            return 0
        spent = self._datagrams.repeat(now_s) if len(self._datagrams) else 0
        canary = self._doubt.canary(now_s, idle=self._starved and not self._in_flight())
        if canary is not None:
            spent += 1
            self._launch(CANARY_LOOK, [canary], now_s)
        if self._neighbours is not None and not self._job.events.crowded:
            spent += self._neighbours.ask(max(0, room - spent), now_s)
        if not self._doubt.in_doubt and not self._job.events.crowded:
            spent += self._send_next(room - spent, now_s)
        self._bucket.take(spent)
        return spent

    def _send_next(self, room: int, now_s: float) -> int:
        spent = 0
        for look, spot in self._trouble.due(now_s, room):
            spent += self._launch(look, [spot], now_s)
        if self._trouble.down or self._trouble.full:
            return spent
        if self._held_back:
            spent += self._retry_held_back(room - spent, now_s)
        if len(self._held_back) < _HELD_BACK and spent < room:
            look, spots = self._rounds.draw(room - spent, idle=not self._in_flight() and not self._doubt.holding)
            self._starved = not spots
            spent += self._launch(look, spots, now_s)
        return spent

    def _retry_held_back(self, room: int, now_s: float) -> int:
        spent = 0
        waiting = list(self._held_back)
        self._held_back.clear()
        for place, (look, spot) in enumerate(waiting):
            if spent >= room:
                self._held_back.extend(waiting[place:])
                break
            spent += self._launch(look, [spot], now_s)
        return spent

    def _launch(self, look: int, spots: list[Spot], now_s: float) -> int:
        """Start attempts; returns how many really were."""
        permit = self._permit
        buckets = self._host_buckets
        launch = self._flight.launch
        started = waiting = 0
        refused: list[Spot] = []
        for place, spot in enumerate(spots):
            _, address, key = spot
            if not permit.first <= address <= permit.last and not permit.allows(address):
                self._record.give_up(look, spot, "outside the permitted scope")
                continue
            if buckets is not None and look != CANARY_LOOK and not buckets.take(address, now_s):
                self._held_back.append((look, spot))
                continue
            started += 1
            outcome = launch(look, spot) if key <= LAST_PORT else self._datagrams.launch(look, spot)
            if outcome is None:
                waiting += 1
            elif outcome is PortState.CLOSED and look == 1:
                refused.append(spot)
            else:
                self._landed(look, spot, outcome, now_s, now_s)
            if outcome is Fault.CROWDED:
                for rest in spots[place + 1 :]:
                    self._rounds.again(look, rest)
                break
        if refused:
            self._refused(refused, now_s)
        if refused or waiting:
            self._trouble.worked()
        return started

    def _refused(self, spots: list[Spot], now_s: float) -> None:
        """Settle ports whose refusal was there before the connection attempt returned."""
        hosts = self._hosts
        for spot in spots:
            if spot[1] not in hosts.living:
                hosts.meet(spot[1], at_once=True)
                self._record.alive(spot[1])
        self._loss.answer(len(spots), late=False)
        if self._governor is not None:
            self._governor.answer(now_s, len(spots), late=False)
        self._doubt.answered(now_s)
        if self._doubt.wants_known:
            self._doubt.remember(spots[0])
        self._record.closed(spots)

    def _patience_of(self, look: int, address: int) -> float:
        if look == 1 and self._looks:
            return self._hosts.patience_s(address, self._patience_s)
        return CANARY_PATIENCE_S if look == CANARY_LOOK else self._patience_s

    def _landed(self, look: int, spot: Spot, outcome: PortState | Fault | None, sent_s: float, over_s: float) -> None:
        if look == CANARY_LOOK:
            self._canary_landed(outcome, sent_s, over_s)
        elif outcome is PortState.CLOSED or outcome is PortState.OPEN:
            self._answered(look, spot, outcome, sent_s, over_s)
        elif isinstance(outcome, Fault):
            self._failed(look, spot, outcome)
        else:
            if outcome is None:
                self._hosts.silent(spot.address)
            held = Held(over_s, sent_s, look, spot, outcome)
            if not self._doubt.hold(held):
                self._believe(held)

    def _answered(self, look: int, spot: Spot, state: PortState, sent_s: float, over_s: float) -> None:
        rtt_s = over_s - sent_s
        hosts = self._hosts
        if spot.address not in hosts.living:
            hosts.meet(spot.address)
            self._record.alive(spot.address)
        late = hosts.answered(spot.address, rtt_s)
        if spot.key <= LAST_PORT:
            self._loss.answer(late=late or look > 1)
            if self._governor is not None:
                self._governor.answer(sent_s, late=late)
        self._doubt.answered(sent_s)
        if self._doubt.wants_known and spot.key <= LAST_PORT:
            self._doubt.remember(spot)
        self._trouble.settled(spot.position)
        self._record.settle(look, spot, state, rtt_s)

    def _believe(self, held: Held) -> None:
        if held.outcome is not None:
            self._record.settle(held.look, held.spot, held.outcome)
            return
        final = self._rounds.silent(held.look, held.spot)
        self._record.silent(held.look, held.spot, final=final)

    def _canary_landed(self, outcome: PortState | Fault | None, sent_s: float, over_s: float) -> None:
        answered = outcome is PortState.OPEN or outcome is PortState.CLOSED
        if self._doubt.canary_landed(sent_s, over_s, answered=answered):
            self._record.problem(
                "network-paused", "the network stopped answering for a while; what was silent then was asked again"
            )
            if self._governor is not None:
                self._governor.cut(over_s, self._governor.rate / 2)

    def _failed(self, look: int, spot: Spot, fault: Fault) -> None:
        now_s = self._now_s()
        if look == CANARY_LOOK:
            self._doubt.canary_landed(now_s, now_s, answered=False)
            return
        if fault is Fault.CROWDED:
            self._most = max(8, min(self._most, self._in_flight() * 3 // 4))
        if fault is Fault.NO_ROUTE and is_broadcast(spot.address):
            self._record.settle(look, spot, PortState.UNREACHABLE)
            return
        if not self._trouble.failed(look, spot, fault, now_s):
            self._record.give_up(look, spot, _WHY[fault])

    def _adapt(self, now_s: float) -> None:
        if self._most < self._budget:
            self._most = min(self._budget, self._most + 1 + self._most // 64)
        if self._governor is not None:
            self._governor.turn(now_s)
            if self._governor.rate != self._bucket.rate:
                self._bucket.change(self._governor.rate, now_s)

    async def _rest(self, seconds: float) -> None:
        if seconds <= 0:
            self._rested_s = 0.0
            await asyncio.sleep(0)
            return
        now_s = self._now_s()
        times = (self._flight.next_deadline_s(), self._datagrams.next_deadline_s(), self._trouble.next_s())
        waits = [max(0.0, time_s - now_s) for time_s in times if time_s is not None]
        if not self._starved and not self._job.events.crowded and self._in_flight() < self._most:
            waits.append(max(0.001, self._bucket.wait_s()))
        if self._held_back:
            waits.append(0.005)
        if self._watch.fileno() is None:
            waits.append(0.005)
        self._rested_s = min([seconds, *waits])
        loop = asyncio.get_running_loop()
        self._wake = loop.create_future()
        timer = loop.call_later(self._rested_s, self._stir)
        try:
            await self._wake
        finally:
            timer.cancel()
            self._wake = None

    def _stir(self) -> None:
        if self._wake is not None and not self._wake.done():
            self._wake.set_result(None)

    async def _drain(self) -> None:
        end_s = self._now_s() + DRAIN_S
        while self._in_flight() and self._now_s() < end_s:
            self._listen()
            self._starved = True
            await self._rest(LOOK_S)
        self._listen()

    def _close(self) -> None:
        if self._doubt.gone:
            self._record.problem(
                "network-lost", "hosts that had answered fell silent for good; is the network up, or were we blocked?"
            )
        for spot in (*self._flight.abandon(), *self._datagrams.abandon()):
            self._record.give_up(1, spot, "the run ended before the answer")
        for spot in self._trouble.left():
            self._record.give_up(1, spot, "could not be tried from this machine")
        share = self._loss.share
        if share > 0.02:
            expected = self._loss.missed(3)
            self._record.problem(
                "answers-lost",
                f"about {share:.0%} of single questions went unanswered; up to {expected:.2%} may be missed",
            )
        self._record.close(self._rounds.left())

    async def _commit_when_due(self) -> None:
        if self._marks is None:
            return
        late = self._now_s() - self._committed_s > COMMIT_S and self._record.uncommitted
        if late or self._record.uncommitted >= COMMIT_AFTER:
            await self._commit()

    async def _commit(self) -> None:
        if self._job.ledger is not None and self._marks is not None:
            await asyncio.to_thread(self._job.ledger.commit, self._record.checkpoint(self._marks))
            self._committed_s = self._now_s()


_WHY = {
    Fault.CROWDED: "this machine ran out of descriptors, buffers or local ports",
    Fault.NO_ROUTE: "this machine has no route to it",
    Fault.UNCLEAR: "the answer stayed unclear",
    Fault.LOCAL: "this machine refused to send, perhaps its own firewall",
    Fault.PENDING: "the attempt never began",
}


def patience(pace: Pace) -> tuple[float, int]:
    """Return how long to wait for an answer in seconds, and how many more looks a silent port gets.

    Together they leave room for three SYNs: in one long look, or in several short ones.
    """
    patience_s = PATIENCE_S if pace.timeout_s is None else pace.timeout_s
    if pace.retries is not None:
        return patience_s, pace.retries
    return patience_s, 2 if patience_s < 1.0 else 1


def make_governor(pace: Pace, now_s: float, *, local: bool) -> Governor | None:
    """Return what finds the rate; None when the user wants no limit at all."""
    if pace.rate is not None:
        return None if math.isinf(pace.rate) else Governor(pace.rate, pace.rate, pace.rate, now_s)
    if local:
        return Governor(DEFAULT_RATE, DEFAULT_RATE, DEFAULT_RATE, now_s)
    return Governor(DEFAULT_RATE, FIRST_RATE, BLIND_RATE, now_s)
