"""Endpoints that are being asked, noted before the first byte is sent: whoever ends the process is known by name."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, nullcontext
from typing import Protocol

from scanner.core.endpoint import Endpoint
from scanner.core.event import PortEvent
from scanner.core.observation import Observation
from scanner.core.plan import Place
from scanner.core.problem import Problem, ProblemKind
from scanner.core.unheard import Unheard

ENDS = 2
"""How often the process may end while an endpoint is asked, before it is set aside."""
SUSPECTS, _SHARE_OF_SUSPECTS = 2, 32
"""Endpoints asked at once that were under way when an earlier process ended, or such a part of them: the next end
shall name few of them."""

_WHY = "the process ended twice while it was asked, so it is not asked again; scan it by itself, without --resume"


class Marks(Protocol):
    """Where a run that can be resumed notes whom it asks."""

    def mark(self, begun: Sequence[PortEvent], over: Sequence[PortEvent]) -> None:
        """Note who is about to be asked and who was left alive; called from a thread, one call at a time."""

    def ends(self) -> Mapping[Place, int]:
        """Return during how many earlier processes' ends each endpoint was under way, those with any."""


class UnderWay:
    """Marks endpoints before they are asked; without marks it does nothing.

    All who wait for their mark share one transaction, so that a mark costs about as much as a hop to a thread.
    """

    def __init__(self, marks: Marks | None) -> None:
        self._marks = marks
        self._ends = marks.ends() if marks else {}
        self._begun: dict[PortEvent, None] = {}
        self._over: list[PortEvent] = []
        self._asked: Counter[Place] = Counter()
        self._writing = asyncio.Lock()
        self._cleared: set[Place] = set()
        """Whom this process has outlived."""
        self._suspects = asyncio.Semaphore(max(SUSPECTS, len(self._ends) // _SHARE_OF_SUSPECTS))

    def set_aside(self, event: PortEvent, endpoint: Endpoint) -> Observation | None:
        """Return what is to be said of an endpoint that ended the process too often, None for all others."""
        if self._ends.get(_place(event), 0) < ENDS:
            return None
        problem = Problem(ProblemKind.ENDPOINT_SET_ASIDE, str(endpoint), _WHY)
        return Observation(endpoint=endpoint, unheard=Unheard.NOT_ASKED, note=f"set aside: {_WHY}", problems=(problem,))

    @asynccontextmanager
    async def asking(self, event: PortEvent) -> AsyncIterator[None]:
        """Hold the mark of an endpoint while it is asked; raises StoreError."""
        if self._marks is None:
            yield
            return
        place = _place(event)
        is_suspect = place in self._ends and place not in self._cleared
        async with self._suspects if is_suspect else nullcontext():
            # Two URLs of one port share its mark.
            self._asked[place] += 1
            self._begun[event] = None
            async with self._writing:
                # Whoever had the lock before may have written this mark with its own.
                if event in self._begun:
                    await self._write(self._marks)
            yield
            self._cleared.add(place)
            self._asked[place] -= 1
            if not self._asked[place]:
                del self._asked[place]
                self._over.append(event)

    async def write(self) -> None:
        """Store the marks that changed since the last time."""
        async with self._writing:
            if self._marks is not None and (self._begun or self._over):
                await self._write(self._marks)

    async def _write(self, marks: Marks) -> None:
        begun, self._begun = self._begun, {}
        over, self._over = self._over, []
        try:
            await asyncio.to_thread(marks.mark, list(begun), over)
        except BaseException:
            self._begun = begun | self._begun
            raise


def _place(event: PortEvent) -> Place:
    return event.address, event.port, event.transport
