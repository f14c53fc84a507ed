"""Where a run stands: which chunks are done, refused or missing, and who is at work; no network and no clock."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from scanner.cluster.messages import Alive, Count
from scanner.cluster.names import Chunk
from scanner.core.report import RunStatus, ScanReport
from scanner.sweep.engine import Tally

MOST_WORKERS = 2_000
"""Workers that are told apart; a flood of made-up names takes no more room than these."""


@dataclass(slots=True)
class Seen:
    """A worker as it was last heard."""

    alive: Alive
    at_s: float


@dataclass(slots=True)
class Standing:
    """One run."""

    chunks: Sequence[Chunk]
    """In the order of the report."""
    began_s: float
    done: dict[Chunk, ScanReport] = field(default_factory=dict)
    """Whole reports; the first one of a chunk counts."""
    partial: dict[Chunk, ScanReport] = field(default_factory=dict)
    """Of chunks that were stopped; they count only when the run itself is stopped."""
    failed: dict[Chunk, str] = field(default_factory=dict)
    """Why a chunk was refused, and will not be done."""
    given_up: dict[str, str] = field(default_factory=dict)
    """Vantage points where nobody is heard any more, and since when in words."""
    workers: dict[str, Seen] = field(default_factory=dict)
    heard: dict[str, float] = field(default_factory=dict)
    """When a worker of each vantage point was last heard."""
    asked: int = 0
    """Open endpoints that were heard out, in chunks that are done."""
    known: frozenset[Chunk] = field(init=False)

    def __post_init__(self) -> None:
        """Remember which chunks are this run's."""
        self.known = frozenset(self.chunks)

    def accept(self, chunk: Chunk, report: ScanReport) -> bool:
        """Take the report of a chunk; return whether it was the first whole one."""
        if report.run.status is RunStatus.INTERRUPTED:
            self.partial[chunk] = report
            return False
        if chunk in self.done:
            return False
        self.done[chunk] = report
        self.failed.pop(chunk, None)
        self.asked += report.coverage.asked
        return True

    def fail(self, chunk: Chunk, why: str) -> bool:
        """Note that a chunk will not be done; return whether that is new. A report of it outweighs that."""
        if chunk in self.done or chunk in self.failed:
            return False
        self.failed[chunk] = why
        return True

    def hear(self, alive: Alive, now_s: float) -> bool:
        """Take a sign of life; return whether it is the first one of this worker."""
        first = alive.worker not in self.workers
        if first and len(self.workers) >= MOST_WORKERS:
            return False
        self.workers[alive.worker] = Seen(alive, now_s)
        self.heard[alive.vantage] = now_s
        return first

    def give_up(self, patience_s: float, now_s: float) -> list[str]:
        """Give up vantage points that were silent for too long; return which are new."""
        lost = [
            vantage
            for vantage in dict.fromkeys(chunk.vantage for chunk in self.missing())
            if now_s - self.heard.get(vantage, self.began_s) > patience_s
        ]
        for vantage in lost:
            known = vantage in self.heard
            self.given_up[vantage] = "its workers are heard no more" if known else "no worker was heard"
        return lost

    def abandon(self, why: str) -> None:
        """Give up all that is missing."""
        for chunk in self.missing():
            self.failed[chunk] = why

    def forget_lost(self, patience_s: float, now_s: float) -> list[str]:
        """Forget workers that were silent for so long; return their names."""
        lost = [name for name, one in self.workers.items() if now_s - one.at_s > patience_s]
        for name in lost:
            del self.workers[name]
        return lost

    def missing(self) -> list[Chunk]:
        """Return the chunks of which an outcome is still awaited."""
        return [
            chunk
            for chunk in self.chunks
            if chunk not in self.done and chunk not in self.failed and chunk.vantage not in self.given_up
        ]

    def under_way(self) -> set[Chunk]:
        """Return the chunks that workers say they are at."""
        return {one.alive.chunk for one in self.workers.values() if one.alive.chunk is not None}

    def why_undone(self, chunk: Chunk, otherwise: str) -> str:
        """Return why there is no report of a chunk."""
        return self.failed.get(chunk) or self.given_up.get(chunk.vantage) or otherwise

    def tally(self, planned: int) -> Tally:
        """Return the counts of the whole run at this moment: chunks that are done, and what workers say of theirs."""
        counts = [_counted(report) for report in self.done.values()]
        counts += [
            one.alive.count
            for one in self.workers.values()
            if one.alive.chunk in self.known and one.alive.chunk not in self.done
        ]
        return Tally(
            planned=planned,
            open=sum(one.open for one in counts),
            closed=sum(one.closed for one in counts),
            filtered=sum(one.filtered for one in counts),
            unreachable=sum(one.unreachable for one in counts),
            hosts_alive=max((one.hosts for one in counts), default=0),
        )


def _counted(report: ScanReport) -> Count:
    coverage = report.coverage
    return Count(
        planned=coverage.endpoints_planned,
        open=coverage.open,
        closed=coverage.closed,
        filtered=coverage.filtered,
        unreachable=coverage.unreachable,
        hosts=coverage.hosts_alive,
        asked=coverage.asked,
    )
