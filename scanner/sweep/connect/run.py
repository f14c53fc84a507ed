"""One connect sweep under way: what happens between two turns of the event loop."""

import asyncio
from collections.abc import Mapping

from scanner.core.problem import ProblemKind
from scanner.sweep.connect.attempts import Attempts
from scanner.sweep.connect.canary import CANARY_ATTEMPT
from scanner.sweep.connect.neighbours import Neighbours
from scanner.sweep.connect.order import Order
from scanner.sweep.connect.results import Results
from scanner.sweep.connect.resume_pages import ResumePages
from scanner.sweep.connect.rounds import Rounds
from scanner.sweep.connect.rtt import Hosts
from scanner.sweep.connect.selector import Watch
from scanner.sweep.engine import Sweep
from scanner.sweep.outage_words import LOST_WORDS, TURNED_WORDS
from scanner.sweep.pace import make_governor, patience
from scanner.sweep.scope_check import only_loopback

TURN, SHORT_TURN = 512, 192
"""Attempts between two turns of the event loop: a few milliseconds, and less while probes may have something to do."""
SHORT_FOR_S = 0.25
"""How long turns are short after an open port was found: a first contact takes some dozens of turns."""
CHECK_S = 0.1
"""How often the sweep checks whether it was asked to stop."""
STALL_S = 1.0
"""A gap between two turns after which silence is not believed."""
DRAIN_S = 1.5
"""How long a stopped sweep still listens for answers."""
LOSSY = 0.05
"""Share of lost questions from which a port's silence says little even if its whole host is silent."""
COMMIT_S = 0.25
COMMIT_AFTER = 500
"""Endpoints settled after which a checkpoint is due; a crash repeats them and what was in flight, no more."""
NO_EPOLL_S = 0.005
"""How often to poll where sockets can't wake the loop."""
_DRAWS = 16
"""A draw may come back short, because hosts that are silent, unresolved or slow have to wait."""
_BUSY = 96
"""Attempts of one turn from which the next one follows at once."""


