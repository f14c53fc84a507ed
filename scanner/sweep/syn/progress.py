"""What a run that can be resumed keeps: every slice before the low-water mark has its counts in the checkpoint.

Slices above it are asked again by the next run. Their open ports are kept at once, so that no probe's work is lost;
that a port is found twice does no harm, a finding exists once (scanner.history.resume).
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from scanner.core.errors import SetupError
from scanner.core.event import PortEvent, PortState
from scanner.sweep.engine import Checkpoint, Ledger, Tally

COMMIT_S = 0.5


@dataclass(slots=True)
class Progress:
    """Writes checkpoints to the ledger; used from the sweep's thread."""

    ledger: Ledger
    checkpoint: Checkpoint
    """What was restored, then what was committed last."""
    _beyond: dict[int, tuple[int, Counter[PortState]]] = field(default_factory=dict)
    """Settled slices that do not touch the low-water mark yet: first position to end and counts."""
    _opened: list[PortEvent] = field(default_factory=list)
    _committed_s: float = 0.0

    @classmethod
    def restore(cls, ledger: Ledger) -> "Progress":
        """Read the last checkpoint; raises SetupError for one of another engine."""
        checkpoint = ledger.restore()
        if checkpoint.pages:
            raise SetupError("the file to resume from was made by the connect sweep; use --engine connect")
        return cls(ledger, checkpoint)

    def replay(self, tally: Tally) -> Sequence[PortEvent]:
        """Go on counting where the earlier run stopped, and return the open ports that no probe had finished with."""
        kept = self.checkpoint
        tally.open, tally.closed = kept.open, kept.closed
        tally.filtered, tally.unreachable = kept.filtered, kept.unreachable
        return kept.opened

    def found(self, opened: list[PortEvent]) -> None:
        """Note open ports for the next commit."""
        self._opened += opened

    def settled(self, first: int, end: int, states: Counter[PortState]) -> None:
        """Note that the positions `first` to `end - 1` have their final states."""
        self._beyond[first] = end, states

    def commit(self, now_s: float, newly_met: Callable[[], Sequence[int]], *, last: bool = False) -> None:
        """Store what is new, if it is time or the `last` chance; raises StoreError."""
        if not last and now_s - self._committed_s < COMMIT_S:
            return
        kept = self.checkpoint
        low_water, states = kept.low_water, Counter[PortState]()
        while low_water in self._beyond:
            low_water, more = self._beyond.pop(low_water)
            states.update(more)
        if low_water == kept.low_water and not self._opened:
            return
        opened, self._opened = self._opened, []
        self.checkpoint = Checkpoint(
            low_water=low_water,
            opened=opened,
            open=kept.open + states[PortState.OPEN],
            closed=kept.closed + states[PortState.CLOSED],
            filtered=kept.filtered + states[PortState.FILTERED],
            unreachable=kept.unreachable + states[PortState.UNREACHABLE],
            met=newly_met(),
        )
        self.ledger.commit(self.checkpoint)
        self._committed_s = now_s
