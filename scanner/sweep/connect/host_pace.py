"""What one host that answers can take: as fast as its answers come back, and less once some were held back.

Some hosts drop what comes too fast, limit their resets, or fall silent altogether. Their answers then go missing: it
is noticed when many questions stay unanswered, or markedly more of them than before. Nothing more is sent then
until a few of the very questions that went unanswered were asked again, and a port that is known to answer besides:
an answer now means that it was lost before, so the host gets a rate below what it has managed; silence beside an answer
of the known port means that those ports are silent; no answer at all means that the host has to be left alone.
"""

import math
from collections import deque
from collections.abc import Sequence

from scanner.core.outage import quiet_s
from scanner.core.rates import HOST_RATE
from scanner.sweep.bucket import Bucket
from scanner.sweep.connect.canary import Held
from scanner.sweep.connect.order import Slot
from scanner.sweep.window import TICK_S, Window

FIRST_WINDOW, WIDEST_WINDOW = 32, 4_096
LEAST_RATE = 10.0
"""However little a host can take, in attempts a second."""
AFTER_LOSS, AFTER_SILENCE = 0.7, 0.5
"""What is left of a host's rate when some of its answers went missing, and when all did."""
UNANSWERED = 24
"""Questions without an answer from which a host that has answered is checked; twice as many after each time that they
turned out to be silent."""
QUIET_S = 0.25
LONGEST_CHECK_S = 0.9
"""Less than the second after which the kernel repeats a SYN: a check takes only what comes at once."""
_GROW, _CAP_GROWS, _GROW_AFTER_S = 1.15, 1.05, 2.0
_SAMPLE = 4
_KNOWN = 3
_REMEMBERED = 64
"""Unanswered questions that are kept, the oldest of all."""
_MOST_PATIENCE = 1 << 14
_LEAST_SPAN_S = 0.3
"""A host that was met just now is taken to have answered for so long: its first burst says little."""
_SECOND = round(1 / TICK_S)


