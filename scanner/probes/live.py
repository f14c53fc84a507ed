"""A run in the making, as progress shows it."""

import asyncio
from dataclasses import dataclass, field

from scanner.core.observation import Observation
from scanner.core.problem import Problem
from scanner.sweep.engine import Tally


@dataclass(slots=True)
class Live:
    """What is known until now, and the switch that ends the run early."""

    tally: Tally = field(default_factory=Tally)
    observations: list[Observation] = field(default_factory=list)
    waiting: int = 0
    """Open endpoints that no probe has finished with."""
    asked_elsewhere: int = 0
    """Open endpoints that other machines have asked for this run."""
    exposed: int = 0
    """Endpoints with a finding until now, counted where somebody is told at once; the report alone is the verdict."""
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    problems: list[Problem] = field(default_factory=list)

    @property
    def asked(self) -> int:
        """How many open endpoints were asked until now, here and elsewhere."""
        return len(self.observations) + self.asked_elsewhere
