"""A loop whose clock jumps over time in which nothing happens, for tests where a peer stays silent.

What comes of a wait is then decided by what was said and by which limit ends first, not by a machine's speed. Bytes on
loopback are there as soon as they are written, so that nothing which a peer in the same loop has sent is jumped over.
Peers in threads and processes need longer than that: `quiet_s` says for how long nothing has to happen before a jump.
"""

import asyncio
import functools
import selectors
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")
QUIET_S = 0.02


class _Jumping(selectors.DefaultSelector):
    quiet_s = QUIET_S
    ahead_s = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None or timeout <= self.quiet_s:
            return super().select(timeout)
        ready = super().select(self.quiet_s)
        if not ready:
            self.ahead_s += timeout - self.quiet_s
        return ready


class JumpingLoop(asyncio.SelectorEventLoop):
    """Keeps real time as long as something happens, and is at the next timer at once when nothing does."""

    def __init__(self, quiet_s: float = QUIET_S) -> None:
        self._jumping = _Jumping()
        self._jumping.quiet_s = quiet_s
        super().__init__(self._jumping)

    def time(self) -> float:
        return super().time() + self._jumping.ahead_s


def run(main: Coroutine[Any, Any, T], quiet_s: float = QUIET_S) -> T:
    """Run a coroutine as asyncio.run does, in a loop that jumps."""
    with asyncio.Runner(loop_factory=lambda: JumpingLoop(quiet_s)) as runner:
        return runner.run(main)


def jumping(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """Decorate an async test, so that it runs in a loop that jumps."""

    @functools.wraps(test)
    def in_a_loop(*args: Any, **kwargs: Any) -> None:
        run(test(*args, **kwargs))

    return in_a_loop
