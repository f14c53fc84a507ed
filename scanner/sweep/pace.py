"""How many attempts may start now: a ceiling that is never exceeded, and a rate below it that follows the network."""

import math
from dataclasses import dataclass
from typing import NamedTuple

from scanner.core.plan import DEFAULT_RATE, Pace

FIRST_RATE = 750.0
BLIND_RATE = 1_000.0
"""The most while nothing has answered yet."""
PATIENCE_S = 3.5
"""Room for the kernel's SYNs at 0, 1 and 3 s (RFC 6298 section 2) and half a second for the last answer."""
BURST_S = 0.04
"""A bucket holds this much of a second's tokens, so no second carries more than 4 % above the rate."""


class Bucket:
    """A token bucket."""

    def __init__(self, rate: float, now_s: float) -> None:
        """Take tokens a second (infinity for no limit) and the time."""
        self.rate = rate
        self._tokens = 0.0
        self._filled_s = now_s

    def change(self, rate: float, now_s: float) -> None:
        """Go on at another rate."""
        self.available(now_s)
        self.rate = rate

    def available(self, now_s: float) -> int:
        """Return how many tokens can be taken now."""
        if math.isinf(self.rate):
            return 1 << 30
        most = max(1.0, self.rate * BURST_S)
        self._tokens = min(most, self._tokens + (now_s - self._filled_s) * self.rate)
        self._filled_s = now_s
        return int(self._tokens)

    def take(self, count: int) -> None:
        """Take tokens that `available` has offered."""
        if not math.isinf(self.rate):
            self._tokens -= count

    def wait_s(self) -> float:
        """Return how long it takes until a useful number of tokens is there."""
        if math.isinf(self.rate):
            return 0.0
        wanted = max(1.0, self.rate * BURST_S / 4)
        return max(0.0, (wanted - self._tokens) / self.rate)


class HostBuckets:
    """One small bucket for each host that is being asked; forgotten when it is full again."""

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._burst = max(1.0, rate * BURST_S)
        self._buckets: dict[int, tuple[float, float]] = {}

    def take(self, address: int, now_s: float) -> bool:
        """Take a token of a host; returns False when it has none."""
        tokens, filled_s = self._buckets.get(address, (self._burst, now_s))
        tokens = min(self._burst, tokens + (now_s - filled_s) * self._rate)
        if tokens < 1.0:
            return False
        if len(self._buckets) > 4_096:
            self._forget(now_s)
        self._buckets[address] = (tokens - 1.0, now_s)
        return True

    def _forget(self, now_s: float) -> None:
        full_s = self._burst / self._rate
        self._buckets = {
            address: (tokens, filled_s)
            for address, (tokens, filled_s) in self._buckets.items()
            if now_s - filled_s < full_s
        }


class Governor:
    """Finds the rate that the path carries: grows while answers come in time, backs off when they come late.

    Answers that needed a repetition are the sign of loss. They arrive a second after those that did not, so half
    seconds of sending are judged 1.6 s later; until then the rate grows only while as many questions as before are
    answered at once. Loss that a slower pace does not cure belongs to the path and is accepted.
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

    def __init__(self, ceiling: float, start: float, blind: float, now_s: float) -> None:
        """Take the most, the first, and the most while nothing answers, all in attempts a second."""
        self.rate = min(start, ceiling)
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

    def sent(self, now_s: float, count: int) -> None:
        """Note that questions were sent."""
        self._epoch(now_s).sent += count

    def answer(self, sent_s: float, count: int = 1, *, late: bool) -> None:
        """Note answers to questions sent then."""
        self._answers += count
        epoch = self._epoch(sent_s)
        if late:
            epoch.late += count
        else:
            epoch.prompt += count

    def cut(self, now_s: float, rate: float) -> None:
        """Slow down at once: this machine or the network fails."""
        self.rate = max(self.LEAST_RATE, min(self.rate, rate))
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
            self.cut(now_s, verdict.rate * self.CUT)
        elif keeps_up or (verdict is not None and verdict.rate >= self.KEEPS_UP * self.rate):
            self._grow(self._ceiling)
        elif self._answers < self.ENOUGH:
            self._grow(self._blind)

    def _epoch(self, when_s: float) -> "_Epoch":
        number = int(when_s / self.EPOCH_S)
        epoch = self._epochs.get(number)
        if epoch is None:
            epoch = self._epochs[number] = _Epoch(self.rate)
        return epoch

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
                rates.append(epoch.rate)
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
            self.rate = max(self.rate, before.rate)

    def _grow(self, most: float) -> None:
        step = self.rate * (self.GROW_STEADY if self._steady else self.GROW)
        self.rate = max(self.rate, min(most, step))


@dataclass(slots=True)
class _Epoch:
    rate: float
    sent: int = 0
    prompt: int = 0
    late: int = 0


class _Verdict(NamedTuple):
    share: float
    rate: float


def patience(pace: Pace) -> tuple[float, int]:
    """Return how long to wait for an answer in seconds, and how many more attempts a silent port gets.

    Together they leave room for three SYNs: in one long attempt, or in several short ones.
    """
    patience_s = PATIENCE_S if pace.timeout_s is None else pace.timeout_s
    if pace.retries is not None:
        return patience_s, pace.retries
    return patience_s, 2 if patience_s < 1.0 else 1


def make_governor(pace: Pace, now_s: float, *, local: bool) -> Governor | None:
    """Return what finds the rate; None when the user wants no limit at all. `local` is for this machine alone."""
    if pace.rate is not None:
        return None if math.isinf(pace.rate) else Governor(pace.rate, pace.rate, pace.rate, now_s)
    if local:
        return Governor(DEFAULT_RATE, DEFAULT_RATE, DEFAULT_RATE, now_s)
    return Governor(DEFAULT_RATE, FIRST_RATE, BLIND_RATE, now_s)
