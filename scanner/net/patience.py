"""How long a peer is waited for: as configured, as its own earlier answers suggest, or longer because it was late."""

from dataclasses import dataclass

_PROMPT_S = 1.0
"""An answer that took so long is what the configured limits are made for: they are three times that and more."""
_MOST = 10.0


@dataclass(slots=True)
class Patience:
    """By how much every limit on one endpoint is stretched; shared by all its streams and requests."""

    factor: float = 1.0
    """1 the first time, more in the rounds for those who were late."""
    slowest_s: float = 0.0
    """The longest wait, in seconds, that ended with a connection or an answer."""

    @property
    def scale(self) -> float:
        """What every limit is multiplied with: whoever took two seconds once may take six the next time."""
        return max(self.factor, min(_MOST, self.slowest_s / _PROMPT_S))

    def of(self, limit_s: float) -> float:
        """Return a limit, in seconds, as it holds for this endpoint."""
        return limit_s * self.scale

    def heard(self, after_s: float) -> None:
        """Learn from a wait that ended with an answer."""
        self.slowest_s = max(self.slowest_s, after_s)
