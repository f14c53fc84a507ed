"""What becomes of each attempt: an answer is settled, silence waits for a canary, a local fault is tried again."""

from collections.abc import Callable, Iterable, Mapping

from scanner.core.event import PortState
from scanner.core.ports import LAST_PORT, Transport
from scanner.core.problem import ProblemKind
from scanner.sweep.connect import descriptors
from scanner.sweep.connect.canary import CANARY_ATTEMPT, Held
from scanner.sweep.connect.connect_notes import note_connects
from scanner.sweep.connect.errnos import WHY, Fault
from scanner.sweep.connect.in_flight import InFlight
from scanner.sweep.connect.local_faults import LocalFaults, is_broadcast
from scanner.sweep.connect.order import Slot
from scanner.sweep.connect.refusals import Refusals
from scanner.sweep.connect.results import Results
from scanner.sweep.connect.rounds import Rounds
from scanner.sweep.connect.rtt import Hosts
from scanner.sweep.connect.selector import MOST_AT_ONCE, Watch
from scanner.sweep.connect.shares import CHECK_ATTEMPT, Shares
from scanner.sweep.connect.silence import Silence
from scanner.sweep.connect.udp import Datagrams
from scanner.sweep.engine import Sweep
from scanner.sweep.governor import Governor
from scanner.sweep.loss import Loss
from scanner.sweep.outage_words import PAUSED_WORDS
from scanner.sweep.outages import CANARY_PATIENCE_S
from scanner.sweep.pace import patience
from scanner.sweep.scope_check import ScopeCheck, only_loopback


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
        results: Results,
        governor: Governor | None,
        on_link: Callable[[int], bool] = lambda _address: False,
    ) -> None:
        """Take the sweep and its parts; raises SetupError when there are too few descriptors."""
        pace, scope = job.plan.pace, job.plan.scope.numbers
        self._now_s = job.clock.now_s
        self._audit = job.audit
        self._watch = watch
        self._hosts = hosts
        self._rounds = rounds
        self._results = results
        self._governor = governor
        self._budget = self._most = descriptors.most_in_flight(pace.max_in_flight, descriptors.descriptors())
        self._patience_s, self._retries = patience(pace)
        self.local_faults = LocalFaults()
        self.silence = Silence(
            self._now_s(),
            hosts=hosts,
            rounds=rounds,
            results=results,
            local_faults=self.local_faults,
            failed=self._failed,
        )
        self.canary = self.silence.canary
        self.refusals = Refusals(self.canary, results, rounds.again)
        self._at_home = only_loopback(scope)
        self.shares: Shares | None = None
        """None where no host has a pace of its own: on this machine, at a rate of the user's, with one port a host."""
        if pace.rate is None and not self._at_home and job.plan.space.ports.size > 1:
            self.shares = self.silence.paces = Shares(
                self._now_s(), polite=pace.polite, again=rounds.again, give_up=self._doubt, believe=self.silence.believe
            )
        self._scope_check = ScopeCheck(scope)
        self.loss = Loss()
        self._datagrams_planned = bool(job.plan.space.ports.only(Transport.UDP))
        self._in_flight = InFlight(watch, self._finished, self._patience_of, self._now_s, on_link, accepted=self._keep)
        self._datagrams = Datagrams(watch, self._finished, self._patience_of, self._now_s, payloads, audit=job.audit)

    def __len__(self) -> int:
        return len(self._in_flight) + len(self._datagrams)

    @property
    def room(self) -> int:
        """How many more may be under way."""
        return self._most - len(self)

    def met(self, addresses: Iterable[int]) -> None:
        """Take over the hosts that answered in an earlier part of the run: they are living, and counted."""
        for address in addresses:
            self._hosts.meet(address)

    def widen(self) -> None:
        """Allow a few more at once again after this machine had run out of something."""
        if self._most < self._budget:
            self._most = min(self._budget, self._most + 1 + self._most // 64)

    def listen(self, now_s: float) -> bool:
        """Take in what has arrived; returns whether more may be waiting."""
        ready = self._watch.ready()
        if ready:
            self._datagrams.harvest(self._in_flight.harvest(ready))
        if len(ready) >= MOST_AT_ONCE:
            return True
        # Only now is it certain that an answer is not merely waiting to be read.
        self._in_flight.expire(now_s)
        self._datagrams.expire(now_s)
        return False

    def repeat(self, now_s: float) -> int:
        """Repeat datagrams, which no kernel does; returns how many datagrams that took."""
        return self._datagrams.repeat(now_s) if len(self._datagrams) else 0

    def next_s(self) -> float | None:
        """Return when something is due."""
        times = (
            self._in_flight.next_deadline_s(),
            self._datagrams.next_deadline_s(),
            self.local_faults.next_s(),
        )
        return min((time_s for time_s in times if time_s is not None), default=None)

    def launch(self, attempt: int, slots: list[Slot], now_s: float) -> int:
        """Start attempts; returns how many really were: some may have to wait for their host."""
        slots = self._permitted(attempt, slots)
        if self.shares is not None and attempt > CANARY_ATTEMPT:
            slots = self.shares.admit(attempt, slots, now_s)
        return self._launch(attempt, slots, now_s)

    def launch_waiting(self, count: int, now_s: float) -> int:
        """Start up to `count` attempts that waited for their host, and look after the hosts; returns how many."""
        if self.shares is None:
            return 0
        self.shares.turn(now_s)
        started = sum(self._launch(CHECK_ATTEMPT, [slot], now_s) for slot in self.shares.to_ask(count))
        for attempt, slots in self.shares.due(count - started, now_s):
            started += self._launch(attempt, slots, now_s)
        return started

    def _launch(self, attempt: int, slots: list[Slot], now_s: float) -> int:
        started = 0
        if self._datagrams_planned:
            started = self._start(self._datagrams, attempt, [slot for slot in slots if slot.key > LAST_PORT], now_s)
            slots = [slot for slot in slots if slot.key <= LAST_PORT]
        if slots:
            started += self._start(self._in_flight, attempt, slots, now_s)
        if self._governor is not None and attempt == 1:
            self._governor.sent(now_s, started)
        return started

    def _start(self, vehicle: InFlight | Datagrams, attempt: int, slots: list[Slot], now_s: float) -> int:
        refused, decided, started = vehicle.start(attempt, slots)
        if self._audit is not None and vehicle is self._in_flight:
            note_connects(self._audit, attempt, slots[:started], decided)
        if refused or started > len(decided):
            self.local_faults.worked()
        if attempt == 1:
            self._refused(refused, now_s)
        else:
            decided += [(slot, PortState.CLOSED) for slot in refused]
        for slot, outcome in decided:
            self._finished(attempt, slot, outcome, now_s, now_s)
        for slot in slots[started:]:
            self._rounds.again(attempt, slot)
        return started

    def _permitted(self, attempt: int, slots: list[Slot]) -> list[Slot]:
        """Return what lies in the scope; anything else is not tried and counts as unscanned."""
        first, last = self._scope_check.first, self._scope_check.last
        fitting = [slot for slot in slots if first <= slot[1] <= last]
        if len(fitting) == len(slots):
            return fitting
        fitting = []
        for slot in slots:
            if self._scope_check.allows(slot.address):
                fitting.append(slot)
            else:
                self._results.give_up(attempt, slot, "outside the permitted scope")
        return fitting

    def abandon(self) -> None:
        """Close every socket, and leave what was under way unscanned."""
        for attempt, slot in (*self._in_flight.abandon(), *self._datagrams.abandon()):
            self._results.give_up(attempt, slot, "the run ended before the answer")
        waiting = self.shares.waiting.left() if self.shares is not None else ()
        for attempt, slot in (*self.local_faults.left(), *waiting):
            self._results.give_up(attempt, slot, "the run ended before it could be tried")
        for held in self.shares.left() if self.shares is not None else ():
            self._doubt(held.attempt, held.slot)
        self.refusals.abandon()
        self.silence.abandon()

    def _patience_of(self, attempt: int, address: int) -> float:
        if attempt == 1 and self._retries:
            return self._hosts.patience_s(address, self._patience_s)
        if attempt == CHECK_ATTEMPT and self.shares is not None:
            return self.shares.check_patience_s(address)
        return CANARY_PATIENCE_S if attempt == CANARY_ATTEMPT else self._patience_s

    def _finished(
        self, attempt: int, slot: Slot, outcome: PortState | Fault | None, sent_s: float, over_s: float
    ) -> None:
        if attempt == CANARY_ATTEMPT:
            self._canary_finished(outcome, sent_s, over_s)
        elif attempt == CHECK_ATTEMPT:
            self._check_finished(slot, outcome, sent_s, over_s)
        elif isinstance(outcome, Fault) and outcome is not Fault.NO_ROUTER:
            self._failed(attempt, slot, outcome)
        elif outcome is PortState.CLOSED or outcome is PortState.OPEN:
            self.local_faults.settled(slot.position)
            self._answered(attempt, slot, outcome, sent_s, over_s)
        else:
            self.silence.hold(Held(over_s, sent_s, attempt, slot, outcome))

    def _answered(self, attempt: int, slot: Slot, state: PortState, sent_s: float, over_s: float) -> None:
        rtt_s = over_s - sent_s
        hosts = self._hosts
        if slot.address not in hosts.living:
            hosts.meet(slot.address)
            self._met(slot.address, over_s)
        late = hosts.answered(slot.address, rtt_s)
        if slot.key <= LAST_PORT:
            self.loss.answer(late=late or attempt > 1)
            if self.shares is not None:
                self.shares.answered([slot], sent_s, over_s, late=late)
            if self._governor is not None:
                self._governor.back(sent_s, over_s)
                if attempt == 1:
                    self._governor.answer(sent_s, late=late)
            self._keep(slot, sent_s, is_open=state is PortState.OPEN)
        self.silence.answered(sent_s)
        if state is PortState.CLOSED:
            self.refusals.take(attempt, [slot], sent_s, over_s)
        else:
            self._results.settle(attempt, slot, state, rtt_s)

    def _keep(self, slot: Slot, sent_s: float, *, is_open: bool = True) -> None:
        if is_open:
            self.canary.accepted(sent_s)
        if self.canary.wants_known or (is_open and self.canary.wants_open):
            # No firewall between this machine and itself has had enough of it.
            self.canary.remember(slot, is_open=is_open and not self._at_home)

    def _refused(self, slots: list[Slot], now_s: float) -> None:
        """Settle ports whose refusal was there before the connection attempt returned."""
        if not slots:
            return
        hosts = self._hosts
        for slot in slots:
            if slot[1] not in hosts.living:
                hosts.meet(slot[1], at_once=True)
                self._met(slot[1], now_s)
        self.loss.answer(len(slots), late=False)
        if self._governor is not None:
            self._governor.back(now_s, now_s, len(slots))
            self._governor.answer(now_s, len(slots), late=False)
        if self.shares is not None:
            self.shares.answered(slots, now_s, now_s, late=False)
        self.silence.answered(now_s)
        if self.canary.wants_known and slots[0].key <= LAST_PORT:
            self.canary.remember(slots[0])
        # Others of the same turn may have been accepted a moment before: only what is asked from now on tells.
        self.refusals.take(1, slots, now_s, self._now_s())

    def _met(self, address: int, now_s: float) -> None:
        self._results.alive(address)
        if self.shares is not None:
            self.shares.meet(address, now_s)

    def _doubt(self, attempt: int, slot: Slot) -> None:
        self._results.doubt(attempt, slot, "the host had answered and fell silent while it was asked")

    def _check_finished(self, slot: Slot, outcome: PortState | Fault | None, sent_s: float, over_s: float) -> None:
        answered = outcome is PortState.OPEN or outcome is PortState.CLOSED
        if answered:
            self.silence.answered(sent_s)
            if self._governor is not None:
                self._governor.back(sent_s, over_s)
        if self.shares is not None:
            self.shares.check_finished(slot, sent_s, over_s, answered=answered)

    def _canary_finished(self, outcome: PortState | Fault | None, sent_s: float, over_s: float) -> None:
        answered = outcome is PortState.OPEN or outcome is PortState.CLOSED
        late = self._hosts.is_late(over_s - sent_s)
        if self.canary.finished(sent_s, over_s, answered=answered, late=late, refused=outcome is PortState.CLOSED):
            self._results.problem(ProblemKind.NETWORK_PAUSED, PAUSED_WORDS)
            self._rounds.insist()
            if self._governor is not None:
                self._governor.back_off(over_s, 0.25)

    def _failed(self, attempt: int, slot: Slot, fault: Fault) -> None:
        if fault is Fault.CROWDED:
            self._most = max(8, min(self._most, len(self) * 3 // 4))
        if fault in {Fault.NO_ROUTE, Fault.LOCAL} and is_broadcast(slot.address):
            self._results.settle(attempt, slot, PortState.UNREACHABLE)
        elif not self.local_faults.failed(attempt, slot, fault, self._now_s()):
            self._results.give_up(attempt, slot, WHY[fault])
