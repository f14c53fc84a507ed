"""Finds the rate that a path carries: open while answers come back at once, measured once they do not."""

from dataclasses import dataclass
from typing import NamedTuple

from scanner.sweep.bucket import Bucket, SharedBucket
from scanner.sweep.window import Window


class Governor:
    """Finds the rate that the path carries: grows while answers come in time, backs off when they come late.

    Answers that needed a repetition are the sign of loss. They arrive a second after those that did not, so half
    seconds of sending are judged 1.6 s later; until then the rate grows only while as many questions as before are
    answered at once. Loss that a slower pace does not cure belongs to the path and is accepted.

    With a window there is no rate to find at first: what answers come back for may be sent, and the rate is only what
    may be asked beside that, of those who are silent. The first loss closes the window.
    """

    EPOCH_S = 0.5
    VERDICT_AFTER_S = 1.6
    SETTLE_S = 3.0
    """After a cut, repetitions of what was lost before it still fill the path for so long."""
    WINDOW = 6
    """Most epochs that are judged together, where answers are few."""
    LEAST_RATE = 50.0
    ENOUGH = 50
    TOLERATED = 0.05
    GROW = 1.35
    GROW_STEADY = 1.05
    CUT = 0.6
    KEEPS_UP = 0.8

    def __init__(
        self,
        ceiling: float,
        start: float,
        blind: float,
        now_s: float,
        window: Window | None = None,
        *,
        shared: SharedBucket | None = None,
    ) -> None:
        """Take the most, the first, and the most while nothing answers, all in attempts a second; and the window.

        `shared` is a ceiling that several machines share; whatever is found here, no more than it allows is offered.
        """
        self._shared = shared
        self.rate = min(start, ceiling)
        self._bucket = Bucket(self.rate, now_s)
        self._window = self._reopened = window
        self._ceiling = ceiling
        self._blind = min(blind, ceiling)
        self._epochs: dict[int, _Epoch] = {}
        self._judged_s = now_s
        self._changed_s = now_s - self.EPOCH_S
        self._accepted = 0.0
        self._usual: float | None = None
        self._before_cut: _Verdict | None = None
        self._answers = 0
        self._steady = False

    @property
    def opened(self) -> bool:
        """Whether answers alone decide how much is sent."""
        return self._window is not None

    def available(self, now_s: float) -> int:
        """Return how many attempts may start now."""
        tokens = self._tokens(now_s)
        found = tokens if self._window is None else max(tokens, self._window.room(now_s))
        return found if self._shared is None else min(found, self._shared.available(now_s))

    def take(self, now_s: float, count: int) -> None:
        """Take what `available` has offered."""
        if self._shared is not None:
            self._shared.take(count)
        if self._window is None:
            self._bucket.take(count)
        else:
            self._bucket.take(min(count, self._tokens(now_s)))
            self._window.sent(now_s, count)
        self._epoch(now_s).begun += count

    def wait_s(self, now_s: float) -> float:
        """Return how long it takes until a useful number of attempts may start, unless answers come before."""
        wait_s = self._bucket.wait_s()
        wait_s = wait_s if self._window is None else min(wait_s, self._window.wait_s(now_s))
        return wait_s if self._shared is None else max(wait_s, self._shared.wait_s())

    def back(self, sent_s: float, now_s: float, count: int = 1) -> None:
        """Note that attempts which began then came to an answer now, whichever attempts they were."""
        if self._window is not None:
            self._window.answered(sent_s, now_s, count)

    def sent(self, now_s: float, count: int) -> None:
        """Note that questions were sent for the first time."""
        self._epoch(now_s).sent += count

    def answer(self, sent_s: float, count: int = 1, *, late: bool) -> None:
        """Note answers to questions sent then."""
        self._answers += count
        epoch = self._epoch(sent_s)
        if late:
            epoch.late += count
        else:
            epoch.prompt += count

    def back_off(self, now_s: float, factor: float) -> None:
        """Slow down at once, to that part of the rate: this machine or the network fails."""
        self._reopened = None
        self._cut(now_s, self.rate * factor)

    def _cut(self, now_s: float, rate: float) -> None:
        most = self.rate if self._window is None else self._ceiling
        self._window = None
        self.rate = max(min(self.LEAST_RATE, self._ceiling), min(most, rate))
        self._changed_s = now_s + self.SETTLE_S
        self._steady = True

    def turn(self, now_s: float) -> None:
        """Judge what is old enough, at most once an epoch."""
        if now_s - self._judged_s < self.EPOCH_S:
            return
        self._judged_s = now_s
        keeps_up = self._keeps_up(now_s)
        verdict = self._judge(now_s)
        if self._before_cut is not None:
            if verdict is not None:
                self._weigh_cut(verdict, self._before_cut)
        elif verdict is not None and verdict.share > self._accepted * 1.5 + self.TOLERATED:
            self._before_cut = verdict
            # A window may have sent many times what the path carries.
            carried = 1.0 if self._window is None else 1.0 - verdict.share
            self._cut(now_s, verdict.rate * self.CUT * carried)
        elif self._window is not None:
            self._grow(self._blind)
        elif keeps_up or (verdict is not None and verdict.rate >= self.KEEPS_UP * self.rate):
            self._grow(self._ceiling)
        elif self._answers < self.ENOUGH:
            self._grow(self._blind)

    def _epoch(self, when_s: float) -> "_Epoch":
        number = int(when_s / self.EPOCH_S)
        epoch = self._epochs.get(number)
        if epoch is None:
            epoch = self._epochs[number] = _Epoch(self.rate, opened=self._window is not None)
        return epoch

    def _tokens(self, now_s: float) -> int:
        if self._bucket.rate != self.rate:
            self._bucket.change(self.rate, now_s)
        return self._bucket.available(now_s)

    def _keeps_up(self, now_s: float) -> bool:
        """Tell whether questions of half a second ago were answered at once as often as earlier ones."""
        epoch = self._epochs.get(int(now_s / self.EPOCH_S) - 2)
        if self._steady or epoch is None or epoch.prompt < self.ENOUGH or epoch.rate < 0.95 * self.rate:
            return False
        share = epoch.prompt / max(1, epoch.sent)
        usual = share if self._usual is None else self._usual
        self._usual = max(share, usual)
        return share >= self.KEEPS_UP * usual

    def _judge(self, now_s: float) -> "_Verdict | None":
        """Return the share of late answers among old enough questions sent since the last change."""
        newest = int((now_s - self.VERDICT_AFTER_S) / self.EPOCH_S)
        oldest = max(int(self._changed_s / self.EPOCH_S) + 1, newest - self.WINDOW)
        for number in [number for number in self._epochs if number < min(oldest, newest)]:
            del self._epochs[number]
        late = total = 0
        rates: list[float] = []
        for number in range(newest - 1, oldest - 1, -1):
            epoch = self._epochs.get(number)
            if epoch is not None:
                late += epoch.late
                total += epoch.late + epoch.prompt
                rates.append(epoch.begun / self.EPOCH_S if epoch.opened else epoch.rate)
            if total >= 2 * self.ENOUGH:
                break
        if total < self.ENOUGH:
            return None
        self._accepted = min(self._accepted, late / total)
        return _Verdict(late / total, sum(rates) / len(rates))

    def _weigh_cut(self, now: "_Verdict", before: "_Verdict") -> None:
        self._before_cut = None
        # Were the path too narrow, what it carries would now be a larger part of less.
        expected = max(0.0, 1.0 - (1.0 - before.share) * before.rate / now.rate)
        if now.share > (before.share + expected) / 2:
            self._accepted = now.share
            self.rate = max(self.rate, min(before.rate, self._ceiling))
            if self._reopened is not None:
                self.rate = min(self.rate, self._blind)
                self._window = self._reopened

    def _grow(self, most: float) -> None:
        step = self.rate * (self.GROW_STEADY if self._steady else self.GROW)
        self.rate = max(self.rate, min(most, step))


@dataclass(slots=True)
class _Epoch:
    rate: float
    opened: bool
    begun: int = 0
    sent: int = 0
    prompt: int = 0
    late: int = 0


class _Verdict(NamedTuple):
    share: float
    rate: float
