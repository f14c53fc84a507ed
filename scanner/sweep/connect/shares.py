"""What each host may be asked now: those that answer at their own pace, the others at a moderate one, none in a loop.

A port of a host that answers is called silent only when that host answered something that was asked later. What lay in
a time in which the whole host was silent is asked again; a host that stays away for a minute leaves its ports
unscanned.
"""

from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from operator import attrgetter
from typing import TypeAlias

from scanner.core.ports import LAST_PORT
from scanner.core.rates import HOST_RATE
from scanner.sweep.connect.canary import Held
from scanner.sweep.connect.host_pace import HostPace
from scanner.sweep.connect.order import Slot
from scanner.sweep.connect.waiting import Waiting
from scanner.sweep.pace import HostBuckets

CHECK_ATTEMPT = -1
"""Stands where other attempts have their number: it asks whether a host answers at all."""
MOST_HOSTS = 8_192
TURN_S = 0.1
_MOST_REPEATS = 3
_FULL_S = 1.0 / HOST_RATE

_ADDRESS = attrgetter("address")

Told: TypeAlias = Callable[[int, Slot], None]


class Shares:
    """The paces of all hosts, what waits for them, and the silence that none has confirmed."""

    def __init__(
        self, now_s: float, *, polite: bool, again: Told, give_up: Told, believe: Callable[[Held], None]
    ) -> None:
        """Take what to do with an attempt that said nothing, one that never will, and silence that is confirmed."""
        self._polite = polite
        self._again = again
        self._give_up = give_up
        self._believe = believe
        self._strangers = HostBuckets(HOST_RATE)
        self._paces: dict[int, HostPace] = {}
        self._repeats: dict[int, int] = {}
        self._active: dict[int, HostPace] = {}
        """Hosts that were asked something since the last turn."""
        self._checked: dict[int, HostPace] = {}
        """Hosts that are being checked."""
        self._to_ask: list[Slot] = []
        self._holding = 0
        self._turned_s = now_s
        self.waiting = Waiting()

    def __len__(self) -> int:
        return len(self.waiting) + self._holding

    def meet(self, address: int, now_s: float) -> None:
        """Note that a host answers."""
        if address in self._paces:
            return
        if len(self._paces) >= MOST_HOSTS:
            self._forget()
        self._paces[address] = HostPace(now_s, polite=self._polite)
        self.waiting.wake(address, now_s)

    def admit(self, attempt: int, slots: Sequence[Slot], now_s: float) -> list[Slot]:
        """Return what may start now; the rest waits."""
        fitting: list[Slot] = []
        for address, group in groupby(slots, _ADDRESS):
            run = list(group)
            taken = run if run[0].key > LAST_PORT else self._take(address, run, now_s)
            fitting += taken
            if len(taken) < len(run):
                self._hold_back(attempt, address, run[len(taken) :], now_s)
        return fitting

    def due(self, count: int, now_s: float) -> "Iterable[tuple[int, list[Slot]]]":
        """Yield what waited for its host and may start now, up to `count` attempts, the same attempt together."""
        while count > 0 and (address := self.waiting.due(now_s)) is not None:
            pace = self._paces.get(address)
            if pace is not None and pace.gone:
                self._drop(address)
                continue
            most = self._allowed(address, pace, count, now_s)
            if most > 0:
                attempt, slots = self.waiting.take(address, most)
                count -= len(slots)
                self._begin(address, pace, slots, now_s)
                yield attempt, slots
            if self.waiting.has(address):
                self.waiting.wake(address, _next_s(pace, now_s))

    def answered(self, slots: Sequence[Slot], sent_s: float, now_s: float, *, late: bool) -> None:
        """Note answers of hosts; `slots` began at the same time."""
        for address, run in groupby(slots, _ADDRESS):
            pace = self._paces.get(address)
            if pace is None:
                continue
            pace.answered(list(run), sent_s, now_s, late=late)
            if not pace.checked and self.waiting.has(address):
                self.waiting.wake(address, now_s)
            if pace.held:
                self._settle(pace)

    def hold(self, held: Held, *, final: bool) -> bool:
        """Keep a silent port until its host has confirmed it, or ask it again; False when it may be believed."""
        pace = self._paces.get(held.slot.address)
        if pace is None or held.slot.key > LAST_PORT or held.outcome is not None or not pace.known:
            return False
        if pace.gone:
            self._give_up(held.attempt, held.slot)
            return True
        if held.lies_in(pace.outages) and self._repeat(held):
            return True
        if pace.checked or (final and pace.proof_s < held.sent_s):
            pace.held.append(held)
            self._holding += 1
            if not pace.checked:
                self._check(pace, held.over_s)
            return True
        return False

    def turn(self, now_s: float) -> None:
        """Look after the hosts a few times a second."""
        if now_s - self._turned_s < TURN_S:
            return
        self._turned_s = now_s
        active, self._active = self._active, {}
        for pace in active.values():
            if pace.turn(now_s):
                self._check(pace, now_s)
        for pace in list(self._checked.values()):
            if pace.due_check(now_s):
                self._to_ask += pace.begin_check(now_s)

    def to_ask(self, count: int) -> list[Slot]:
        """Return ports to ask now, to learn whether their hosts answer."""
        asked, self._to_ask = self._to_ask[:count], self._to_ask[count:]
        return asked

    def check_finished(self, slot: Slot, sent_s: float, now_s: float, *, answered: bool) -> None:
        """Take the outcome of a question that `to_ask` has named."""
        pace = self._checked.get(slot.address)
        if pace is None:
            return
        pace.check_answer(slot, sent_s, now_s, answered=answered)
        if pace.checked and not pace.gone:
            return
        del self._checked[slot.address]
        if pace.gone:
            self._drop(slot.address)
        self._settle(pace)
        self.waiting.wake(slot.address, now_s)

    def next_s(self) -> float | None:
        """Return when something is due."""
        times = [self.waiting.next_s(), self._turned_s + TURN_S if self._checked else None]
        return min((time_s for time_s in times if time_s is not None), default=None)

    def check_patience_s(self, address: int) -> float:
        """Return how long the answer to a check of a host may take, in seconds."""
        return self._paces[address].check_patience_s

    def left(self) -> list[Held]:
        """Return the silence that nothing has confirmed."""
        return [held for pace in self._paces.values() for held in pace.held]

    def _take(self, address: int, run: Sequence[Slot], now_s: float) -> Sequence[Slot]:
        if self.waiting.has(address):
            return ()
        pace = self._paces.get(address)
        taken = run[: self._allowed(address, pace, len(run), now_s)]
        self._begin(address, pace, taken, now_s)
        return taken

    def _allowed(self, address: int, pace: HostPace | None, count: int, now_s: float) -> int:
        return self._strangers.allowance(address, count, now_s) if pace is None else min(count, pace.allowance(now_s))

    def _begin(self, address: int, pace: HostPace | None, slots: Sequence[Slot], now_s: float) -> None:
        if pace is None:
            self._strangers.take(address, len(slots), now_s)
        elif slots:
            pace.started(slots, now_s)
            self._active[address] = pace

    def _hold_back(self, attempt: int, address: int, slots: Iterable[Slot], now_s: float) -> None:
        pace = self._paces.get(address)
        gone, due_s = pace is not None and pace.gone, _next_s(pace, now_s)
        for slot in slots:
            if gone:
                self._give_up(attempt, slot)
            else:
                self.waiting.add(attempt, slot, due_s)

    def _check(self, pace: HostPace, now_s: float) -> None:
        asked = pace.begin_check(now_s)
        self._checked[asked[0].address] = pace
        self._to_ask += asked

    def _settle(self, pace: HostPace) -> None:
        """Ask again what was silent in an outage of its host, and believe what the host has confirmed."""
        ready: list[Held] = []
        kept: list[Held] = []
        for held in pace.held:
            waits = not pace.gone and (pace.checked or pace.proof_s < held.sent_s)
            (kept if waits else ready).append(held)
        self._holding -= len(ready)
        pace.held = kept
        for held in ready:
            if pace.gone:
                self._give_up(held.attempt, held.slot)
            elif not (held.lies_in(pace.outages) and self._repeat(held)):
                self._believe(held)

    def _repeat(self, held: Held) -> bool:
        times = self._repeats[held.slot.position] = self._repeats.get(held.slot.position, 0) + 1
        if times <= _MOST_REPEATS:
            self._again(held.attempt, held.slot)
        return times <= _MOST_REPEATS

    def _drop(self, address: int) -> None:
        while self.waiting.has(address):
            attempt, slots = self.waiting.take(address, 1 << 20)
            for slot in slots:
                self._give_up(attempt, slot)

    def _forget(self) -> None:
        idle = [address for address, pace in self._paces.items() if pace.idle][: MOST_HOSTS // 4]
        for address in idle:
            del self._paces[address]


def _next_s(pace: HostPace | None, now_s: float) -> float:
    """Return when a host that may not be asked now may be again."""
    return now_s + (_FULL_S if pace is None else pace.wait_s(now_s))