class ConnectRun:
    """Sends, listens and settles until every endpoint of the order has its state."""

    def __init__(
        self,
        job: Sweep,
        order: Order,
        watch: Watch,
        payloads: Mapping[int, bytes],
        neighbours: Neighbours | None,
    ) -> None:
        """Take the sweep and its parts; raises SetupError when there are too few descriptors."""
        self._job = job
        self._watch = watch
        self._neighbours = neighbours
        self._now_s = job.clock.now_s
        now_s = self._now_s()
        plan = job.plan
        self._governor = make_governor(plan.pace, now_s, local=only_loopback(plan.scope.numbers), share=job.share)
        restored = self._restored = job.ledger.restore() if job.ledger else None
        self._resume_pages = ResumePages(order.size, restored.low_water, restored.pages) if restored else None
        self._results = Results(job, self._resume_pages)
        hosts = Hosts(plan.space.addresses.size, details=plan.space.ports.size > 1)
        patience_s, retries = patience(plan.pace)
        self._rounds = Rounds(
            order,
            hosts,
            retries=retries,
            seed=plan.seed,
            thorough=patience_s < 1.0,
            resume_pages=self._resume_pages,
            neighbours=neighbours,
            settle_silent=self._results.believe,
        )
        self._attempts = Attempts(
            job,
            watch,
            payloads,
            hosts=hosts,
            rounds=self._rounds,
            results=self._results,
            governor=self._governor,
            on_link=neighbours.__contains__ if neighbours is not None else lambda _address: False,
        )
        self._wake: asyncio.Future[None] | None = None
        self._turned_s = now_s
        self._rested_s = 0.0
        self._committed_s = self._found_s = now_s
        self._starved = False
        self._complete = False
        self._insisted = False
        job.tally.planned = order.size

    async def drive(self) -> None:
        """Sweep until everything is settled, the run is stopped or the network is gone."""
        loop = asyncio.get_running_loop()
        fd = self._watch.fileno()
        if fd is not None:
            loop.add_reader(fd, self._stir)
        try:
            if self._restored is not None:
                self._results.replay(self._restored)
                self._attempts.met(self._restored.met)
            while not self._over() and not self._job.stop.is_set() and not self._attempts.canary.gone:
                more = self._listen()
                sent = self._send()
                await self._commit_when_due()
                await self._rest(0.0 if more or sent >= _BUSY else CHECK_S)
            self._complete = self._over()
            await self._drain()
        finally:
            if fd is not None:
                loop.remove_reader(fd)
            self._close()
        await self._commit()

    def _over(self) -> bool:
        attempts = self._attempts
        waiting = (
            len(attempts) or attempts.local_faults or attempts.shares or attempts.canary.holding or attempts.refusals
        )
        return self._rounds.over and not waiting

    def _listen(self) -> bool:
        """Take in what has arrived; returns whether more may be waiting."""
        now_s = self._now_s()
        still_s = now_s - self._turned_s - self._rested_s
        self._attempts.canary.blinked(now_s - still_s, now_s)
        if still_s > STALL_S:
            self._attempts.canary.stalled(self._turned_s, now_s)
        self._turned_s = now_s
        more = self._attempts.listen(now_s)
        self._concede_when_idle()
        self._attempts.silence.decide()
        self._attempts.refusals.decide()
        self._meet_neighbours(now_s)
        if self._results.flush():
            self._found_s = now_s
        share = self._attempts.loss.share
        self._job.tally.estimated_loss = share
        if share > LOSSY and not self._insisted:
            self._insisted = True
            self._rounds.insist()
        return more

    def _meet_neighbours(self, now_s: float) -> None:
        if self._neighbours is None:
            return
        for address, exists, asked_s in self._neighbours.decide(now_s):
            for slot in self._rounds.resolved(address):
                if exists:
                    self._rounds.again(1, slot)
                else:
                    self._attempts.silence.absent(slot, asked_s, now_s)

    def _concede_when_idle(self) -> None:
        """Believe silence at last when all was asked and nobody has ever answered."""
        attempts = self._attempts
        busy = len(attempts) or attempts.local_faults or attempts.shares or self._rounds.resolving
        if self._starved and not busy and attempts.canary.unproven:
            attempts.canary.concede()

    def _send(self) -> int:
        """Start what may be started now; returns how many attempts that were."""
        now_s = self._now_s()
        attempts = self._attempts
        attempts.widen()
        turn = SHORT_TURN if now_s - self._found_s < SHORT_FOR_S else TURN
        allowed = turn
        if self._governor is not None:
            self._governor.turn(now_s)
            allowed = min(turn, self._governor.available(now_s))
        if allowed <= 0:
            return 0
        spent = attempts.repeat(now_s)
        # Silence fills the room first, and only a canary says what it means.
        known = attempts.canary.slot_to_ask(now_s, idle=(self._starved and not len(attempts)) or attempts.refusals.many)
        if known is not None:
            spent += attempts.launch(CANARY_ATTEMPT, [known], now_s)
        room = min(allowed, attempts.room)
        if not self._job.events.crowded:
            if self._neighbours is not None:
                spent += self._neighbours.ask(max(0, room - spent), now_s)
            if not (attempts.canary.paused or attempts.canary.gone):
                spent += self._send_next(room - spent, now_s)
        if self._governor is not None:
            self._governor.take(now_s, spent)
        return spent

    def _send_next(self, room: int, now_s: float) -> int:
        attempts = self._attempts
        spent = 0
        for attempt, slot in attempts.local_faults.due(now_s, room):
            spent += attempts.launch(attempt, [slot], now_s)
        if attempts.local_faults.down or attempts.local_faults.full:
            return spent
        for _ in range(_DRAWS):
            spent += attempts.launch_waiting(room - spent, now_s)
            if spent >= room or (attempts.shares is not None and attempts.shares.waiting.full):
                break
            idle = not (len(attempts) or attempts.canary.holding or attempts.local_faults)
            attempt, slots = self._rounds.draw(room - spent, idle=idle)
            self._starved = not slots and not self._rounds.fresh
            spent += attempts.launch(attempt, slots, now_s)
            if self._starved:
                break
        return spent

    async def _rest(self, seconds: float) -> None:
        """Give the loop a turn, and sleep until something is ready or due."""
        if seconds <= 0:
            self._rested_s = 0.0
            await asyncio.sleep(0)
            return
        attempts = self._attempts
        waits = [seconds]
        due_s = attempts.next_s()
        if due_s is not None:
            waits.append(max(0.0, due_s - self._now_s()))
        free = not self._job.events.crowded and attempts.room > 0
        if free and not self._starved:
            wait_s = 0.0 if self._governor is None else self._governor.wait_s(self._now_s())
            waits.append(max(0.001, wait_s))
        if free and attempts.shares is not None and (due_s := attempts.shares.next_s()) is not None:
            # What is due may still have to wait for the governor.
            waits.append(max(0.001, due_s - self._now_s()) if not attempts.canary.paused else CHECK_S)
        if self._watch.fileno() is None:
            waits.append(NO_EPOLL_S)
        self._rested_s = min(waits)
        loop = asyncio.get_running_loop()
        self._wake = loop.create_future()
        timer = loop.call_later(self._rested_s, self._stir)
        try:
            await self._wake
        finally:
            timer.cancel()
            self._wake = None

    def _stir(self) -> None:
        if self._wake is not None and not self._wake.done():
            self._wake.set_result(None)

    async def _drain(self) -> None:
        end_s = self._now_s() + DRAIN_S
        self._starved = True
        while len(self._attempts) and self._now_s() < end_s:
            self._listen()
            await self._rest(CHECK_S)
        self._listen()

    def _close(self) -> None:
        if self._attempts.canary.silenced:
            self._results.problem(
                ProblemKind.NETWORK_LOST, TURNED_WORDS if self._attempts.canary.turned_away else LOST_WORDS
            )
        self._attempts.abandon()
        loss = self._attempts.loss
        if loss.share > 0.02:
            self._results.problem(
                ProblemKind.ANSWERS_LOST,
                f"about {loss.share:.0%} of single questions went unanswered; up to {loss.missed(3):.2%} may be missed",
            )
        self._results.close(complete=self._complete)

    async def _commit_when_due(self) -> None:
        if self._resume_pages is None:
            return
        late = self._now_s() - self._committed_s > COMMIT_S and self._results.uncommitted
        if late or self._results.uncommitted >= COMMIT_AFTER:
            await self._commit()

    async def _commit(self) -> None:
        if self._job.ledger is not None and self._resume_pages is not None:
            await asyncio.to_thread(self._job.ledger.commit, self._results.checkpoint(self._resume_pages))
            self._committed_s = self._now_s()
