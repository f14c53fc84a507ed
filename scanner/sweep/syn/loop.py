"""The sweep's own thread: sends what is due, reads what has come, and knows nothing of asyncio."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from scanner.core.event import PortState
from scanner.core.problem import Problem, ProblemKind
from scanner.sweep.engine import MOST_UNSCANNED_LINES, Batch, Sweep
from scanner.sweep.governor import Governor
from scanner.sweep.syn.layout import Layout, Targets
from scanner.sweep.syn.link import Link
from scanner.sweep.syn.parse import Parser
from scanner.sweep.syn.progress import Progress
from scanner.sweep.syn.results import Results
from scanner.sweep.syn.routes import Routes, no_way
from scanner.sweep.syn.schedule import Schedule, Slice
from scanner.sweep.syn.syn_order import SynOrder
from scanner.targets.shard import shard_positions

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MOST_A_TURN = 4_096
_SMALLEST_SLICE, LARGEST_SLICE = 16, 1 << 19
_SMALLEST_OPEN_SLICE = 2_048
_SLICE_S = 0.3
_TURN_S = 0.01
_CHECK_S = 0.05
_LOSSY = 0.02
"""Share of single questions lost from which silence is asked once more than usual."""
_DRAIN_S = 1.5
"""How long a stopped sweep still listens."""
_ROOM_S = 0.001
"""How long to listen until a full ring is tried again: the kernel sends hundreds of packets in that time."""
_INTERRUPTION_S = 0.5
"""A delay after which answers may have been lost with the link."""
_LINK_DOWN_S = 60.0
"""How long a link may take nothing before the run gives up."""


class Stopped(Exception):
    """The run is to end; raised out of a pause in sending."""


class Loop:
    """One sweep, from the first SYN to the last answer; all methods but the constructor run in its thread."""

    def __init__(
        self,
        job: Sweep,
        *,
        layout: Layout,
        routes: Routes,
        link: Link,
        parser: Parser,
        governor: Governor | None,
        first_source_port: int,
        deliver: Callable[[Batch], None],
        cancelled: threading.Event,
    ) -> None:
        plan = job.plan
        self._job = job
        self._layout = layout
        self._routes = routes
        self._link = link
        self._parser = parser
        self._deliver = deliver
        self._cancelled = cancelled
        self._now_s = job.clock.now_s
        self._first_source_port = first_source_port
        self._seed = plan.seed
        positions = shard_positions(layout.space.size, plan.shard)
        self.size = len(positions)
        # Hosts that are to be spared get nothing but their share of the whole: no more of it when others are silent.
        self._order = SynOrder(layout, plan.seed, positions, sort=job.ledger is None and not plan.pace.polite)
        self._progress = Progress.restore(job.ledger) if job.ledger is not None else None
        self.results = Results(layout, job.tally, first_source_port, keep_states=self._progress is not None)
        self.results.governor = self._governor = governor
        smallest = _SMALLEST_OPEN_SLICE if governor is not None and governor.opened else _SMALLEST_SLICE
        self.schedule = Schedule(self.size, LARGEST_SLICE if governor is None else _slice_size(governor.rate, smallest))
        if plan.pace.retries is not None:
            self.schedule.rounds = 1 + plan.pace.retries
        if plan.pace.timeout_s is not None:
            self.schedule.listen_s = plan.pace.timeout_s
        self._delayed_since_s: float | None = None
        self._measured, self._measured_s = 0, self._now_s()
        self.dropped = 0
        self.sent = 0

    def drive(self) -> None:
        """Sweep until every slice is settled, or the run is stopped."""
        self._job.tally.planned = self.size
        if self._progress is not None:
            self._hand_over(list(self._progress.replay(self._job.tally)))
            self.results.met(self._progress.checkpoint.met)
            self.schedule.skip(self._progress.checkpoint.low_water)
        try:
            while not self.schedule.finished and self._heard < self.size:
                self._read()
                self._keep_pace()
                self._keep_progress()
                if self._ended:
                    raise Stopped
                self._turn()
        except Stopped:
            self._drain()
        self._settle_silent()

    def _turn(self) -> None:
        if self._link.stuck():
            self._note_delay()
            self._link.wait(_TURN_S)
            return
        self._go_on()
        now_s = self._now_s()
        self._order.sort(self.schedule.untouched.start, self.results.alive, self._job.tally.hosts_alive, now_s)
        piece = self.schedule.next(now_s)
        if piece is None:
            wake_s = self.schedule.wake_s()
            self._link.wait(_CHECK_S if wake_s is None else min(_CHECK_S, max(0.0005, wake_s - now_s)))
            return
        most = MOST_A_TURN if self._governor is None else min(MOST_A_TURN, self._governor.available(now_s))
        if self._job.events.crowded or most < 1:
            wait_s = 0.0 if self._governor is None else self._governor.wait_s(now_s)
            self._link.wait(min(_TURN_S, max(0.0005, wait_s)))
            return
        self._send(piece, most)

    def _send(self, piece: Slice, most: int) -> None:
        if not piece.sent:
            self.results.round_starts(piece.source_port, self._now_s())
        positions = piece.positions(self._seed, most)
        count = len(positions)
        index = self._order.of(positions)
        if piece.round:
            index = index[~self.results.answered.has(index)]
        asked = sum(self._send_family(piece, targets) for targets in self._layout.targets(index)) if len(index) else 0
        if self._governor is not None:
            self._governor.take(self._now_s(), asked)
        self.sent += asked
        if piece.sent + count >= piece.count:
            self._await_kernel()
        now_s = self._now_s()
        source_port = piece.source_port
        self.schedule.visited(count, asked, now_s)
        if piece.sent >= piece.count:
            self.results.round_ends(source_port, now_s)

    def _send_family(self, piece: Slice, targets: Targets) -> int:
        import numpy as np

        places = self._routes.of(targets)
        first = int(places[0])
        if (places == first).all():
            return self._send_piece(piece, first, targets)
        return sum(
            self._send_piece(piece, int(place), targets.where(places == place)) for place in np.unique(places).tolist()
        )

    def _send_piece(self, piece: Slice, place: int, targets: Targets) -> int:
        source_port = self._first_source_port + piece.source_port
        sent = self._link.send(place, targets, source_port, self._pause)
        self._go_on()
        if sent is None:
            return len(targets)
        self.results.cut_off(targets.index[~sent], why=no_way(self._routes.pieces[place].route))
        return int(sent.sum())

    def _read(self) -> None:
        for answers in self._link.receive(self._parser):
            batch = self.results.note(answers, self._now_s())
            if batch and self._progress is not None:
                self._progress.found(batch)
            self._hand_over(batch)
        dropped = self._link.dropped()
        if dropped:
            self.dropped += dropped
            self.schedule.again()
            if self._governor is not None:
                self._governor.back_off(self._now_s(), 0.5)
        elif self._job.plan.pace.retries is None and self.results.loss.share > _LOSSY:
            self.schedule.again()
        tally = self._job.tally
        tally.estimated_loss = self.results.loss.share
        tally.filtered = max(tally.filtered, self.schedule.settled - self._heard - tally.unreachable)

    def _hand_over(self, batch: Batch) -> None:
        if batch:
            self._deliver(batch)

    def _keep_pace(self) -> None:
        governor, now_s = self._governor, self._now_s()
        if governor is None:
            return
        governor.turn(now_s)
        if now_s - self._measured_s >= _SLICE_S and governor.opened:
            rate = (self.sent - self._measured) / (now_s - self._measured_s)
            self._measured, self._measured_s = self.sent, now_s
            self.schedule.slice_size = _slice_size(rate, _SMALLEST_OPEN_SLICE)

    def _keep_progress(self, *, last: bool = False) -> None:
        settled = self.schedule.finished_slices
        if self._progress is not None:
            for piece in settled if not self.results.lost else ():  # what is lost is left to the next part of the run
                states = sum((self.results.states(index) for index in self._indexes(piece)), Counter[PortState]())
                self._progress.settled(piece.first, piece.first + piece.count, states)
            self._progress.commit(self._now_s(), self.results.newly_met, last=last)
        settled.clear()

    def _indexes(self, piece: Slice) -> "Iterator[NDArray[np.int64]]":
        for first in range(piece.first, piece.first + piece.count, MOST_A_TURN):
            count = min(MOST_A_TURN, piece.first + piece.count - first)
            yield self._order.part(first, count)

    def _await_kernel(self) -> None:
        """Let a round end when its last packet has left, for that is when the waiting for answers starts."""
        while self._link.sending() or self._link.stuck():
            self._pause()
        self._go_on()

    def _pause(self) -> None:
        self._note_delay()
        # Not `link.wait`: that returns with the first packet, and reading packets one by one costs many times a batch.
        self._cancelled.wait(_ROOM_S)
        # What the link refused keeps the rest of its batch from the slots, and nobody else tries again.
        self._link.stuck()
        self._read()

    def _note_delay(self) -> None:
        """Note that the link takes nothing; raises Stopped when the run is to end, or that lasts too long."""
        now_s = self._now_s()
        self._delayed_since_s = self._delayed_since_s or now_s
        if self._ended:
            raise Stopped
        if now_s - self._delayed_since_s > _LINK_DOWN_S:
            self._job.tally.problems.append(
                Problem(ProblemKind.LOCAL_ERROR, "sweep", "the link took no packet for 60 s; the rest was not scanned")
            )
            raise Stopped

    def _go_on(self) -> None:
        """Note that the link takes packets; after an interruption ask what was in flight once more."""
        if self._delayed_since_s is None:
            return
        if self._now_s() - self._delayed_since_s > _INTERRUPTION_S:
            self.schedule.again()
        self._delayed_since_s = None

    @property
    def _heard(self) -> int:
        return self._job.tally.open + self._job.tally.closed

    @property
    def _ended(self) -> bool:
        return self._cancelled.is_set() or self._job.stop.is_set()

    def _drain(self) -> None:
        end_s = self._now_s() + _DRAIN_S
        while not self._cancelled.is_set() and self._now_s() < end_s:
            self._link.wait(min(_CHECK_S, max(0.0, end_s - self._now_s())))
            self._read()

    def _settle_silent(self) -> None:
        """Give every endpoint that stayed silent its final state: filtered when it was asked to the end."""
        tally = self._job.tally
        if self._heard >= self.size:
            self.schedule.finished_slices += self.schedule.in_flight
        elif not self.schedule.finished:
            unsettled = sum(self._name_unsettled(piece) for piece in self.schedule.in_flight)
            tally.unscanned = unsettled + self._name_untouched()
        self.results.leave_lost()
        tally.filtered = self.size - self._heard - tally.unreachable - tally.unscanned
        self._keep_progress(last=True)

    def _name_unsettled(self, piece: Slice) -> int:
        total = 0
        for index in self._indexes(piece):
            silent = index[~self.results.has_state(index)]
            total += len(silent)
            self.results.give_up(silent, "was asked, and the run ended before the answer")
        return total

    def _name_untouched(self) -> int:
        untouched = self.schedule.untouched
        count = untouched.stop - untouched.start
        shown = min(count, MOST_UNSCANNED_LINES)
        self.results.give_up(self._order.part(untouched.start, shown), "was not asked")
        return count


def _slice_size(rate: float, smallest: int = _SMALLEST_SLICE) -> int:
    """Return a third of a second's worth: small enough to keep the rounds apart, large enough for 32 in flight."""
    return max(smallest, min(LARGEST_SLICE, int(rate * _SLICE_S)))
