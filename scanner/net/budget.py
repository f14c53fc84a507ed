"""What one endpoint may cost us: a deadline and a number of bytes."""

from collections.abc import Callable
from dataclasses import dataclass, field

from scanner.core.errors import TimedOut, TooLarge
from scanner.net.clock import loop_s
from scanner.net.patience import Patience


@dataclass(slots=True)
class Budget:
    """Bytes and time left for one conversation; shared by all its streams and requests."""

    deadline_s: float
    """On the clock of `now`, in seconds."""
    bytes_left: int
    now: Callable[[], float] = loop_s
    patience: Patience = field(default_factory=Patience)
    """By how much the limits of single waits are stretched."""

    def left_s(self) -> float:
        """Return the seconds left; raises TimedOut when there are none."""
        left = self.deadline_s - self.now()
        if left <= 0:
            raise TimedOut("the conversation took longer than its deadline")
        return left

    def spend(self, count: int) -> None:
        """Count received bytes; raises TooLarge when the budget is gone."""
        self.bytes_left -= count
        if self.bytes_left < 0:
            raise TooLarge("the peer sent more than the byte budget of the conversation")
