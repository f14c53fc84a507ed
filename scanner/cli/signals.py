"""Ctrl-C: the first one ends the run in order, the second one at once."""

import asyncio
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def stop_on_signals(stop: asyncio.Event, what: str = "the report will be marked interrupted") -> Iterator[None]:
    """Set `stop` on the first SIGINT, SIGTERM or SIGHUP; cancel the current task on the second.

    `what` says what becomes of the work.
    """
    loop = asyncio.get_running_loop()
    task = asyncio.current_task()

    def ask_to_stop() -> None:
        if stop.is_set() and task is not None:
            task.cancel()
            return
        stop.set()
        sys.stderr.write(f"\nexposure: stopping; {what} (again to stop at once)\n")

    for number in _ENDING:
        loop.add_signal_handler(number, ask_to_stop)
    try:
        yield
    finally:
        for number in _ENDING:
            loop.remove_signal_handler(number)
