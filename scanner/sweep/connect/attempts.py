"""What becomes of each attempt: an answer is settled, silence is doubted, a fault of this machine is tried again."""

from collections import deque
from collections.abc import Mapping

from scanner.core.event import PortState
from scanner.core.ports import LAST_PORT, Transport
from scanner.sweep.connect import descriptors
from scanner.sweep.connect.canary import CANARY_LOOK, CANARY_PATIENCE_S, Doubt, Held
from scanner.sweep.connect.connect_notes import note_connects
from scanner.sweep.connect.errnos import Fault
from scanner.sweep.connect.in_flight import Flight
from scanner.sweep.connect.local_faults import Trouble, is_broadcast
from scanner.sweep.connect.order import Spot
from scanner.sweep.connect.results import Record
from scanner.sweep.connect.rounds import Rounds
from scanner.sweep.connect.rtt import Hosts
from scanner.sweep.connect.selector import MOST_AT_ONCE, Watch
from scanner.sweep.connect.udp import Datagrams
from scanner.sweep.engine import Sweep
from scanner.sweep.loss import Loss
from scanner.sweep.pace import HOST_RATE, Governor, HostBuckets, patience
from scanner.sweep.scope_check import Permit, only_loopback

_WHY = {
    Fault.CROWDED: "this machine ran out of descriptors, buffers or local ports",
    Fault.NO_ROUTE: "this machine has no route to it",
    Fault.UNCLEAR: "the answer stayed unclear",
    Fault.LOCAL: "this machine refused to send, perhaps its own firewall",
    Fault.PENDING: "the attempt never began",
}


