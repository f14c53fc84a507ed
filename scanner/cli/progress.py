"""Progress with an estimate of the time left, on standard error, on a terminal only."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from scanner.probes.live import Live

_EVERY_S = 0.2


@contextmanager
def show_progress(live: Live, *, shown: bool) -> Iterator[Callable[[str], None]]:
    """Draw the run while the body runs; yields what puts a line above the drawing, and does nothing without one."""
    if not shown:
        yield lambda _line: None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TextColumn("{task.fields[found]}"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True, auto_refresh=False) as bar:
        task = bar.add_task("sweep", total=None, found="")

        def draw() -> None:
            tally = live.tally
            bar.update(
                task,
                description="sweep" if tally.settled < tally.planned else "confirm",
                completed=tally.settled,
                total=tally.planned or None,
                found=f"{tally.hosts_alive} hosts, {tally.open} open, {live.asked} asked",
            )
            bar.refresh()

        def say(line: str) -> None:
            bar.console.print(line, markup=False, highlight=False, soft_wrap=True)

        ticker = _Ticker(draw)
        try:
            yield say
        finally:
            ticker.stop()


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
