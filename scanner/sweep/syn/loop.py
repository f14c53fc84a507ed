"""The sweep's own thread: sends what is due, reads what has come, and knows nothing of asyncio."""

import threading
from collections.abc import Callable

from scanner.core.problem import Problem, ProblemKind
from scanner.sweep.engine import Batch, Sweep
from scanner.sweep.governor import Governor
from scanner.sweep.outage_words import LOST_WORDS, PAUSED_WORDS, TURNED_WORDS
from scanner.sweep.outages import Outages
from scanner.sweep.syn.layout import Layout, Targets
from scanner.sweep.syn.link import Link
from scanner.sweep.syn.parse import Parser
from scanner.sweep.syn.progress import Progress
from scanner.sweep.syn.results import Results
from scanner.sweep.syn.routes import Routes, no_way
from scanner.sweep.syn.schedule import SLICE_S, Schedule, Slice, slice_size
from scanner.sweep.syn.settling import Settling
from scanner.sweep.syn.syn_canary import Canary
from scanner.sweep.syn.syn_order import SynOrder
from scanner.targets.shard import shard_positions

MOST_A_TURN = 4_096
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
        self.outages: Outages[int] = Outages(self._now_s())
        keep_met = self._progress is not None
        self.results = Results(layout, job.tally, first_source_port, self.outages, keep_met=keep_met)
        self.results.governor = self._governor = governor
        self.schedule = Schedule(self.size, slice_size(governor))
        if plan.pace.retries is not None:
            self.schedule.rounds = 1 + plan.pace.retries
        if plan.pace.timeout_s is not None:
            self.schedule.listen_s = plan.pace.timeout_s
        self._canary = Canary(self.outages, first_source_port, self._ask)
        self._settling = Settling(self.outages, self.schedule, self.results, self._order, job.tally)
        self._delayed_since_s: float | None = None
        self._read_s = self._now_s()
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
            while not self.schedule.finished and (self._heard < self.size or self.outages.may_turn):
                self._read()
                self._keep_pace()
                self._settling.decide()
                self._keep_progress()
                if self._ended or self.outages.gone:
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
        all_heard = self._heard >= self.size
        self._canary.turn(now_s, urgent=self.outages.doubts_refusals if all_heard else self.schedule.idle)
        if self.outages.paused:
            self._link.wait(_CHECK_S)
            return
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
        index = self._order.of(piece.positions(self._seed, most))
        count = len(index)
        if not piece.is_first_time:
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

    def _ask(self, index: int, source_port: int) -> None:
        """Send one SYN to one endpoint."""
        import numpy as np

        (targets,) = self._layout.targets(np.array([index], dtype=np.int64))
        place = int(self._routes.of(targets)[0])
        self._link.send(place, targets, self._first_source_port + source_port, self._pause)
        if self._governor is not None:
            self._governor.take(self._now_s(), 1)

    def _send_family(self, piece: Slice, targets: Targets) -> int:
        import numpy as np

        places = self._routes.of(targets)
        if (places == places[0]).all():
            return self._send_piece(piece, int(places[0]), targets)
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
        # That this process stood still for a while hides no answer: the kernel keeps them, and tells what it dropped.
        last_s = self._read_s
        self._read_s = now_s = self._now_s()
        self.outages.blinked(last_s + _CHECK_S, now_s)
        for answers in self._link.receive(self._parser):
            if self._canary.heard(answers, self.results.index_of, now_s):
                self._note_outage(now_s)
            batch = self.results.note(answers, self._now_s())
            if batch and self._progress is not None:
                self._progress.found(batch)
            self._hand_over(batch)
        dropped = self._link.dropped()
        if dropped:
            self.dropped += dropped
            self.outages.lost(last_s, self._now_s())
            if self._governor is not None:
                self._governor.back_off(self._now_s(), 0.5)
        elif self._job.plan.pace.retries is None and self.results.loss.share > _LOSSY:
            self.schedule.again()
        tally = self._job.tally
        tally.estimated_loss = self.results.loss.share
        tally.filtered = max(tally.filtered, self.schedule.settled - self._heard - tally.unreachable)

    def _note_outage(self, now_s: float) -> None:
        """Tell of an outage that is over, and trust single questions less from now on."""
        self._tell(ProblemKind.NETWORK_PAUSED, PAUSED_WORDS)
        self.schedule.again()
        if self._governor is not None:
            self._governor.back_off(now_s, 0.25)

    def _tell(self, kind: ProblemKind, detail: str) -> None:
        problem = Problem(kind, "sweep", detail)
        if problem not in self._job.tally.problems:
            self._job.tally.problems.append(problem)

    def _hand_over(self, batch: Batch) -> None:
        if batch:
            self._deliver(batch)

    def _keep_pace(self) -> None:
        governor, now_s = self._governor, self._now_s()
        if governor is None:
            return
        governor.turn(now_s)
        if now_s - self._measured_s >= SLICE_S and governor.opened:
            rate = (self.sent - self._measured) / (now_s - self._measured_s)
            self._measured, self._measured_s = self.sent, now_s
            self.schedule.slice_size = slice_size(governor, rate)

    def _keep_progress(self, *, last: bool = False) -> None:
        settled = self.schedule.finished_slices
        if self._progress is not None:
            for piece in settled if not self.results.lost else ():  # what is lost is left to the next part of the run
                self._progress.settled(piece.first, piece.first + piece.count, self._settling.states(piece))
            self._progress.commit(self._now_s(), self.results.newly_met, last=last)
        settled.clear()

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
            self._tell(ProblemKind.LOCAL_ERROR, "the link took no packet for 60 s; the rest was not scanned")
            raise Stopped

    def _go_on(self) -> None:
        """Note that the link takes packets; after an interruption ask what was in flight once more."""
        if self._delayed_since_s is None:
            return
        now_s = self._now_s()
        if now_s - self._delayed_since_s > _INTERRUPTION_S:
            self.outages.stalled(self._delayed_since_s, now_s)
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
            self._settling.leave()
        if self.outages.silenced:
            self._tell(ProblemKind.NETWORK_LOST, TURNED_WORDS if self.outages.turned_away else LOST_WORDS)
        self.results.leave_lost()
        tally.filtered = self.size - self._heard - tally.unreachable - tally.unscanned
        self._keep_progress(last=True)
