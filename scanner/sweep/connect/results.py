"""What the sweep has found so far: counts for coverage, open ports for the probes, resume pages for a later run."""

from collections import Counter

from scanner.core.address import to_address
from scanner.core.count import counted
from scanner.core.endpoint import Endpoint
from scanner.core.event import PortEvent, PortState
from scanner.core.plan import describe
from scanner.core.ports import split_key
from scanner.core.problem import Problem, ProblemKind
from scanner.sweep.connect.order import Slot
from scanner.sweep.connect.resume_pages import ResumePages
from scanner.sweep.engine import MOST_ALIVE, MOST_CLOSED_LINES, MOST_UNSCANNED_LINES, Batch, Checkpoint, Sweep

BATCH_SIZE = 256


class Results:
    """Gives each endpoint one final state, in exactly one count.

    A port that is silent at the first attempt counts as filtered at once and is moved if a later attempt is answered.
    """

    def __init__(self, job: Sweep, resume_pages: ResumePages | None) -> None:
        """Take the sweep and, for one that can be resumed, the pages to keep."""
        self._events = job.events
        self._tally = job.tally
        self._resume_pages = resume_pages
        self._batch: Batch = []
        self._opened: list[PortEvent] = []
        self._given_up: Counter[str] = Counter()
        self._met: list[int] = []
        self.uncommitted = 0

    def closed(self, slots: list[Slot]) -> None:
        """Settle many ports that refused at the first attempt."""
        self._tally.closed += len(slots)
        self._name_closed(slots)
        if self._resume_pages is not None:
            for slot in slots:
                self.believe(slot.position)

    def settle(self, attempt: int, slot: Slot, state: PortState, rtt_s: float | None = None) -> None:
        """Give an endpoint its final state."""
        tally = self._tally
        if attempt > 1:
            tally.filtered -= 1
        if state is PortState.CLOSED:
            tally.closed += 1
            self._name_closed([slot])
        elif state is PortState.FILTERED:
            tally.filtered += 1
        elif state is PortState.UNREACHABLE:
            tally.unreachable += 1
        else:
            tally.open += 1
            self._opening(slot, rtt_s)
        self.believe(slot.position)

    def _name_closed(self, slots: list[Slot]) -> None:
        if self._tally.planned <= MOST_CLOSED_LINES:
            for slot in slots:
                transport, port = split_key(slot.key)
                self._tally.closed_list.append(str(Endpoint(to_address(slot.address), port, transport)))

    def silent(self, attempt: int, slot: Slot, *, final: bool) -> None:
        """Count a silent port; unless that is `final` a later attempt may still move it."""
        if attempt == 1:
            self._tally.filtered += 1
        if final:
            self.believe(slot.position)
        elif attempt == 1 and self._resume_pages is not None:
            self._resume_pages.silent(slot.position)

    def believe(self, position: int) -> None:
        """Note in the resume pages that a port is counted."""
        if self._resume_pages is not None:
            self._resume_pages.settle(position)
            self.uncommitted += 1

    def alive(self, address: int) -> None:
        """Note a host that answered for the first time."""
        tally = self._tally
        tally.hosts_alive += 1
        if len(tally.alive) < MOST_ALIVE:
            tally.alive.add(address)
        if self._resume_pages is not None:
            self._met.append(address)

    def give_up(self, attempt: int, slot: Slot, why: str) -> None:
        """Leave an endpoint unscanned and say why, unless its first attempt is over: then it is counted already."""
        if attempt != 1:
            return
        self._given_up[why] += 1
        lines = self._tally.unscanned_list
        if len(lines) < MOST_UNSCANNED_LINES:
            _, port = split_key(slot.key)
            lines.append(f"{describe(to_address(slot.address), port)}: {why}")

    def doubt(self, attempt: int, slot: Slot, why: str) -> None:
        """Leave an endpoint unscanned even if it counts as filtered: its silence has been shown to mean nothing."""
        if attempt > 1:
            self._tally.filtered -= 1
            if self._resume_pages is not None:
                self._resume_pages.doubt(slot.position)
        self.give_up(1, slot, why)

    def problem(self, kind: ProblemKind, detail: str) -> None:
        """Report a problem that did not end the sweep, once."""
        problem = Problem(kind, "sweep", detail)
        if problem not in self._tally.problems:
            self._tally.problems.append(problem)

    def flush(self) -> bool:
        """Hand over the open ports found since the last time; returns whether there were any."""
        if not self._batch:
            return False
        self._events.put_now(self._batch)
        self._batch = []
        return True

    def replay(self, checkpoint: Checkpoint) -> None:
        """Go on counting where an earlier run stopped, and hand over what it had not finished with."""
        tally = self._tally
        tally.open, tally.closed = checkpoint.open, checkpoint.closed
        tally.filtered, tally.unreachable = checkpoint.filtered, checkpoint.unreachable
        tally.hosts_alive = len(checkpoint.met)
        tally.alive.update(checkpoint.met[:MOST_ALIVE])
        self._batch += checkpoint.opened
        self.flush()

    def checkpoint(self, resume_pages: ResumePages) -> Checkpoint:
        """Return what has changed since the last checkpoint."""
        snapshot = resume_pages.take_snapshot()
        opened, self._opened = self._opened, []
        met, self._met = self._met, []
        self.uncommitted = 0
        tally = self._tally
        return Checkpoint(
            low_water=snapshot.low_water,
            pages=snapshot.pages,
            opened=opened,
            open=tally.open,
            closed=tally.closed,
            filtered=tally.filtered,
            unreachable=tally.unreachable,
            met=met,
        )

    def close(self, *, complete: bool) -> None:
        """Balance the counts and end the channel; `complete` when the sweep came to its end by itself."""
        self.flush()
        tally = self._tally
        tally.unscanned = tally.planned - tally.settled
        not_reached = tally.unscanned - self._given_up.total()
        if not_reached < 0 or (complete and not_reached):
            self.problem(
                ProblemKind.BOOKS_NOT_BALANCED,
                f"{counted(not_reached, 'endpoint', 'is', 'are')} unaccounted for; please report this",
            )
        elif not_reached:
            tally.unscanned_list.insert(0, f"{counted(not_reached, 'endpoint')} that the run did not come to")
            del tally.unscanned_list[MOST_UNSCANNED_LINES:]
        for why, count in self._given_up.items():
            self.problem(ProblemKind.LOCAL_ERROR, f"{counted(count, 'endpoint', 'was', 'were')} not looked at: {why}")
        self._events.close()

    def _opening(self, slot: Slot, rtt_s: float | None) -> None:
        transport, port = split_key(slot.key)
        event = PortEvent(slot.address, port, transport, PortState.OPEN, rtt_s)
        self._batch.append(event)
        if self._resume_pages is not None:
            self._opened.append(event)
        if len(self._batch) >= BATCH_SIZE:
            self.flush()
