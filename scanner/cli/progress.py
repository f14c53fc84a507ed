"""Progress with an estimate of the time left, on standard error, on a terminal only."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from scanner.pipeline import Live

_EVERY_S = 0.2


@contextmanager
def show_progress(live: Live, *, shown: bool) -> Iterator[None]:
    """Draw the run while the body runs."""
    if not shown:
        yield
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
    loop = asyncio.get_running_loop()
    with Progress(*columns, console=Console(stderr=True), transient=True, auto_refresh=False) as bar:
        task = bar.add_task("sweep", total=None, found="")

        def draw() -> None:
            nonlocal timer
            tally = live.tally
            found = f"{tally.open} open, {len(live.looks)} asked"
            sweeping = tally.settled < tally.planned
            bar.update(
                task,
                description="sweep" if sweeping else "confirm",
                completed=tally.settled,
                total=tally.planned or None,
                found=found,
            )
            bar.refresh()
            timer = loop.call_later(_EVERY_S, draw)

        timer = loop.call_later(_EVERY_S, draw)
        try:
            yield
        finally:
            timer.cancel()
