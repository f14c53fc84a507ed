"""Does what a plan says so that stopping at any point and starting again leaves the same tickets.

Nothing is remembered between runs but what the tracker holds: a plan that is made again after a kill names what is
left. Before a ticket is opened, and again after an answer that leaves doubt, the tracker is searched for its key.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from scanner.core.errors import first_of
from scanner.net.clock import Clock
from scanner.tickets.action import Action, Change, Verb
from scanner.tickets.answer import Doubtful, Rejected
from scanner.tickets.http import pause
from scanner.tickets.plan import Inventory, Planner
from scanner.tickets.ticket import Ticket
from scanner.tickets.tracker import Tracker

_TRIES = 5
_FIRST_PAUSE_S = 1.0


class Result(StrEnum):
    """What became of an action."""

    DONE = "done"
    FOUND = "found"
    """Somebody had done it already."""
    FAILED = "failed"
    LEFT = "left"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """An action and what became of it."""

    action: Action
    result: Result
    words: str = ""


@dataclass(slots=True)
class Applier:
    """One plan being carried out."""

    tracker: Tracker
    planner: Planner
    tell: Callable[[Outcome], None]
    """Called once for every action, as it ends."""
    clock: Clock = field(default_factory=Clock)
    in_flight: int = 0
    """Most actions at once; 0 for what the tracker takes."""

    async def apply(self, actions: Sequence[Action]) -> None:
        """Do all actions; raises TrackerError or Denied when it makes no sense to go on."""
        if any(action.verb is Verb.CREATE for action in actions):
            # What a run that was killed just now had opened must show in the search first.
            await pause(self.clock, self.tracker.settle_s)
        work = deque(_batches([one for one in actions if one.verb is not Verb.LEAVE], self.tracker.batch))
        workers = min(self.in_flight or self.tracker.in_flight, len(work))
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(workers):
                    group.create_task(self._work(work))
        except BaseExceptionGroup as errors:
            # Not except*: before Python 3.11.4 what is raised there comes out wrapped in a group again.
            raise first_of(errors) from None
        for action in actions:
            if action.verb is Verb.LEAVE:
                self.tell(Outcome(action=action, result=Result.LEFT, words=action.why))

    async def _work(self, work: deque[list[Action]]) -> None:
        while work:
            batch = work.popleft()
            if batch[0].verb is Verb.CREATE:
                await self._create(batch)
            else:
                await self._change(batch[0])

    async def _create(self, actions: list[Action]) -> None:
        left = {action.key: action for action in actions}
        doubt: Doubtful | None = None
        for attempt in range(_TRIES):
            await self._drop_found(left)
            if not left:
                return
            try:
                await self.tracker.create([_ticket(action) for action in left.values()])
            except Doubtful as error:
                doubt = error
                await pause(self.clock, max(_FIRST_PAUSE_S * 2**attempt, self.tracker.settle_s))
            except Rejected as error:
                self._end(left.values(), Result.FAILED, str(error))
                return
            else:
                self._end(left.values(), Result.DONE, "")
                return
        await self._drop_found(left)
        self._end(left.values(), Result.FAILED, f"{doubt}; tried {_TRIES} times")

    async def _drop_found(self, left: dict[str, Action]) -> None:
        """Take out what the tracker holds already, bringing it up to date where it is not."""
        inventory = Inventory()
        for held in await self.tracker.find(tuple(left)):
            inventory.take(held)
        for key, held in inventory.held.items():
            action = left.pop(key, None)
            if action is None:
                continue
            again = self.planner.decide(key, held)
            if again.change is not None:
                await self._change(again)
            else:
                self.tell(Outcome(action=action, result=Result.FOUND, words=f"{held.name} exists"))

    async def _change(self, action: Action) -> None:
        doubt: Doubtful | None = None
        for attempt in range(_TRIES):
            try:
                await self.tracker.change(_change_of(action))
            except Doubtful as error:
                doubt = error
                await pause(self.clock, _FIRST_PAUSE_S * 2**attempt)
            except Rejected as error:
                self._end([action], Result.FAILED, str(error))
                return
            else:
                self._end([action], Result.DONE, "")
                return
        self._end([action], Result.FAILED, f"{doubt}; tried {_TRIES} times")

    def _end(self, actions: Iterable[Action], result: Result, words: str) -> None:
        for action in actions:
            self.tell(Outcome(action=action, result=result, words=words))


def _batches(actions: Sequence[Action], size: int) -> Iterator[list[Action]]:
    """Return changes one by one, and creates for one queue in batches."""
    queues: dict[str, list[Action]] = {}
    for action in actions:
        if action.ticket is None:
            yield [action]
            continue
        queue = queues.setdefault(action.ticket.fields.project, [])
        queue.append(action)
        if len(queue) >= size:
            yield queues.pop(action.ticket.fields.project)
    yield from queues.values()


def _ticket(action: Action) -> Ticket:
    if action.ticket is None:
        raise TypeError(f"{action.verb} of {action.key} has no ticket")
    return action.ticket


def _change_of(action: Action) -> Change:
    if action.change is None:
        raise TypeError(f"{action.verb} of {action.key} has no change")
    return action.change