class Attempts:
    """All attempts of one sweep, under way or waiting for their turn to be repeated."""

    def __init__(
        self,
        job: Sweep,
        watch: Watch,
        payloads: Mapping[int, bytes],
        *,
        hosts: Hosts,
        rounds: Rounds,
        record: Record,
        governor: Governor | None,
    ) -> None:
        """Take the sweep and its parts; raises SetupError when there are too few descriptors."""
        pace, scope = job.plan.pace, job.plan.scope.numbers
        self._now_s = job.clock.now_s
        self._audit = job.audit
        self._watch = watch
        self._hosts = hosts
        self._rounds = rounds
        self._record = record
        self._governor = governor
        self._budget = self._most = descriptors.flight_size(pace.max_in_flight, descriptors.descriptors())
        self._patience_s, self._looks = patience(pace)
        self._buckets = HostBuckets(HOST_RATE) if pace.rate is None and not only_loopback(scope) else None
        self._permit = Permit(scope)
        self.loss = Loss()
        self.doubt = Doubt(self._now_s())
        self.trouble = Trouble()
        self.held_back: deque[tuple[int, Spot]] = deque()
        """What has to wait because its host got its share."""
        self._datagrams_planned = bool(job.plan.space.ports.only(Transport.UDP))
        self._flight = Flight(watch, self._landed, self._patience_of, self._now_s)
        self._datagrams = Datagrams(watch, self._landed, self._patience_of, self._now_s, payloads, audit=job.audit)

    def __len__(self) -> int:
        return len(self._flight) + len(self._datagrams)

    @property
    def room(self) -> int:
        """How many more may be under way."""
        return self._most - len(self)

    def widen(self) -> None:
        """Allow a few more at once again after this machine had run out of something."""
        if self._most < self._budget:
            self._most = min(self._budget, self._most + 1 + self._most // 64)

    def listen(self, now_s: float) -> bool:
        """Take in what has arrived; returns whether more may be waiting."""
        ready = self._watch.ready()
        if ready:
            self._datagrams.harvest(self._flight.harvest(ready))
        if len(ready) >= MOST_AT_ONCE:
            return True
        # Only now is it certain that an answer is not merely waiting to be read.
        self._flight.expire(now_s)
        self._datagrams.expire(now_s)
        return False

    def decide(self) -> None:
        """Believe the silence that can be believed by now, and have the other asked again."""
        for held, believed in self.doubt.settle():
            if believed:
                self._believe(held)
            else:
                self._rounds.again(held.look, held.spot)

    def repeat(self, now_s: float) -> int:
        """Send again what nobody repeats for us; returns how many datagrams that took."""
        return self._datagrams.repeat(now_s) if len(self._datagrams) else 0

    def next_s(self) -> float | None:
        """Return when something is due."""
        times = (self._flight.next_deadline_s(), self._datagrams.next_deadline_s(), self.trouble.next_s())
        return min((time_s for time_s in times if time_s is not None), default=None)

    def launch(self, look: int, spots: list[Spot], now_s: float) -> int:
        """Start attempts; returns how many really were."""
        spots = self._permitted(look, spots)
        if self._buckets is not None and look != CANARY_LOOK:
            spots = self._within_share(look, spots, now_s, self._buckets)
        started = 0
        if self._datagrams_planned:
            started = self._rush(self._datagrams, look, [spot for spot in spots if spot.key > LAST_PORT], now_s)
            spots = [spot for spot in spots if spot.key <= LAST_PORT]
        if spots:
            started += self._rush(self._flight, look, spots, now_s)
        if self._governor is not None and look == 1:
            self._governor.sent(now_s, started)
        return started

    def _rush(self, vehicle: Flight | Datagrams, look: int, spots: list[Spot], now_s: float) -> int:
        refused, decided, started = vehicle.rush(look, spots)
        if self._audit is not None and vehicle is self._flight:
            note_connects(self._audit, look, spots[:started], decided)
        if refused or started > len(decided):
            self.trouble.worked()
        if look == 1:
            self._refused(refused, now_s)
        else:
            decided += [(spot, PortState.CLOSED) for spot in refused]
        for spot, outcome in decided:
            self._landed(look, spot, outcome, now_s, now_s)
        for spot in spots[started:]:
            self._rounds.again(look, spot)
        return started

    def _permitted(self, look: int, spots: list[Spot]) -> list[Spot]:
        """Return what lies in the scope; anything else is left alone and said to be unscanned."""
        first, last = self._permit.first, self._permit.last
        fitting = [spot for spot in spots if first <= spot[1] <= last]
        if len(fitting) == len(spots):
            return fitting
        fitting = []
        for spot in spots:
            if self._permit.allows(spot.address):
                fitting.append(spot)
            else:
                self._record.give_up(look, spot, "outside the permitted scope")
        return fitting

    def _within_share(self, look: int, spots: list[Spot], now_s: float, buckets: HostBuckets) -> list[Spot]:
        """Return what may start now, and hold back what would be too much for its host."""
        fitting: list[Spot] = []
        for spot in spots:
            if buckets.take(spot.address, now_s):
                fitting.append(spot)
            else:
                self.held_back.append((look, spot))
        return fitting

    def abandon(self) -> None:
        """Close every socket, and leave what was under way unscanned."""
        for spot in (*self._flight.abandon(), *self._datagrams.abandon()):
            self._record.give_up(1, spot, "the run ended before the answer")
        for spot in (*self.trouble.left(), *(spot for _, spot in self.held_back)):
            self._record.give_up(1, spot, "the run ended before it could be tried")

    def _patience_of(self, look: int, address: int) -> float:
        if look == 1 and self._looks:
            return self._hosts.patience_s(address, self._patience_s)
        return CANARY_PATIENCE_S if look == CANARY_LOOK else self._patience_s

    def _landed(self, look: int, spot: Spot, outcome: PortState | Fault | None, sent_s: float, over_s: float) -> None:
        if look == CANARY_LOOK:
            self._canary_landed(outcome, sent_s, over_s)
        elif isinstance(outcome, Fault):
            self._failed(look, spot, outcome)
        elif outcome is PortState.CLOSED or outcome is PortState.OPEN:
            self.trouble.settled(spot.position)
            self._answered(look, spot, outcome, sent_s, over_s)
        else:
            self.trouble.settled(spot.position)
            if outcome is None:
                self._hosts.silent(spot.address)
            held = Held(over_s, sent_s, look, spot, outcome)
            if not self.doubt.hold(held):
                self._believe(held)

    def _answered(self, look: int, spot: Spot, state: PortState, sent_s: float, over_s: float) -> None:
        rtt_s = over_s - sent_s
        hosts = self._hosts
        if spot.address not in hosts.living:
            hosts.meet(spot.address)
            self._record.alive(spot.address)
        late = hosts.answered(spot.address, rtt_s)
        if spot.key <= LAST_PORT:
            self.loss.answer(late=late or look > 1)
            if self._governor is not None and look == 1:
                self._governor.answer(sent_s, late=late)
            if self.doubt.wants_known:
                self.doubt.remember(spot)
        self.doubt.answered(sent_s)
        self._record.settle(look, spot, state, rtt_s)

    def _refused(self, spots: list[Spot], now_s: float) -> None:
        """Settle ports whose refusal was there before the connection attempt returned."""
        if not spots:
            return
        hosts = self._hosts
        for spot in spots:
            if spot[1] not in hosts.living:
                hosts.meet(spot[1], at_once=True)
                self._record.alive(spot[1])
        self.loss.answer(len(spots), late=False)
        if self._governor is not None:
            self._governor.answer(now_s, len(spots), late=False)
        self.doubt.answered(now_s)
        if self.doubt.wants_known and spots[0].key <= LAST_PORT:
            self.doubt.remember(spots[0])
        self._record.closed(spots)

    def _believe(self, held: Held) -> None:
        if held.outcome is not None:
            self._record.settle(held.look, held.spot, held.outcome)
            return
        final = self._rounds.silent(held.look, held.spot)
        self._record.silent(held.look, held.spot, final=final)

    def _canary_landed(self, outcome: PortState | Fault | None, sent_s: float, over_s: float) -> None:
        answered = outcome is PortState.OPEN or outcome is PortState.CLOSED
        if self.doubt.canary_landed(sent_s, over_s, answered=answered):
            self._record.problem(
                "network-paused", "the network stopped answering for a while; what was silent then was asked again"
            )
            self._rounds.insist()
            if self._governor is not None:
                self._governor.cut(over_s, self._governor.rate / 4)

    def _failed(self, look: int, spot: Spot, fault: Fault) -> None:
        if fault is Fault.CROWDED:
            self._most = max(8, min(self._most, len(self) * 3 // 4))
        if fault is Fault.NO_ROUTE and is_broadcast(spot.address):
            self._record.settle(look, spot, PortState.UNREACHABLE)
        elif not self.trouble.failed(look, spot, fault, self._now_s()):
            self._record.give_up(look, spot, _WHY[fault])
