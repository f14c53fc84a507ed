"""How many attempts may start now: a ceiling that is never exceeded, and a rate below it that follows the network."""

import math

BURST_S = 0.02
"""A bucket holds this much of a second's tokens, so no second carries more than 2 % above the rate."""


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
        wanted = max(1.0, self.rate * BURST_S / 2)
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
    seconds of sending are judged 1.6 s later. Loss that a slower pace does not cure belongs to the path and is borne.
    """

    EPOCH_S = 0.5
    VERDICT_AFTER_S = 1.6
    LEAST_RATE = 50.0
    ENOUGH = 20
    TOLERATED = 0.05
    GROW = 1.35
    CUT = 0.6

    def __init__(self, ceiling: float, start: float, blind: float, now_s: float) -> None:
        """Take the most, the first, and the most while nothing answers, all in attempts a second."""
        self.rate = min(start, ceiling)
        self._ceiling = ceiling
        self._blind = min(blind, ceiling)
        self._epochs: dict[int, list[int]] = {}
        self._judged_s = now_s
        self._changed_s = now_s
        self._floor = 0.0
        self._before_cut: tuple[float, float] | None = None
        self._answers = 0
        self._steady = False

    def answer(self, sent_s: float, count: int = 1, *, late: bool) -> None:
        """Note answers to questions sent then."""
        self._answers += count
        epoch = self._epochs.setdefault(int(sent_s / self.EPOCH_S), [0, 0])
        epoch[late] += count

    def cut(self, now_s: float, factor: float = CUT) -> None:
        """Slow down at once: this machine or the network is in trouble."""
        self.rate = max(self.LEAST_RATE, self.rate * factor)
        self._changed_s = now_s
        self._steady = True

    def turn(self, now_s: float) -> None:
        """Judge what is old enough, at most once an epoch."""
        if now_s - self._judged_s < self.EPOCH_S:
            return
        self._judged_s = now_s
        share = self._share(now_s)
        if share is None:
            self._grow(self._blind if self._answers < self.ENOUGH else self._ceiling)
        elif self._before_cut is not None:
            self._weigh_cut(share, *self._before_cut)
        elif share > self._floor * 1.5 + self.TOLERATED:
            self._before_cut = (self.rate, share)
            self.cut(now_s)
        else:
            self._grow(self._ceiling)

    def _share(self, now_s: float) -> float | None:
        """Return the share of late answers among old enough questions sent since the last change."""
        newest = int((now_s - self.VERDICT_AFTER_S) / self.EPOCH_S)
        oldest = int(self._changed_s / self.EPOCH_S) + 1
        prompt = late = 0
        for number in [number for number in self._epochs if number < newest]:
            counts = self._epochs[number]
            if number >= oldest:
                prompt += counts[0]
                late += counts[1]
            if number < newest - 6 or number < oldest:
                del self._epochs[number]
        total = prompt + late
        return late / total if total >= self.ENOUGH else None

    def _weigh_cut(self, share: float, rate: float, before: float) -> None:
        self._before_cut = None
        if share > 0.7 * before:
            self._floor = max(self._floor, share)
            self.rate = rate

    def _grow(self, most: float) -> None:
        step = self.rate * 1.05 if self._steady else self.rate * self.GROW
        self.rate = max(self.rate, min(most, step))
