"""The rounds at the end of a run: who was late, or was asked while silence meant nothing, is asked again."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, TypeAlias

from scanner.core.endpoint import Endpoint
from scanner.core.event import PortEvent
from scanner.core.observation import Observation
from scanner.core.unheard import Unheard
from scanner.probes.gaps import Gaps

LATE_ROUNDS = (3.0, 10.0)
"""By how much patience is stretched, round by round."""
FEW = 64
"""Endpoints that are worth ten times the patience; more than that are no stragglers."""
LEAST_S = 60.0
"""How long a round may take in any case; else no longer than all that came before it."""
_MOST_REPEATS = 3
"""Rounds more for what was asked while the process stood still or the network was gone, each time again."""
_PASSING = {Unheard.TIMED_OUT, Unheard.REFUSED_LATER, Unheard.LOCAL_FAULT, Unheard.CUT_OFF}


class Due(NamedTuple):
    """An endpoint that may have to be asked again."""

    place: int
    """Its index among the observations."""
    event: PortEvent
    endpoint: Endpoint
    tls: bool | None
    asked_s: float
    over_s: float
    seen: Observation


Ask: TypeAlias = Callable[[Sequence[Due], float], Awaitable[Sequence[Due]]]
"""Asks endpoints again, with so much patience; whom it does not get to is missing in what it returns."""


@dataclass(frozen=True, slots=True)
class Rounds:
    """Says what to ask again, and with how much patience."""

    gaps: Gaps
    ready: Callable[[Sequence[Due]], Awaitable[bool]]
    """Waits until the network is there for them, or is given up; returns whether asking is of any use."""
    factors: Sequence[float] = LATE_ROUNDS

    async def run(self, due: Sequence[Due], ask: Ask) -> list[Due]:
        """Ask again what is late, round by round; returns how each of them stands in the end."""
        left = {one.place: one for one in due}
        for number, factor in enumerate(self.factors):
            again = [one for one in left.values() if is_late(one) or self._in_a_gap(one)]
            await self._round(left, again if number == 0 else _stragglers(again), factor, ask)
        for _ in range(_MOST_REPEATS if self.factors else 0):
            await self._round(left, [one for one in left.values() if self._in_a_gap(one)], self.factors[0], ask)
        return [_unheard(one) if self._in_a_gap(one) else one for one in left.values()]

    async def _round(self, left: dict[int, Due], again: Sequence[Due], factor: float, ask: Ask) -> None:
        if not again or not await self.ready(again):
            return
        for one in await ask(again, factor):
            left[one.place] = one._replace(seen=better(left[one.place].seen, one.seen))

    def _in_a_gap(self, one: Due) -> bool:
        return is_open(one.seen) and self.gaps.touched(one.asked_s, one.over_s)


def is_open(seen: Observation) -> bool:
    """Tell whether asking again may show more than is known."""
    return seen.unheard is not None or (seen.facts is None and seen.decoy is None)


def is_late(one: Due) -> bool:
    """Tell whether time is what an endpoint lacked."""
    return one.seen.unheard in _PASSING


def better(before: Observation, now: Observation) -> Observation:
    """Return what is known of an endpoint that was asked twice: the later word, unless it says less."""
    connections = before.connections + now.connections
    # Who was known and now hangs up, or shows another page, was not heard out any better than before.
    poorer = now.unheard is Unheard.NOT_ASKED or (before.facts is not None and now.facts is None)
    kept = before if poorer else now
    problems = tuple(dict.fromkeys((*before.problems, *now.problems)))
    return replace(kept, connections=connections, problems=problems)


def _stragglers(late: Sequence[Due]) -> Sequence[Due]:
    """Return the few that are left, those that ever said a word first."""
    return sorted(late, key=lambda one: one.seen.mute)[:FEW]


def _unheard(one: Due) -> Due:
    """Return an endpoint that was only ever asked while silence meant nothing as what it is."""
    return one._replace(seen=replace(one.seen, unheard=one.seen.unheard or Unheard.LOCAL_FAULT))
