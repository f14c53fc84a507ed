"""How many answers were lost on the way, worked out without knowing what is there.

Capture and recapture: every port that answers at all is asked once first. Those whose answer followed only a
repetition (the kernel's second SYN, or our second attempt) lost the first question or its answer.
"""

ENOUGH = 30
"""Answers below which no figure is given."""


class Loss:
    """Counts first questions that were answered, and those that had to be repeated."""

    def __init__(self) -> None:
        self.prompt = 0
        self.repeated = 0

    def answer(self, count: int = 1, *, late: bool) -> None:
        """Count ports that answered."""
        if late:
            self.repeated += count
        else:
            self.prompt += count

    @property
    def share(self) -> float:
        """Share of single questions lost there or back, 0 to 1: both directions together."""
        total = self.prompt + self.repeated
        return self.repeated / total if total >= ENOUGH else 0.0

    def missed(self, questions: int) -> float:
        """Return the share of answering ports that so many independent questions leave unseen."""
        return float(self.share**questions)
