"""Canaries for the probes: while endpoints that answered before do not, nothing else is asked.

The sweep has the same care (scanner.sweep.connect.canary). A canary costs one connection without a word, and only when
nothing has been heard of anybody for a while. The pauses between them grow (scanner.core.outage).
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeAlias

from scanner.core.address import Address
from scanner.core.endpoint import Endpoint
from scanner.core.outage import QUIETS_S, quiet_s
from scanner.core.ports import Transport
from scanner.net.dial import has_route
from scanner.probes.gaps import Gaps

QUIET_S = 2.0
"""How long nobody may be heard before a canary is asked."""
PAUSE_S = 1.0
"""How often to see whether canaries are due, in seconds."""
_LINK_AWAY_S = 60.0
"""How long to wait for this machine's own link, in seconds: its kernel says when it is back, so nothing is sent."""
_MISSES = 2
_KNOWN = 8
_ASKED_AT_ONCE = 3
_MANY = 3
"""Hosts that were heard and are all silent for good: no patience brings back a network, or lifts a ban."""

Check: TypeAlias = Callable[[Endpoint], Awaitable[bool]]
"""Tells whether an endpoint that answered before is still there: it accepts, or refuses."""


class Lifeline:
    """Holds the probes back while the network is gone."""

    def __init__(self, check: Check, gaps: Gaps) -> None:
        self._check = check
        self._gaps = gaps
        self._known: deque[Endpoint] = deque(maxlen=_KNOWN)
        self._proof_s = gaps.now()
        self._misses = 0
        self._asked_s = self._proof_s
        self._since_s: float | None = None
        self._gone = self._released = False
        self.outages = 0
        """How many outages are over."""
        self._up = asyncio.Event()
        self._up.set()

    @property
    def down(self) -> bool:
        """Whether canaries go unanswered."""
        return self._since_s is not None

    def answered(self, endpoint: Endpoint, asked_s: float) -> None:
        """Note that an endpoint was heard out after it had been asked at that time."""
        self._proof_s = max(self._proof_s, asked_s)
        if endpoint.transport is Transport.TCP and all(endpoint.address != one.address for one in self._known):
            self._known.append(endpoint)

    async def wait(self) -> None:
        """Return once the network is there, or is given up."""
        await self._up.wait()

    def release(self) -> None:
        """Hold nobody back any more: the run is over, or the network is given up."""
        self._known.clear()
        self._since_s = None
        self._misses = 0
        self._released = True
        self._up.set()

    async def look(self) -> None:
        """Ask canaries if nobody has been heard for a while."""
        now_s = self._gaps.now()
        quiet = (quiet_s(self._misses - _MISSES) or 0.0) if self.down else 0.0
        if self._known and (self.down or now_s - self._proof_s >= QUIET_S) and now_s - self._asked_s >= quiet:
            await self.ask()

    async def ask(self) -> None:
        """Ask a few canaries now, and hold everything back after two rounds without an answer."""
        if not self._known:
            return
        asked_s = self._gaps.now()
        canaries = [self._known[index] for index in range(min(_ASKED_AT_ONCE, len(self._known)))]
        self._known.rotate(-len(canaries))
        async with asyncio.TaskGroup() as asked:
            checks = [asked.create_task(self._asked(one)) for one in canaries]
        if any(check.result() for check in checks):
            self._came_back(asked_s)
            return
        self._asked_s = self._gaps.now()
        self._misses += 1
        if self._misses >= _MISSES and self._since_s is None:
            self._since_s = self._proof_s
            self._up.clear()
        if self._misses >= _MISSES + len(QUIETS_S):
            self._give_up()

    async def _asked(self, canary: Endpoint) -> bool:
        return await self._check(canary)

    async def ready(self) -> bool:
        """Return once a canary has answered, or the network is given up; False when it is gone with many hosts."""
        while self._known:
            await (self.look() if self.down else self.ask())
            if not self._misses:
                break
            await asyncio.sleep(PAUSE_S)
        return not self._gone

    async def way_to(self, addresses: Sequence[Address]) -> None:
        """Return once this machine has a way to one of some addresses, or for too long has none."""
        end_s = self._gaps.now() + _LINK_AWAY_S
        few = addresses[:_KNOWN]
        while few and not any(map(has_route, few)) and self._gaps.now() < end_s and not self._released:  # noqa: ASYNC110
            await asyncio.sleep(PAUSE_S)

    def _came_back(self, asked_s: float) -> None:
        self._gone = False
        if self._since_s is not None or self._misses:
            self._gaps.note(self._proof_s, asked_s)
        self.outages += self.down
        self._misses = 0
        self._since_s = None
        self._proof_s = max(self._proof_s, asked_s)
        self._up.set()

    def _give_up(self) -> None:
        self._gone = len(self._known) >= _MANY
        self._gaps.note(self._proof_s, self._gaps.now())
        self.release()
        self._released = False
