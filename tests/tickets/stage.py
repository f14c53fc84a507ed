"""Runs the product's own planning and applying against a tracker, with a clock that jumps and kills on demand."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

from scanner.core.report import ScanReport
from scanner.net.clock import Clock
from scanner.tickets.action import Action
from scanner.tickets.answer import Answer
from scanner.tickets.apply import Applier, Outcome
from scanner.tickets.group import all_keys, group_as_held
from scanner.tickets.http import Web, WebLimits
from scanner.tickets.plan import Inventory, Planner, demand_no_flood, plan
from scanner.tickets.proof import read_looks
from scanner.tickets.secret import read_secret
from scanner.tickets.settings import read_config
from scanner.tickets.tracker import Setup, find_kind

NOW_S = 1_772_326_800.0


class JumpingClock(Clock):
    """Time passes only when somebody sleeps."""

    def __init__(self) -> None:
        object.__setattr__(self, "slept", [])
        object.__setattr__(self, "moment", NOW_S)

    def now_s(self) -> float:
        return self.moment

    def utc(self) -> str:
        return datetime.fromtimestamp(self.moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        object.__setattr__(self, "moment", self.moment + seconds)
        await asyncio.sleep(0)


class Killed(Exception):
    """The process died here."""


@dataclass
class Kill:
    """Dies at the n-th request, before it leaves or after it was done but before the answer is read."""

    at: int = 1 << 30
    after: bool = False
    count: int = 0
    dead: bool = False

    def strike(self, *, after: bool) -> None:
        if self.dead:
            raise Killed
        if not after:
            self.count += 1
        if self.count == self.at and after is self.after:
            self.dead = True
            raise Killed


class KilledWeb(Web):
    """The product's client in a process that may die."""

    kill: Kill

    async def _once(self, *args) -> Answer:
        self.kill.strike(after=False)
        answer = await super()._once(*args)
        self.kill.strike(after=True)
        return answer


@dataclass
class Stage:
    """One tracker and the configuration that leads there."""

    tracker: str
    config: Path
    environment: Mapping[str, str]
    clock: JumpingClock = field(default_factory=JumpingClock)
    by_host: bool = False
    most_new: int = 100_000
    timeout_s: float = 5.0
    requests: int = 0
    """Made by the last run."""

    async def plan(self, report: ScanReport, *proofs: ScanReport) -> list[Action]:
        async with self._open(report, proofs, Kill()) as (planner_of, tracker):
            inventory = Inventory()
            await tracker.load(all_keys(report, by_host=self.by_host), inventory.take)
            return plan(planner_of(inventory), inventory)

    async def run(self, report: ScanReport, *proofs: ScanReport, kill: Kill | None = None) -> list[Outcome]:
        """Plan and apply; raises Killed when it was to die."""
        outcomes: list[Outcome] = []
        try:
            async with self._open(report, proofs, kill or Kill()) as (planner_of, tracker):
                inventory = Inventory()
                await tracker.load(all_keys(report, by_host=self.by_host), inventory.take)
                planner = planner_of(inventory)
                actions = plan(planner, inventory)
                demand_no_flood(actions, self.most_new)
                await Applier(tracker, planner, outcomes.append, clock=self.clock).apply(actions)
        except BaseExceptionGroup as group:
            if group.subgroup(Killed) is None:
                raise
            raise Killed from None
        return outcomes

    async def say(self, report: ScanReport, *proofs: ScanReport) -> list[str]:
        """Run, and return `verb result` for each action."""
        return [f"{one.action.verb} {one.result}" for one in await self.run(report, *proofs)]

    @asynccontextmanager
    async def _open(self, report: ScanReport, proofs: Sequence[ScanReport], kill: Kill):
        kind = find_kind(self.tracker)
        config = read_config(self.config, self.tracker, kind.options)
        secret = read_secret(config, self.environment)

        def planner_of(inventory: Inventory) -> Planner:
            return Planner(
                group_as_held(report, tuple(inventory.held.values()), by_host=self.by_host),
                read_looks(report, proofs),
                lambda findings: config.fields_for(findings, date(2026, 3, 1)),
                by_host=self.by_host,
            )

        web = KilledWeb(config.url, kind.headers(config, secret), WebLimits(timeout_s=self.timeout_s), self.clock)
        web.kill = kill
        async with web:
            try:
                yield planner_of, kind.open(Setup(config=config, web=web, clock=self.clock, secret=secret))
            finally:
                self.requests = kill.count
