"""Progress with the speed and an estimate of the time left, on standard error, on a terminal only."""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from scanner.core.count import counted
from scanner.probes.live import Live

_EVERY_S = 0.2
_WIDE = 120
"""Columns from which there is room for a longer bar."""
_WINDOW_S = 10.0


@contextmanager
def show_progress(live: Live, *, shown: bool) -> Iterator[Callable[[str], None]]:
    """Draw the run while the body runs; yields what puts a line above the drawing, and does nothing without one."""
    if not shown:
        yield lambda _line: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    console = Console(stderr=True)
    wide = console.width >= _WIDE
    columns = (TextColumn("{task.description}"), BarColumn(24 if wide else 8), TextColumn("{task.fields[told]}"))
    with Progress(*columns, console=console, transient=True, auto_refresh=False) as bar:
        task = bar.add_task("sweep", total=None, told="")
        speed = Speed(time.monotonic)

        def draw() -> None:
            tally = live.tally
            bar.update(
                task,
                description="sweep" if tally.settled < tally.planned or not tally.planned else "confirm",
                completed=tally.settled,
                total=tally.planned or None,
                told=line_of(live, speed, wide=wide),
            )
            bar.refresh()

        def say(line: str) -> None:
            bar.console.print(line, markup=False, highlight=False, soft_wrap=True)

        ticker = _Ticker(draw)
        try:
            yield say
        finally:
            ticker.stop()


def line_of(live: Live, speed: "Speed", *, wide: bool) -> str:
    """Return how far a run is, how fast, how long it may still take, and what it has seen; `wide` says all of it."""
    tally = live.tally
    rate = speed.at(tally.settled)
    left = tally.planned - tally.settled
    share = f"{tally.settled / tally.planned:.0%}" if tally.planned else ""
    how_far = f"{tally.settled:,} of {tally.planned:,}, {share}" if share and wide else share
    pace = f"{rate:,.0f}/s, about {_clock(left / rate)} left" if rate and left > 0 else ""
    seen = f"{tally.open:,} open, {live.exposed:,} exposed"
    if wide:
        seen = (
            f"{counted(tally.hosts_alive, 'host')}, {tally.open:,} open, {live.asked:,} asked, {live.exposed:,} exposed"
        )
    return "; ".join(filter(None, (how_far, pace, seen, f"{_clock(speed.spent_s)} so far" if wide else "")))


def _clock(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


class Speed:
    """How many endpoints a second get their state, over the last ten seconds."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._began = now()
        self._seen: deque[tuple[float, int]] = deque([(self._began, 0)])

    @property
    def spent_s(self) -> float:
        """Seconds since the beginning."""
        return self._now() - self._began

    def at(self, settled: int) -> float:
        """Note how many are settled by now, and return the speed; 0 while none can be told."""
        now = self._now()
        self._seen.append((now, settled))
        while now - self._seen[0][0] > _WINDOW_S and len(self._seen) > 2:
            self._seen.popleft()
        then, before = self._seen[0]
        return (settled - before) / (now - then) if now > then else 0.0


class _Ticker:
    """Calls a function again and again until it is stopped."""

    def __init__(self, call: Callable[[], None]) -> None:
        self._call = call
        self._loop = asyncio.get_running_loop()
        self._timer = self._loop.call_later(_EVERY_S, self._tick)

    def stop(self) -> None:
        self._timer.cancel()

    def _tick(self) -> None:
        self._call()
        self._timer = self._loop.call_later(_EVERY_S, self._tick)
