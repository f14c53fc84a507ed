"""What the sweep has found so far: counts for coverage, open ports for the probes."""

from scanner.core.address import to_address
from scanner.core.event import PortEvent, PortState
from scanner.core.plan import describe
from scanner.core.ports import split_key
from scanner.core.report import Problem
from scanner.sweep.engine import MOST_UNSCANNED_LINES, Batch, Sweep
from scanner.sweep.order import Spot

BATCH_SIZE = 256
MOST_ALIVE = 65_536
"""How many living addresses the tally lists by name; beyond, it only counts."""


class Record:
    """Settles endpoints: each one once, into exactly one count."""

    def __init__(self, job: Sweep) -> None:
        self._job = job
        self._tally = job.tally
        self._batch: Batch = []

    def settle(self, spot: Spot, state: PortState, rtt_s: float | None = None) -> None:
        """Give an endpoint its final state."""
        tally = self._tally
        if state is PortState.CLOSED:
            tally.closed += 1
        elif state is PortState.FILTERED:
            tally.filtered += 1
        elif state is PortState.UNREACHABLE:
            tally.unreachable += 1
        else:
            tally.open += 1
            transport, port = split_key(spot.key)
            self._batch.append(PortEvent(spot.address, port, transport, state, rtt_s))
            if len(self._batch) >= BATCH_SIZE:
                self.flush()

    def alive(self, address: int) -> None:
        """Note that an address answered something."""
        tally = self._tally
        if address not in tally.alive and len(tally.alive) < MOST_ALIVE:
            tally.alive.add(address)
            tally.hosts_alive += 1

    def give_up(self, spot: Spot, why: str) -> None:
        """Name an endpoint that was not looked at; `close` counts it."""
        lines = self._tally.unscanned_list
        if len(lines) < MOST_UNSCANNED_LINES:
            _, port = split_key(spot.key)
            lines.append(f"{describe(to_address(spot.address), port)} {why}")

    def problem(self, kind: str, where: str, detail: str) -> None:
        """Tell the user of trouble that did not end the sweep, each kind and place once."""
        problem = Problem(kind, where, detail)
        if problem not in self._tally.problems:
            self._tally.problems.append(problem)

    def flush(self) -> None:
        """Hand over the open ports found since the last time."""
        if self._batch:
            self._job.events.put_now(self._batch)
            self._batch = []

    def close(self) -> None:
        """Balance the books and end the channel."""
        self.flush()
        self._tally.unscanned = self._tally.planned - self._tally.settled
        self._job.events.close()