class HostPace:
    """One host that has answered."""

    def __init__(self, now_s: float, *, polite: bool) -> None:
        """Take the time, and whether the ceiling of a polite run holds."""
        self._window = None if polite else Window(FIRST_WINDOW, WIDEST_WINDOW)
        self._bucket = Bucket(HOST_RATE, now_s)
        self._cap = HOST_RATE if polite else math.inf
        self._changed_s = self._met_s = now_s
        self._answered: deque[tuple[int, int]] = deque(maxlen=_SECOND)
        self._since = 0
        """Questions sent since the last check."""
        self._patience = UNANSWERED
        self._unanswered: dict[int, tuple[Slot, float]] = {}
        self._under_way: set[int] = set()
        """Positions that are being asked again by the present check."""
        self._check_s = now_s
        self._silences = 0
        """Checks in a row that nothing answered."""
        self._lost = 0
        self._spoke = False
        self._rtt_s = 0.0
        self.known: list[Slot] = []
        self.delivered = self._counted = 0.0
        self.limited = False
        self.gone = False
        self.since_s: float | None = None
        """While it is checked: the proof before the silence; nothing else is sent to it."""
        self.proof_s = now_s
        """When the last question that was answered had been sent."""
        self.held: list[Held] = []
        """Its silent ports that nothing has confirmed yet."""
        self.outages: deque[tuple[float, float]] = deque(maxlen=8)
        """Times in which the whole host was silent."""

    @property
    def checked(self) -> bool:
        """Whether it is being checked."""
        return self.since_s is not None

    @property
    def check_patience_s(self) -> float:
        """How long the answer to a check may take, in seconds."""
        return min(LONGEST_CHECK_S, QUIET_S + 4 * self._rtt_s)

    @property
    def idle(self) -> bool:
        """Whether it can be forgotten: nothing about it is open, and nothing was learnt that spares it."""
        return not (self.checked or self.limited or self.gone or self.held)

    def allowance(self, now_s: float) -> int:
        """Return how many attempts may start now."""
        if self.checked:
            return 0
        tokens = self._bucket.available(now_s)
        return tokens if self._window is None else max(tokens, self._window.room(now_s))

    def wait_s(self, now_s: float) -> float:
        """Return how long to wait until some may start, unless answers come before."""
        if self.checked:
            return self.check_patience_s
        wait_s = max(0.001, self._bucket.wait_s())
        return wait_s if self._window is None else min(wait_s, self._window.wait_s(now_s))

    def started(self, slots: Sequence[Slot], now_s: float) -> None:
        """Note attempts that begin now."""
        count = len(slots)
        self._bucket.take(min(count, self._bucket.available(now_s)))
        if self._window is not None:
            self._window.sent(now_s, count)
        self._since += count
        unanswered = self._unanswered
        for slot in slots[: max(0, _REMEMBERED - len(unanswered))]:
            unanswered[slot[0]] = (slot, now_s)

    def answered(self, slots: Sequence[Slot], sent_s: float, now_s: float, *, late: bool = False) -> None:
        """Note answers to attempts that began then; `late` when they followed a repetition."""
        count = len(slots)
        self.proof_s = max(self.proof_s, sent_s)
        if self._unanswered:
            for slot in slots:
                self._unanswered.pop(slot[0], None)
        if late:
            self._lost += count if sent_s > self._changed_s else 0
            return
        tick = int(now_s / TICK_S)
        if self._answered and self._answered[-1][0] == tick:
            self._answered[-1] = (tick, self._answered[-1][1] + count)
        else:
            self._answered.append((tick, count))
        if self._window is not None:
            self._window.answered(sent_s, now_s, count)
        self._rtt_s = max(now_s - sent_s, 0.9 * self._rtt_s)
        if len(self.known) < _KNOWN:
            self.known.append(slots[0])

    def turn(self, now_s: float) -> bool:
        """Grow again after a cut, or slow down after late answers; returns whether it has to be checked now."""
        if self.checked or self.gone:
            return False
        if self._lost >= UNANSWERED // 4 and self._lost > self._recent(now_s) // 10:
            self._limit(now_s, AFTER_LOSS * self._recent(now_s))
        elif self.limited and now_s - self._changed_s > _GROW_AFTER_S:
            self._changed_s = now_s
            self._cap *= _CAP_GROWS
            self._bucket.change(min(self._cap, self._bucket.rate * _GROW), now_s)
        fading = self._window is not None and self._window.fading
        silent = self._since >= self._patience and self._silent_for_a_while(now_s)
        return bool(self.known) and (fading or silent)

    def begin_check(self, now_s: float) -> list[Slot]:
        """Return what to ask now: a port that answers, and some of those that did not, if they had the time."""
        if self.since_s is None:
            self.since_s = self.proof_s
            self.delivered, self._counted = self._recent(now_s), self._answers(now_s)
        patient = [slot for slot, sent_s in self._unanswered.values() if now_s - sent_s > QUIET_S]
        sample = patient[-_SAMPLE:]
        self._check_s, self._spoke = now_s, False
        self.known.append(self.known.pop(0))
        asked = [self.known[0], *sample]
        self._under_way = {slot.position for slot in asked}
        return asked

    def check_answer(self, slot: Slot, sent_s: float, now_s: float, *, answered: bool) -> "bool | None":
        """Take one outcome of a check; returns whether nothing was lost once that is known, None until then."""
        if sent_s < self._check_s or slot.position not in self._under_way or self.since_s is None:
            return None
        self._under_way.discard(slot.position)
        if answered:
            self._spoke = True
            self.proof_s = max(self.proof_s, sent_s)
            if slot.position in self._unanswered:
                return self._end_check(now_s, lost=True)
        if self._under_way:
            return None
        if self._spoke:
            return self._end_check(now_s, lost=self._silences > 0)
        self._silences += 1
        self.gone = quiet_s(self._silences) is None
        return None

    def due_check(self, now_s: float) -> bool:
        """Tell whether a host that did not answer its check should be asked again."""
        quiet = quiet_s(self._silences)
        if quiet is None or self.gone or self._under_way:
            return False
        return now_s - self._check_s > self.check_patience_s + quiet

    def _end_check(self, now_s: float, *, lost: bool) -> bool:
        silent = self._silences > 0
        if silent and self.since_s is not None:
            self.outages.append((self.since_s, now_s))
        self.since_s, self._silences = None, 0
        self._since = 0
        self._under_way = set()
        self._unanswered.clear()
        if lost:
            # Who fell silent altogether is not asked for more in a second than it has ever answered in its first.
            self._limit(now_s, AFTER_SILENCE * self._counted if silent else AFTER_LOSS * self.delivered)
        else:
            self._patience = min(_MOST_PATIENCE, 2 * self._patience)
            if self._window is not None:
                self._window.forgive()
        return not lost

    def _limit(self, now_s: float, rate: float) -> None:
        if self.limited:
            rate = min(rate, AFTER_LOSS * self._bucket.rate)
        rate = max(LEAST_RATE, rate)
        self._window = None
        self.limited = True
        self._lost = 0
        self._changed_s = now_s
        self._cap = min(self._cap, rate / AFTER_LOSS * 0.9)
        self._bucket.change(rate, now_s)

    def _silent_for_a_while(self, now_s: float) -> bool:
        old = sum(now_s - sent_s > QUIET_S for _, sent_s in self._unanswered.values())
        return old >= UNANSWERED

    def _recent(self, now_s: float) -> float:
        """Return how many answers a second came at once, within the last second or since the first question."""
        return self._answers(now_s) / min(1.0, max(_LEAST_SPAN_S, now_s - self._met_s))

    def _answers(self, now_s: float) -> float:
        oldest = int(now_s / TICK_S) - _SECOND
        return float(sum(count for tick, count in self._answered if tick > oldest))
